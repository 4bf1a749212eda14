"""What tests share: the package, the learned understanding, and a running service of their own."""

import asyncio
import atexit
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import uuid4

import httpx
import hypothesis
import psutil
import pytest

from knowledge.grouping import grouped
from knowledge.pages import Package, load_package
from knowledge.sense import Sense
from knowledge.training import load_understander
from knowledge.understand import Understander
from knowledge.understanding import Understanding
from tests.ports import free_port
from tests.postgresql import PostgreSQL
from wegwijs import database
from wegwijs.settings import PROJECT, Settings, settings
from wegwijs.storage import engine

# The same examples everywhere, and no limit on the time of one: a slow machine is no defect.
hypothesis.settings.register_profile("wegwijs", deadline=None, derandomize=True)
hypothesis.settings.load_profile("wegwijs")

START_SECONDS = 120.0
"""Generous: a start takes some seconds, learning from a changed package some minutes."""


@pytest.fixture(scope="session")
def package() -> Package:
    """The information package."""
    return load_package()


@pytest.fixture(scope="session")
def understander(package: Package) -> Understander:
    """Understanding, learned from the package (`make train` has kept it)."""
    return load_understander(package, Settings())


@pytest.fixture
def in_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh database for what a test does in its own process."""
    environment = {"WEGWIJS_DATA_DIR": str(tmp_path), **own_database()}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _forget_database()
    database.upgrade()
    yield
    _forget_database()


def _forget_database() -> None:
    if engine.cache_info().currsize:
        engine().dispose()
    for kept in (settings, engine):
        kept.cache_clear()


@dataclass(frozen=True)
class InThisProcess:
    """Understanding without a process of its own."""

    understander: Understander

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:
        """What a message means."""
        return self.understander.understand(text, conversation_language)

    async def senses(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Sense]:
        """What lines come down to."""
        return self.understander.senses(texts, languages)

    async def grouped(self, vectors: Sequence[bytes]) -> list[int]:
        """Which lines ask the same."""
        return grouped(vectors)


@dataclass
class Service:
    """A real service: its own process, database and Rasa; `environment` is what it was started with."""

    url: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    def health(self) -> dict[str, str]:
        """What /health says."""
        answer: dict[str, str] = httpx.get(f"{self.url}/health", timeout=5).json()
        return answer

    def rasa_pid(self) -> int:
        """The process id of its Rasa."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(child.pid for child in children if "engine.lean" in " ".join(child.cmdline()))


def needed(found: str | None, what: str) -> str:
    """A program of the system that a test needs; without it the test is skipped, but never in CI."""
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is not installed on this machine; .ci/run installs it")


@cache
def shared_postgresql() -> PostgreSQL:
    """The server for all tests of a run on PostgreSQL; removed at the end."""
    server = PostgreSQL()
    server.make()
    server.start()
    atexit.register(server.remove)
    return server


def own_database() -> dict[str, str]:
    """The environment of a process with a database of its own: SQLite, or PostgreSQL in `make test-postgres`."""
    if os.environ.get("WEGWIJS_TEST_DATABASE") == "postgresql":
        return {"DATABASE_URL": shared_postgresql().fresh_database()}
    return {}


def start_service(data_dir: Path, *, port: int | None = None, **environment: str) -> Service:
    """Start `wegwijs run` with a data folder of its own, and wait until it and Rasa answer."""
    data_dir.mkdir(parents=True, exist_ok=True)
    learned = data_dir / "understanding"
    if not learned.exists():
        learned.symlink_to(Settings().data_dir / "understanding")
    port = port or free_port()
    given = {**own_database(), **environment, "WEGWIJS_DATA_DIR": str(data_dir), "WEGWIJS_PORT": str(port)}
    service = Service(
        url=f"http://127.0.0.1:{port}",
        data_dir=data_dir,
        process=subprocess.Popen(
            [sys.executable, "-m", "wegwijs.cli", "run"],
            env={**os.environ, **given},
            cwd=PROJECT,
            stderr=(data_dir / "service.log").open("ab"),
        ),
        environment=given,
    )
    wait_until(lambda: _is_up(service), seconds=START_SECONDS)
    return service


def _is_up(service: Service) -> bool:
    if service.process.poll() is not None:
        log = (service.data_dir / "service.log").read_text(encoding="utf-8")
        raise AssertionError(f"the service stopped: {log[-2000:]}")
    with suppress(httpx.HTTPError, ValueError):
        return service.health()["rasa"] == "ok"
    return False


def stop_service(service: Service) -> None:
    """End it as an operator would."""
    service.process.terminate()
    service.process.wait(timeout=20)


def child_processes(part: str) -> list[psutil.Process]:
    """Our own children with this in their command line; one that ends at this moment is none."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if part in " ".join(child.cmdline()):
                found.append(child)
    return found


def wait_until(true: Callable[[], bool], *, seconds: float) -> None:
    """Wait until it is true; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.02)


async def eventually(true: Callable[[], bool], *, seconds: float) -> None:
    """As `wait_until`, while the event loop goes on."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, understander: Understander) -> Iterator[Service]:
    """One service for all tests that leave it as they found it; its limits are high, so that tests may be quick."""
    started = start_service(
        tmp_path_factory.mktemp("service"),
        WEGWIJS_MESSAGES_PER_MINUTE="100000",
        WEGWIJS_CONVERSATIONS_PER_MINUTE="100000",
    )
    yield started
    stop_service(started)


@dataclass
class Chat:
    """A person in the web chat, over HTTP."""

    url: str
    language: str | None = None
    id: str = ""
    token: str = ""
    seen: int = 0
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def __post_init__(self) -> None:
        answer = self.http.post(f"{self.url}/api/conversations", json={"language": self.language})
        assert answer.status_code == 201, answer.text
        self.id, self.token = answer.json()["id"], answer.json()["token"]

    @property
    def headers(self) -> dict[str, str]:
        """What opens the conversation."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        """Where the conversation is."""
        return f"{self.url}/api/conversations/{self.id}"

    def post(self, **body: object) -> httpx.Response:
        """Send one message, as it is."""
        return self.http.post(f"{self.path}/messages", json={"client_id": uuid4().hex, **body}, headers=self.headers)

    def read(self) -> dict[str, object]:
        """What is new."""
        answer = self.http.get(f"{self.path}/messages", params={"after": self.seen}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, object] = answer.json()
        messages = body["messages"]
        assert isinstance(messages, list)
        if messages:
            self.seen = messages[-1]["id"]
        return body

    def say(
        self, text: str | None = None, *, button: str | None = None, seconds: float = 15
    ) -> list[dict[str, object]]:
        """Send a message and wait for the replies; what came before is read first."""
        self.read()
        answer = self.post(text=text) if text is not None else self.post(button=button, label=button)
        assert answer.status_code == 202, answer.text
        replies: list[dict[str, object]] = []

        def answered() -> bool:
            messages = self.read()["messages"]
            assert isinstance(messages, list)
            replies.extend(each for each in messages if each["author"] != "person")
            return bool(replies)

        wait_until(answered, seconds=seconds)
        return replies

    @property
    def state(self) -> object:
        """Who the conversation belongs to."""
        return self.http.get(f"{self.path}/messages", params={"after": 2**31 - 1}, headers=self.headers).json()["state"]


def keys(replies: list[dict[str, object]]) -> list[object]:
    """The keys of replies."""
    return [reply["key"] for reply in replies]
