"""What `make load` prints: many conversations at once, on SQLite, on PostgreSQL, and on PostgreSQL with two gateways.

Each conversation is a person who sends the next message when the reply to the last one has come: first at once, which
gives the most that the service can do, then at a steady rate over all conversations, which gives what people wait at
that rate; then again with some of the messages coming through WhatsApp's webhook, and their replies going out to a
stand-in of Meta's. The time of a turn is taken from the database: from the message stored to its replies written, when
the web chat sees them.
"""

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import count, cycle, repeat
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psutil
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from knowledge.pages import load_package
from tests.conftest import Service, start_service, stop_service
from tests.ports import free_port
from tests.postgresql import PostgreSQL
from tests.standins import meta_payloads as payloads
from tests.standins.running import APP_SECRET, PHONE_NUMBER_ID, start_graph
from tests.standins.webhooks import signed

UNLIMITED = {"WEGWIJS_MESSAGES_PER_MINUTE": "1000000", "WEGWIJS_CONVERSATIONS_PER_MINUTE": "1000000"}
WARM_UP_SECONDS = 5.0
WEBHOOKS_A_SECOND = 2.0
WHATSAPP_PERSONS = 30
LATE_SECONDS = 2.0
"""Who is further behind because a reply took long does not make up for it."""


@dataclass
class Measured:
    """What one run gave."""

    acknowledged: list[float] = field(default_factory=list)
    webhooks: list[float] = field(default_factory=list)
    refused: int = 0


def script(questions: Sequence[str], chance: random.Random) -> Iterator[dict[str, str]]:
    """What a person sends, again and again: a greeting, three questions, a look further, and a form to its end."""
    while True:
        yield {"text": "hello"}
        for question in chance.sample(questions, 3):
            yield {"text": question}
        yield from ({"button": step, "label": step} for step in ("more", "person", "yes", "town:Gent", "stop_waiting"))


async def converse(
    url: str, messages: Iterator[dict[str, str]], until: float, measured: Measured, pauses: Iterator[float]
) -> None:
    """One person, until the time is up; `pauses` are the seconds from one message to the next, once answered."""
    async with aiohttp.ClientSession(url) as http:
        async with http.post("/api/conversations", json={"language": "en"}) as answer:
            started = await answer.json()
        path, headers = f"/api/conversations/{started['id']}", {"Authorization": f"Bearer {started['token']}"}
        async with http.get(f"{path}/events", headers=headers, timeout=aiohttp.ClientTimeout(None)) as events:
            due = time.monotonic()
            while time.monotonic() < until:
                due = max(due, time.monotonic() - LATE_SECONDS) + next(pauses)
                await asyncio.sleep(due - time.monotonic())
                began = time.perf_counter()
                body = {"client_id": uuid4().hex, **next(messages)}
                async with http.post(f"{path}/messages", json=body, headers=headers) as answer:
                    stored = await answer.json()
                measured.acknowledged.append((time.perf_counter() - began) * 1000)
                if answer.status != HTTPStatus.ACCEPTED:
                    measured.refused += 1
                    continue
                await reply_to(stored["id"], events.content)


async def bring(url: str, questions: Sequence[str], until: float, measured: Measured, *, rate: float) -> None:
    """What persons write in WhatsApp, brought as Meta does."""
    chance = random.Random(WHATSAPP_PERSONS)
    sign = signed(APP_SECRET)
    async with aiohttp.ClientSession(url) as http:
        while time.monotonic() < until:
            await asyncio.sleep(chance.uniform(0.5, 1.5) / rate)
            person = str(32_470_000_000 + chance.randrange(WHATSAPP_PERSONS))
            text_written = payloads.whatsapp_text(chance.choice(questions))
            body = json.dumps(payloads.whatsapp_message(PHONE_NUMBER_ID, person, text_written)).encode()
            began = time.perf_counter()
            async with http.post("/channels/whatsapp", data=body, headers=sign(body)) as answer:
                await answer.read()
            measured.webhooks.append((time.perf_counter() - began) * 1000)
            measured.refused += answer.status != HTTPStatus.OK


def steady(seconds: float, chance: random.Random) -> Iterator[float]:
    """The pauses of a person who writes every so many seconds, beginning at any moment."""
    yield chance.uniform(0, seconds)
    yield from (chance.uniform(0.5, 1.5) * seconds for _ in count())


async def reply_to(number: int, lines: aiohttp.StreamReader) -> None:
    """Wait for the first message of the bot after the one of this number."""
    async for line in lines:
        if line.startswith(b"data: ") and b'"author":"bot"' in line and json.loads(line[6:])["id"] > number:
            return


async def load(
    urls: Sequence[str],
    questions: Sequence[str],
    *,
    conversations: int,
    seconds: float,
    rate: float | None = None,
    webhooks: float = 0.0,
) -> Measured:
    """Everybody at once; without a rate (messages a second, all together) as fast as the replies come.

    So many of the messages a second, `webhooks`, come through WhatsApp's webhook.
    """
    measured = Measured()
    until = time.monotonic() + seconds
    address = cycle(urls)
    people = []
    for number in range(conversations):
        chance = random.Random(number)
        pauses = steady(conversations / (rate - webhooks), chance) if rate else repeat(0.0)
        people.append(converse(next(address), script(questions, chance), until, measured, pauses))
    if webhooks:
        people.append(bring(next(address), questions, until, measured, rate=webhooks))
    await asyncio.wait_for(asyncio.gather(*people), seconds + 60)
    return measured


def turn_times(database_url: str) -> list[float]:
    """Milliseconds from each message stored to its replies written."""
    engine = create_engine(database_url)
    seconds = (
        "(julianday(processed_at) - julianday(created_at)) * 86400"
        if engine.dialect.name == "sqlite"
        else "EXTRACT(EPOCH FROM processed_at - created_at)"
    )
    with engine.connect() as connection:
        rows = connection.execute(
            text(f"SELECT {seconds} FROM message WHERE author = 'person' AND processed_at IS NOT NULL ORDER BY id")  # noqa: S608
        )
        times = [float(row[0]) * 1000 for row in rows]
    engine.dispose()
    return times


def processor_seconds(processes: Sequence[psutil.Process]) -> Counter[str]:
    """What each kind of process has used of the processor until now, with what is below these."""
    used: Counter[str] = Counter()
    for process in processes:
        for each in (process, *process.children(recursive=True)):
            times = each.cpu_times()
            used[_kind(each)] += times.user + times.system
    return used


def _kind(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    kinds = {
        "engine.lean": "Rasa",
        "spawn_main": "understanding",
        "wegwijs.cli": "gateway",
        "wegwijs.working": "worker",
        "postgres": "database",
    }
    return next((kind for part, kind in kinds.items() if part in command), "others")


def memory(services: Sequence[Service]) -> float:
    """Megabytes of the gateways and their children; what they share is shared out (PSS)."""
    total = 0
    for service in services:
        process = psutil.Process(service.process.pid)
        total += sum(each.memory_full_info().pss for each in [process, *process.children(recursive=True)])
    return total / 2**20


@contextmanager
def redis() -> Iterator[str]:
    """A Redis of our own, for Rasa's lock."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


def run(
    name: str, *, gateways: int, postgresql: bool, lock: bool, conversations: int, seconds: float, rate: float
) -> None:
    """One setting, from start to figures."""
    package = load_package()
    questions = [q for (_, code), page in package.pages.items() if code == "en" for q in page.questions if len(q) < 120]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        environment = {**UNLIMITED, "WEGWIJS_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
        url = f"sqlite:///{Path(folder) / '0/wegwijs.sqlite'}"
        server = PostgreSQL(is_durable=True) if postgresql else None
        if server:
            server.make()
            server.start()
            stack.callback(server.remove)
            environment["DATABASE_URL"] = server.url
            url = server.url.replace("postgresql://", "postgresql+psycopg://")
        if lock:
            environment["WEGWIJS_REDIS_URL"] = stack.enter_context(redis())
        ports = [free_port() for _ in range(gateways)]
        graph = start_graph(services=[f"http://127.0.0.1:{port}" for port in ports])
        stack.callback(graph.stop)
        services = []
        for number, port in enumerate(ports):
            services.append(start_service(Path(folder) / str(number), port=port, **environment, **graph.environment))
            stack.callback(stop_service, services[-1])
        processes = [psutil.Process(service.process.pid) for service in services]
        processes += [psutil.Process(server.pid)] if server else []
        urls = [service.url for service in services]
        asyncio.run(load(urls, questions, conversations=conversations, seconds=WARM_UP_SECONDS))
        for how, pace, webhooks in (
            ("as fast as replies come", None, 0.0),
            (f"{rate:.0f} messages a second", rate, 0.0),
            (f"of these {WEBHOOKS_A_SECOND:.0f} by WhatsApp", rate, WEBHOOKS_A_SECOND),
        ):
            size = {"conversations": conversations, "seconds": seconds, "rate": pace, "webhooks": webhooks}
            people = partial(load, urls, questions, **size)
            print(f"{name}, {how}: {measure(url, services, processes, people)}", flush=True)


def measure(
    url: str,
    services: Sequence[Service],
    processes: Sequence[psutil.Process],
    under_load: Callable[[], Coroutine[Any, Any, Measured]],
) -> str:
    """What a load gives, in words."""
    before, own, earlier = processor_seconds(processes), time.process_time(), len(turn_times(url))
    began = time.monotonic()
    measured = asyncio.run(under_load())
    seconds = time.monotonic() - began
    used = processor_seconds(processes)
    used.subtract(before)
    used["this measuring"] = time.process_time() - own
    times = turn_times(url)[earlier:]
    turn, acknowledged = percentiles(times, 50, 95, 99), percentiles(measured.acknowledged, 50, 95)
    figures = [
        f"{len(times) / seconds:.1f} turns/s",
        f"turn p50 {turn[0]:.0f}, p95 {turn[1]:.0f}, p99 {turn[2]:.0f} ms",
        f"acknowledged p50 {acknowledged[0]:.1f}, p95 {acknowledged[1]:.1f} ms",
        *_of_webhooks(measured.webhooks),
        f"{memory(services):.0f} MB",
        f"processor per turn: {', '.join(f'{kind} {1000 * of / len(times):.1f}' for kind, of in used.items())} ms",
        f"refused {measured.refused}",
    ]
    return "; ".join(figures)


def _of_webhooks(milliseconds: Sequence[float]) -> Iterator[str]:
    if milliseconds:
        half, most = percentiles(milliseconds, 50, 95)
        yield f"webhook acknowledged p50 {half:.1f}, p95 {most:.1f} ms"


def percentiles(values: Sequence[float], *ranks: int) -> list[float]:
    """The percentiles of some values."""
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(len(ordered) * rank / 100))] for rank in ranks]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--rate", type=float, default=62, help="messages a second, all conversations together")
    parser.add_argument("--only", choices=["sqlite", "postgresql", "two"])
    given = parser.parse_args()
    size = {"conversations": given.conversations, "seconds": given.seconds, "rate": given.rate}
    if given.only in {None, "sqlite"}:
        run("SQLite, 1 gateway", gateways=1, postgresql=False, lock=False, **size)
    if given.only in {None, "postgresql"}:
        run("PostgreSQL, 1 gateway", gateways=1, postgresql=True, lock=False, **size)
    if given.only in {None, "two"}:
        lock = shutil.which("redis-server") is not None
        locked = "Redis lock" if lock else "no Redis installed"
        run(f"PostgreSQL, 2 gateways, {locked}", gateways=2, postgresql=True, lock=lock, **size)


if __name__ == "__main__":
    main()
