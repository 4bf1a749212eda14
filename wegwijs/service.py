"""Starting the service: database, understanding, Rasa, web server; and saying where the chat is."""

import sys

import uvicorn

from admin.editing.published import NothingPublished, Publishing, publish, published_package
from bot.rasa_process import RasaNotInstalled, train_model
from channels.configured import ChannelNotConfigured
from knowledge.pages import load_package
from knowledge.served import ServedPackage
from wegwijs import database
from wegwijs.app import make_app
from wegwijs.settings import Settings
from wegwijs.storage import transaction

FIRST = "the files of the installation"
"""Why there is a version 1."""


def run(settings: Settings) -> None:
    """Run until stopped. Exits with a clear message when something is missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database.upgrade()
    train_rasa(settings)
    try:
        app = make_app(settings, served=published_or_files())
    except ChannelNotConfigured as error:
        print(f"not started: {error}\n`wegwijs channels check` says it again", file=sys.stderr)
        raise SystemExit(1) from None
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config, url=settings.url)
    server.run()
    if not server.started:
        raise SystemExit(1)


def published_or_files() -> ServedPackage:
    """The version that stands in the database; on a first start the files of the installation become version 1."""
    with transaction() as session:
        try:
            number, package = published_package(session)
        except NothingPublished:
            package = load_package()
            number = publish(session, package, Publishing(why=FIRST)).number
    return ServedPackage(package, number=number)


class _Server(uvicorn.Server):
    """Says where the chat is as soon as it answers."""

    def __init__(self, config: uvicorn.Config, *, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Start, then say where."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            print(f"\nWegwijs is ready: {self._url}/\n", file=sys.stderr, flush=True)


def train_rasa(settings: Settings) -> None:
    """Train the dialogue when its rules changed (a few seconds)."""
    if not settings.rasa_enabled:
        return
    try:
        train_model(settings.rasa_python, settings.data_dir)
    except RasaNotInstalled:
        print(f"Rasa is not installed at {settings.rasa_python}: run `make install`", file=sys.stderr)
        raise SystemExit(1) from None
