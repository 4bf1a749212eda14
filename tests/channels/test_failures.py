"""Rasa killed, the database locked, the service killed: nothing is lost, and information still comes."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from knowledge.understand import Understander
from tests.conftest import Chat, Service, keys, start_service, stop_service, wait_until


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory, understander: Understander) -> Iterator[Service]:
    """A service to be mistreated."""
    started = start_service(tmp_path_factory.mktemp("mistreated"))
    yield started
    stop_service(started)


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, understander: Understander) -> Iterator[Service]:
    """A service on SQLite, whatever the other tests run on: only SQLite has one lock for everything."""
    started = start_service(tmp_path_factory.mktemp("on-sqlite"), DATABASE_URL="")
    yield started
    stop_service(started)


def rasa_is_back(service: Service) -> bool:
    return service.health()["rasa"] == "ok"


def test_rasa_killed_in_the_middle_of_a_form_goes_on_at_the_same_question(own_service: Service) -> None:
    wait_until(lambda: rasa_is_back(own_service), seconds=30)
    chat = Chat(own_service.url, "en")
    chat.say(button="person")
    os.kill(own_service.rasa_pid(), signal.SIGKILL)
    assert keys(chat.say(button="yes", seconds=40)) == ["ask_town"]
    assert keys(chat.say("Gent")) == ["waiting"]


def test_while_rasa_is_down_questions_are_answered_and_a_person_can_be_asked_for(own_service: Service) -> None:
    wait_until(lambda: rasa_is_back(own_service), seconds=30)
    chat = Chat(own_service.url, "fr")
    pid = own_service.rasa_pid()
    os.kill(pid, signal.SIGSTOP)  # it hangs: worse than dead, for nobody restarts it at once
    try:
        replies = chat.say("je peux travailler ici ?", seconds=30)
        assert replies[-1]["topic"] == "future/right-to-work"
        assert keys(chat.say(button="person", seconds=30)) == ["ask_consent"]
        assert keys(chat.say("oui", seconds=30)) == ["waiting"]
        assert chat.state == "waiting"
    finally:
        with __import__("contextlib").suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: rasa_is_back(own_service), seconds=60)


def test_a_locked_database_refuses_clearly_and_loses_nothing(on_sqlite: Service) -> None:
    chat = Chat(on_sqlite.url, "en")
    chat.read()
    body = {"client_id": uuid4().hex, "text": "thank you"}
    with sqlite3.connect(on_sqlite.data_dir / "wegwijs.sqlite", isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        answer = chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers)
        database.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers).status_code == 202
    replies: list[dict[str, object]] = []

    def answered() -> bool:
        replies.extend(m for m in chat.read()["messages"] if m["author"] == "bot")  # type: ignore[attr-defined]
        return bool(replies)

    wait_until(answered, seconds=15)
    assert keys(replies) == ["thanks"]


def test_a_short_lock_is_waited_for(on_sqlite: Service) -> None:
    chat = Chat(on_sqlite.url, "en")
    database = sqlite3.connect(on_sqlite.data_dir / "wegwijs.sqlite", isolation_level=None, check_same_thread=False)
    database.execute("BEGIN IMMEDIATE")
    threading.Timer(1.0, lambda: database.execute("ROLLBACK")).start()
    assert chat.post(text="thank you").status_code == 202


def test_of_a_service_that_is_killed_no_process_is_left(tmp_path: Path, understander: Understander) -> None:
    service = start_service(tmp_path)
    children = psutil.Process(service.process.pid).children(recursive=True)
    commands = " ".join(" ".join(child.cmdline()) for child in children)
    assert all(part in commands for part in ("wegwijs.working", "engine.lean", "spawn_main"))
    service.process.kill()
    service.process.wait()
    wait_until(lambda: not any(child.is_running() for child in children), seconds=10)


def test_messages_stored_before_a_crash_are_answered_after_it(tmp_path: Path, understander: Understander) -> None:
    service = start_service(tmp_path)
    chat = Chat(service.url, "nl")
    chat.read()
    sent = [chat.post(text=f"mag ik werken {number}").status_code for number in range(5)]
    service.process.kill()
    service.process.wait()
    assert sent == [202] * 5
    again = start_service(tmp_path, **service.environment)
    try:
        chat.url = again.url
        answers: list[dict[str, object]] = []

        def all_answered() -> bool:
            answers.extend(m for m in chat.read()["messages"] if m["key"] in {"answer", "choices", "unknown"})  # type: ignore[attr-defined]
            return len(answers) >= 5

        wait_until(all_answered, seconds=30)
        time.sleep(1)
        messages = chat.http.get(f"{chat.path}/messages", headers=chat.headers).json()["messages"]
        assert len([m for m in messages if m["author"] == "person"]) == 5
        assert len([m for m in messages if m["key"] in {"answer", "choices", "unknown"}]) == 5
    finally:
        stop_service(again)


def test_no_word_of_a_message_is_in_any_log_or_in_rasa(on_sqlite: Service) -> None:
    chat = Chat(on_sqlite.url, "en")
    chat.say("zanzibarquestion can i work")
    tracker = b"".join(path.read_bytes() for path in (on_sqlite.data_dir / "rasa").glob("tracker.db*"))
    assert b"zanzibarquestion" not in tracker
    logs = b"".join(path.read_bytes() for path in on_sqlite.data_dir.rglob("*.log"))
    assert logs
    assert b"zanzibarquestion" not in logs
