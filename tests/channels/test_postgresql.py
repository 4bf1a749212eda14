"""The same service on a real PostgreSQL: conversation, form, erasing, and PostgreSQL going away for a moment."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from knowledge.understand import Understander
from tests.conftest import Chat, Service, keys, start_service, stop_service, wait_until
from tests.postgresql import PostgreSQL


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    """A fresh PostgreSQL server."""
    server = PostgreSQL()
    server.make()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def on_postgresql(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory, understander: Understander
) -> Iterator[Service]:
    """The service with DATABASE_URL."""
    started = start_service(tmp_path_factory.mktemp("on-postgresql"), DATABASE_URL=postgresql.url)
    yield started
    stop_service(started)


def test_a_conversation_with_a_form_and_erasing(on_postgresql: Service) -> None:
    chat = Chat(on_postgresql.url, "ti")
    assert "answer" in keys(chat.say(button="topic:reception/emergency-shelter"))
    assert keys(chat.say(button="person")) == ["ask_consent"]
    assert keys(chat.say(button="yes")) == ["ask_town"]
    assert keys(chat.say(button="town:Gent")) == ["waiting"]
    assert keys(chat.say(button="stop_waiting")) == ["waiting_stopped"]
    assert keys(chat.say(button="delete")) == ["ask_delete"]
    assert keys(chat.say(button="yes")) == ["deleted"]
    assert not (on_postgresql.data_dir / "wegwijs.sqlite").exists()


def test_postgresql_away_for_a_moment_loses_nothing(on_postgresql: Service, postgresql: PostgreSQL) -> None:
    chat = Chat(on_postgresql.url, "en")
    chat.read()
    postgresql.stop()
    body = {"client_id": uuid4().hex, "text": "thank you"}
    assert chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers).status_code == 503
    postgresql.start()
    wait_until(
        lambda: chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers).status_code == 202, seconds=20
    )
    replies: list[dict[str, object]] = []

    def answered() -> bool:
        replies.extend(m for m in chat.read()["messages"] if m["author"] == "bot")  # type: ignore[attr-defined]
        return bool(replies)

    wait_until(answered, seconds=20)
    assert keys(replies) == ["thanks"]
