"""Every process follows what is published: a second after it stands in the database, answers come from it."""

import asyncio

from admin.editing.learned import fetch_models
from admin.editing.published import NothingPublished, published_package
from knowledge.pages import Package
from knowledge.served import ServedPackage
from knowledge.understanding_process import UnderstandingProcess
from wegwijs.logs import logger
from wegwijs.storage import reading

log = logger(__name__)

POLL_SECONDS = 1.0


class PublishedFollower:
    """Looks for a newer version and exchanges what is served: the texts at once, understanding when it is learned."""

    def __init__(self, served: ServedPackage, *, understanding: UnderstandingProcess | None) -> None:
        """`understanding` is exchanged too, where there is one."""
        self._served = served
        self._understanding = understanding
        self._understood = served.number

    async def run(self) -> None:
        """Follow until cancelled; when the database is away, go on when it is back."""
        while True:
            try:
                await self.follow()
            except NothingPublished:
                pass
            except Exception:
                log.exception("following_failed")
            await asyncio.sleep(POLL_SECONDS)

    async def follow(self) -> None:
        """Serve the version that stands.

        Raises:
            NothingPublished: there is none.
        """
        number, package = await asyncio.to_thread(self._standing)
        if number != self._served.number:
            self._served.exchange(package, number=number)
            log.info("package_exchanged", version=number, fingerprint=package.fingerprint[:12])
        if number != self._understood and self._understanding is not None:
            await self._understand(self._understanding, package)
            log.info("understanding_exchanged", version=number)
        self._understood = number

    def _standing(self) -> tuple[int, Package]:
        with reading() as session:
            return published_package(session, served=self._served)

    async def _understand(self, understanding: UnderstandingProcess, package: Package) -> None:
        models = await understanding.models_file(package.sources)
        if not models.exists():
            await asyncio.to_thread(fetch_models, models)
        await understanding.exchange(package.sources, models)
