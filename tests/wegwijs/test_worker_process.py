"""The worker's process: it answers what the gateway stores, is begun again when it dies or hangs, and must begin."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from sqlmodel import select

from bot.conversations import Author, Message, Opened, start_conversation
from channels.inbound import store, text_written
from knowledge.understand import Understander
from tests.conftest import child_processes, eventually
from wegwijs import worker_process
from wegwijs.child import NeverReady
from wegwijs.service import published_or_files
from wegwijs.settings import Settings
from wegwijs.storage import transaction
from wegwijs.worker_process import WorkerProcess


@dataclass
class Gateway:
    """As much of the gateway as a worker needs: who hears what it has written."""

    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.worker = WorkerProcess(written=self.heard.append)

    def brings(self, text: str) -> str:
        """Somebody writes; their conversation."""
        with transaction() as session:
            conversation, _ = start_conversation(session, channel="web", language="en")
            conversation.noticed = True
            written = text_written(channel="web", provider_id=f"{conversation.id}:1", text=text)
            store(session.connection(), [(Opened.of(conversation), written)])
        self.worker.stored()
        return conversation.id

    @property
    def figures(self) -> str:
        """What the worker counts, for Prometheus."""
        return self.worker.report.figures if self.worker.report is not None else ""


def replies(conversation_id: str) -> list[str]:
    with transaction() as session:
        query = select(Message).where(Message.conversation_id == conversation_id, Message.author == Author.BOT)
        return [message.content["key"] for message in session.exec(query).all()]


def workers() -> list[psutil.Process]:
    return child_processes("wegwijs.working")


@pytest.fixture(scope="module")
def learned(understander: Understander) -> Path:
    """What was learned, found before a test names a data folder of its own."""
    return Settings().data_dir / "understanding"


@pytest.fixture
def settled(learned: Path, in_database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database and what is learned; no Rasa, which the tests of the whole service have."""
    monkeypatch.setenv("WEGWIJS_RASA_ENABLED", "false")
    monkeypatch.setattr(worker_process, "STOP_SECONDS", 3.0)
    (tmp_path / "understanding").symlink_to(learned)


@pytest.fixture
async def gateway(settled: None) -> AsyncIterator[Gateway]:
    published_or_files()
    made = Gateway()
    await made.worker.start()
    yield made
    await made.worker.stop()
    assert workers() == []


async def test_what_the_gateway_stores_is_answered_and_the_gateway_hears_where(gateway: Gateway) -> None:
    conversation = gateway.brings("where can i sleep tonight")
    await eventually(lambda: conversation in gateway.heard, seconds=20)
    assert replies(conversation) == ["answer"]
    await eventually(lambda: 'wegwijs_turns_total{channel="web"} 1.0' in gateway.figures, seconds=5)


async def test_one_that_is_killed_is_begun_again_and_answers_what_came_meanwhile(gateway: Gateway) -> None:
    (first,) = workers()
    first.kill()
    await eventually(lambda: gateway.worker.report is None, seconds=5)
    conversation = gateway.brings("where can i sleep tonight")
    await eventually(lambda: conversation in gateway.heard, seconds=30)
    assert replies(conversation) == ["answer"]


async def test_one_that_hangs_is_replaced(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "SILENT_SECONDS", 2.0)
    (first,) = workers()
    os.kill(first.pid, signal.SIGSTOP)
    await eventually(lambda: bool(workers()) and workers()[0].pid != first.pid, seconds=40)
    conversation = gateway.brings("where can i sleep tonight")
    await eventually(lambda: conversation in gateway.heard, seconds=30)


async def test_one_that_cannot_begin_is_said_at_once(settled: None) -> None:
    nothing_is_published = Gateway()
    with pytest.raises(NeverReady):
        await nothing_is_published.worker.start()
    assert workers() == []
