"""One run of the kill test, from the first process to the count."""

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from tests.kill.census import CHANNELS, Books, Count, count, left_over
from tests.kill.disturbances import BAD_WEATHER, Disturber
from tests.kill.doors import Door, Inboxes, MessengerDoor, WebDoor
from tests.kill.house import House, make_house
from tests.kill.persons import Crowd
from tests.kill.scripts import Material
from tests.standins.emulator import Emulator
from tests.standins.running import GraphStandin, TelegramStandin, start_graph, start_telegram

SETTLE_SECONDS = 240.0
"""Until everything is worked off; a delivery whose sender died waits 60 s, and what was queued behind it after it."""
UNLIMITED = {
    "WEGWIJS_MESSAGES_PER_MINUTE": "100000",
    "WEGWIJS_CONVERSATIONS_PER_MINUTE": "100000",
    "WEGWIJS_LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to run: how many kills, spread over about so many seconds, and how many persons at once."""

    database: str = "sqlite"
    kills: int = 200
    persons: int = 40
    seconds: float = 600.0
    seed: int = 1
    telegram: str = "standin"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a run."""

    options: Options
    counts: list[Count]
    disturbances: Counter[str]
    seconds: float

    @property
    def broken_promises(self) -> list[str]:
        """What must not be; empty when all is well."""
        return [promise for counted in self.counts for promise in counted.broken_promises]


@dataclass
class Stage:
    """What runs during a test."""

    house: House
    telegram: TelegramStandin
    graph: GraphStandin
    encryption_key: str

    def worked_off(self) -> bool:
        """Whether nothing waits any more, neither with the providers nor in the database."""
        graph = self.graph.state()
        waiting = sum(int(graph[channel]["pending"]) for channel in ("whatsapp", "messenger"))
        waiting += int(self.telegram.state()["waiting"])
        return waiting + left_over(self.house.database_url) == 0


@contextmanager
def stage(options: Options, folder: Path) -> Iterator[Stage]:
    """Everything started; everything ended afterwards, whatever happens."""
    emulator = Emulator.start() if options.telegram == "telegram-test-api" else None
    telegram = start_telegram(seed=options.seed, upstream=emulator.url if emulator else None)
    graphs: list[GraphStandin] = []
    key = Fernet.generate_key().decode()

    def environment(addresses: list[str]) -> dict[str, str]:
        graphs.append(start_graph(services=addresses, seed=options.seed + 1))
        return {**UNLIMITED, **telegram.environment, **graphs[0].environment, "WEGWIJS_ENCRYPTION_KEYS": key}

    house = None
    try:
        house = make_house(options.database, folder, environment)
        house.start()
        yield Stage(house=house, telegram=telegram, graph=graphs[0], encryption_key=key)
    finally:
        if house is not None:
            house.close()
        for standin in (telegram, *graphs):
            standin.stop()
        if emulator is not None:
            emulator.stop()


def run(options: Options, material: Material, *, progress: Callable[[str], None]) -> Result:
    """Run it, and count."""
    folder = Path(tempfile.mkdtemp(prefix="wegwijs-kill-"))
    began = time.monotonic()
    with stage(options, folder) as running:
        progress(f"all is up after {time.monotonic() - began:.0f} s; logs are in {folder}")
        disturbances, counts = asyncio.run(_act(options, running, material, progress))
    result = Result(options=options, counts=counts, disturbances=disturbances, seconds=time.monotonic() - began)
    if not result.broken_promises:  # else its logs tell why
        shutil.rmtree(folder, ignore_errors=True)
    return result


async def _act(
    options: Options, running: Stage, material: Material, progress: Callable[[str], None]
) -> tuple[Counter[str], list[Count]]:
    inboxes = Inboxes(standins=(running.telegram, running.graph))
    addresses = [replica.url for replica in running.house.replicas]
    async with httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=100)) as http:

        def door(channel: str, number: int, dice: random.Random) -> Door:
            if channel == "web":
                return WebDoor(addresses=addresses, http=http, dice=dice)
            return MessengerDoor(channel=channel, chat=str(32_400_000_000 + number), inboxes=inboxes)

        crowd = Crowd(material=material, doors=door, channels=CHANNELS, seed=options.seed)
        collecting = asyncio.create_task(inboxes.collect())
        working = asyncio.create_task(crowd.work(options.persons))
        disturber = Disturber(
            house=running.house,
            dice=random.Random(options.seed),
            progress=lambda said: progress(f"{said}, {crowd.messages} messages"),
        )
        for standin in inboxes.standins:
            standin.misbehave(**BAD_WEATHER)
        await disturber.disturb(options.kills, seconds=options.seconds)
        crowd.is_over = True
        await asyncio.to_thread(_calm_down, running)
        progress(f"calm again; {crowd.messages} messages are being worked off")
        await _settle(running, crowd, working)
        collecting.cancel()
        with suppress(asyncio.CancelledError):
            await collecting
        await asyncio.to_thread(inboxes.collect_once)
        for person in crowd.persons:
            await person.door.look()
    books = await asyncio.to_thread(Books.read, running.house.database_url, running.encryption_key)
    done = disturber.done + Counter(_misfortunes(running))
    return done, count(books, crowd.persons, inboxes.taken)


def _calm_down(running: Stage) -> None:
    for standin in (running.telegram, running.graph):
        standin.misbehave()
    running.house.wait()


async def _settle(running: Stage, crowd: Crowd, working: asyncio.Task[None]) -> None:
    """Until nobody waits for anything and nothing is left to do, or until that takes too long."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        worked_off = await asyncio.to_thread(running.worked_off)
        if worked_off and working.done():
            break
        if worked_off:
            crowd.quiet_at = time.monotonic()
        await asyncio.sleep(1.0)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def _misfortunes(running: Stage) -> dict[str, int]:
    total: Counter[str] = Counter()
    for standin in (running.telegram, running.graph):
        total.update(standin.state()["mischief"])
    return dict(total)
