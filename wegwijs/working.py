"""The worker's process: it takes the turns and sends what is written; Rasa and understanding are its children.

Started by the gateway (`wegwijs.worker_process`): `python -m wegwijs.working SOCKET GATEWAY`, with the number of its
end of the link and the gateway's process id.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from socket import socket

import uvloop
from prometheus_client import generate_latest

from admin.accounts import forget_old_invitations
from admin.audit import forget_old_entries
from admin.editing.following import PublishedFollower
from admin.editing.published import published_package
from admin.sign_in import forget_ended_sessions
from bot import actions
from bot.conversations import Conversation
from bot.counts import TopicCounts
from bot.purge import purge
from bot.rasa_client import RasaClient, RasaUnavailable, forget
from bot.rasa_process import RasaProcess
from bot.replies import Renderer, Reply
from bot.routing import Routing
from bot.turn import Dialogue, TurnTaker, Understands
from channels.configured import connected_channels, splitters
from channels.inbound import forget_erased
from channels.metrics import COUNTED
from channels.outbound import Outbox
from channels.sender import Sender
from channels.worker import Worker
from knowledge.pages import Package
from knowledge.served import OfServed, ServedPackage
from knowledge.understanding_process import UnderstandingProcess
from wegwijs.child import end_with
from wegwijs.life import Life
from wegwijs.link import Hint, Link, Report
from wegwijs.logs import logger, set_up_logs
from wegwijs.memory import give_back_memory
from wegwijs.settings import Settings, settings
from wegwijs.storage import now, reading, transaction

log = logger(__name__)

NICENESS = 5
"""Who brings a message comes first; Rasa and understanding, begun from here, have it too."""
REPORT_SECONDS = 0.5
PURGE_EVERY_SECONDS = 3600.0


class NoRasa:
    """Stands in when the setting rasa_enabled is off: always away."""

    async def send(self, **_understood: object) -> list[Reply]:
        """Never answers.

        Raises:
            RasaUnavailable: always.
        """
        raise RasaUnavailable("switched off")


@dataclass(frozen=True, kw_only=True)
class Rasa:
    """Rasa's process and the client that speaks to it."""

    process: RasaProcess
    client: RasaClient


def make_rasa(settings: Settings) -> Rasa:
    """Rasa as the settings want it; not started yet."""
    process = RasaProcess(
        python=settings.rasa_python,
        data_dir=settings.data_dir,
        database_url=settings.rasa_database,
        actions_url=f"http://127.0.0.1:{settings.port}{actions.ACTIONS_PATH}",
        token=settings.rasa_token(),
        redis_url=settings.redis_url,
    )
    client = RasaClient(
        webhook_url=lambda: process.webhook_url,
        token=settings.rasa_token(),
        data_dir=settings.data_dir,
        database_url=settings.rasa_database,
    )
    return Rasa(process=process, client=client)


def turn_taker(package: Package, *, understanding: Understands, dialogue: Dialogue) -> TurnTaker:
    """Takes turns about the topics of a package."""
    return TurnTaker(
        understanding=understanding,
        dialogue=dialogue,
        topics=frozenset(package.topics),
        by_situation=frozenset(topic for topic in package.topics if package.depends_on_situation(topic)),
        routing=Routing.of(package),
    )


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """All that works in this process."""

    life: Life
    worker: Worker
    senders: Sequence[Sender]
    rasa: Rasa | None

    def report(self) -> Report:
        """How it is."""
        return Report(
            rasa=self.rasa is not None and self.rasa.process.is_ready,
            reaches={sender.carrier.name: sender.reaches for sender in self.senders},
            figures=generate_latest(COUNTED).decode(),
        )


def make_workshop(settings: Settings, served: ServedPackage, *, written: Callable[[str], None]) -> Workshop:
    """Everything, not begun yet. `written` is called with the id of a conversation in which something new stands."""
    rasa = make_rasa(settings) if settings.rasa_enabled else None
    understanding = UnderstandingProcess(settings, served.package.sources)
    take = partial(turn_taker, understanding=understanding, dialogue=rasa.client if rasa else NoRasa())
    forgetting = partial(forget, data_dir=settings.data_dir, database_url=settings.rasa_database)
    counts = TopicCounts()
    senders: list[Sender] = []

    def told(conversation: Conversation) -> None:
        written(conversation.id)
        wake(sender for sender in senders if sender.carrier.name == conversation.channel)

    worker = Worker(
        turns=OfServed(served, lambda _number, package: take(package)),
        renderer=OfServed(served, partial(Renderer.of_version, url=settings.public_url)),
        forget=forgetting,
        written=told,
        outbox=Outbox(splitters=splitters(settings)),
        at_once=settings.turns_at_once,
        counts=counts,
    )
    senders.extend(Sender(channel.carrier) for channel in connected_channels(settings, stored=worker.wake))
    life = Life(
        tasks=[
            worker.run,
            PublishedFollower(served, understanding=understanding).run,
            counts.run,
            partial(purge_hourly, settings, forgetting),
            *(sender.run for sender in senders),
        ],
        starts=[*([rasa.process.start] if rasa else []), understanding.start],
        stops=[
            *(sender.carrier.close for sender in senders),
            understanding.stop,
            *([rasa.process.stop, rasa.client.close] if rasa else []),
        ],
    )
    return Workshop(life=life, worker=worker, senders=senders, rasa=rasa)


def wake(senders: Iterable[Sender]) -> None:
    """Say that there may be something to send."""
    for sender in senders:
        sender.wake()


async def purge_hourly(settings: Settings, forgetting: Callable[[str], Awaitable[int]]) -> None:
    """Erase what is past its time, until cancelled."""
    while True:
        try:
            erased = await purge(moment=now(), retention=timedelta(days=settings.retention_days), forget=forgetting)
            await asyncio.to_thread(forget_erased, now())
            await asyncio.to_thread(_forget_of_staff, now(), timedelta(days=settings.audit_days))
            log.info("purged", conversations=erased)
        except Exception:
            log.exception("purge_failed")
        await asyncio.sleep(PURGE_EVERY_SECONDS)


def _forget_of_staff(moment: datetime, audit_kept: timedelta) -> None:
    with transaction() as session:
        forget_ended_sessions(session, moment=moment)
        forget_old_invitations(session, moment=moment)
        forget_old_entries(session, moment=moment, kept=audit_kept)


async def work(settings: Settings, end: socket) -> None:
    """Work until the gateway has gone, or says that it is enough."""
    enough = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, enough.set)
    link = await Link.over(end)
    with reading() as session:
        number, package = published_package(session)
    workshop = make_workshop(settings, ServedPackage(package, number=number), written=partial(link.tell, Hint.WRITTEN))
    give_back_memory()
    listening = asyncio.create_task(_listen(link, workshop, gone=enough.set))
    async with workshop.life.lived():
        while not enough.is_set():
            link.tell(Hint.REPORT, asdict(workshop.report()))
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), REPORT_SECONDS)
    listening.cancel()


async def _listen(link: Link, workshop: Workshop, *, gone: Callable[[], None]) -> None:
    async for hint, _ in link.heard(patience=lambda: None):
        if hint is Hint.STORED:
            workshop.worker.wake()
        elif hint is Hint.TO_SEND:
            wake(workshop.senders)
    gone()


def main() -> None:
    """Work as a child of the gateway's."""
    end, gateway = sys.argv[1:]
    end_with(int(gateway))
    os.nice(NICENESS)
    set_up_logs(settings().log_level)
    uvloop.run(work(settings(), socket(fileno=int(end))))


if __name__ == "__main__":
    main()
