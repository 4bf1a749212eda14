"""What `make bench` prints: start, memory, loading, learning, understanding, turns, bytes of the first view."""

import os
import random
import re
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psutil

from knowledge.pages import FOLDER as PACKAGE
from knowledge.pages import load_package
from knowledge.training import load_understander, make_encoder
from tests.conftest import Chat, Service, start_service, stop_service
from wegwijs.settings import Settings

QUESTIONS_TIMED = 400
TURNS = 150
TURNS_AT_ONCE = 8


def percentiles(values: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    ordered = sorted(values)
    return f"p50 {statistics.median(ordered):6.1f} ms   p95 {ordered[int(0.95 * len(ordered))]:6.1f} ms"


def turns(url: str, questions: list[str], count: int) -> list[float]:
    """Milliseconds from sending each message to its first reply on the event stream, as the chat page reads it."""
    chat = Chat(url, "nl")
    chat.read()
    times = []
    with chat.http.stream("GET", f"{chat.path}/events", params={"after": chat.seen}, headers=chat.headers) as stream:
        lines = stream.iter_lines()
        sender = httpx.Client(timeout=20)
        for number in range(count):
            body = {"client_id": uuid4().hex, "text": questions[number % len(questions)]}
            started = time.perf_counter()
            sender.post(f"{chat.path}/messages", json=body, headers=chat.headers)
            wait_for_reply(lines, body["client_id"])
            times.append((time.perf_counter() - started) * 1000)
    return times


def wait_for_reply(lines: Iterator[str], client_id: str) -> None:
    """Read events until a message of the bot comes after the message with this id."""
    next(line for line in lines if client_id in line)
    next(line for line in lines if '"author":"bot"' in line)


def turns_at_once(url: str, questions: list[str]) -> list[float]:
    """The times of turns in several conversations at the same time."""
    times: list[float] = []

    def one(number: int) -> None:
        times.extend(turns(url, questions[number:], TURNS // TURNS_AT_ONCE))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(TURNS_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def memory(service: Service) -> dict[str, float]:
    """Memory in MB of the service, of the process that understands and of Rasa; shared pages are shared out (PSS)."""
    process = psutil.Process(service.process.pid)
    used = {process.pid: process, **{child.pid: child for child in process.children(recursive=True)}}
    megabytes = {number: each.memory_full_info().pss / 1e6 for number, each in used.items()}
    own, rasa = megabytes.pop(process.pid), megabytes.pop(service.rasa_pid())
    return {"service": own, "understanding": sum(megabytes.values()), "Rasa": rasa}


def first_view_bytes(url: str) -> int:
    """Bytes of the chat page with its styles, script and mark, as they go over the wire."""
    page = httpx.get(url)
    assets = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    return len(page.content) + sum(len(httpx.get(f"{url}{asset}").content) for asset in assets)


def encoder_times() -> list[float]:
    """The yardstick of the machine: a short English question through the bundled encoder alone."""
    encoder = make_encoder(Settings())
    times = []
    for _ in range(60):
        started = time.perf_counter()
        encoder.encode(["where can i sleep tonight in the city of brussels"])
        times.append((time.perf_counter() - started) * 1000)
    return times[10:]


def seconds_to_load() -> float:
    """Reading the whole package from its files."""
    started = time.perf_counter()
    load_package()
    return time.perf_counter() - started


def seconds_to_learn_a_change() -> float:
    """Changing one page and learning again: reading, encoding what is new, everything that is fitted, keeping it."""
    with tempfile.TemporaryDirectory() as folder:
        copy, data = Path(folder) / "package", Path(folder) / "data"
        shutil.copytree(PACKAGE, copy)
        shutil.copytree(Settings().data_dir / "understanding", data / "understanding")
        page = copy / "reception/waiting-list/nl.md"
        text = page.read_text(encoding="utf-8").replace(
            "questions:", "questions:\n  - mijn bed is er nog altijd niet, raar he", 1
        )
        page.write_text(text, encoding="utf-8")
        started = time.perf_counter()
        load_understander(load_package(copy), Settings(data_dir=data))
        return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    package = load_package()
    questions = [question for page in package.pages.values() for question in page.questions]
    random.Random(7).shuffle(questions)
    with tempfile.TemporaryDirectory() as folder:
        limits = {"WEGWIJS_MESSAGES_PER_MINUTE": "100000", "WEGWIJS_CONVERSATIONS_PER_MINUTE": "100000"}
        stop_service(start_service(Path(folder), **limits))  # the first start trains Rasa
        started = time.perf_counter()
        service = start_service(Path(folder), **limits)
        print(f"second start             {time.perf_counter() - started:6.1f} s (until Rasa answers too)")
        safe = [question for question in questions if len(question) < 200]
        turns(service.url, safe, 20)
        print(f"turn, 1 conversation     {percentiles(turns(service.url, safe, TURNS))}")
        print(f"turn, {TURNS_AT_ONCE} conversations    {percentiles(turns_at_once(service.url, safe))}")
        used = memory(service)
        parts = ", ".join(f"{name} {size:.0f}" for name, size in used.items())
        print(f"memory                   {sum(used.values()):6.0f} MB ({parts})")
        print(f"first view               {first_view_bytes(service.url):6d} bytes")
        stop_service(service)
    understander = load_understander(package, Settings())
    print(f"package loads            {statistics.median(seconds_to_load() for _ in range(5)):6.2f} s")
    learned = statistics.median(seconds_to_learn_a_change() for _ in range(3))
    print(f"one page changed         {learned:6.1f} s to learn again")
    times = []
    for question in questions[:QUESTIONS_TIMED]:
        started = time.perf_counter()
        understander.understand(question)
        times.append((time.perf_counter() - started) * 1000)
    print(f"understand               {percentiles(times)}")
    print(f"(bare encoder, 13 tokens {percentiles(encoder_times())})")
    print(f"(load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")


if __name__ == "__main__":
    main()
