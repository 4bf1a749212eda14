"""The database: encrypted at rest, found again by token only, in step with its migrations."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.conftest import own_database
from wegwijs.settings import Settings

PROGRAM = """
from bot.conversations import *
from wegwijs import database
from wegwijs.storage import transaction
from sqlmodel import select
database.upgrade()
database.check()
with transaction() as session:
    conversation, token = start_conversation(session, channel="web", language="ar")
    session.add(Message(conversation_id=conversation.id, channel="web", provider_id="p1", author=Author.PERSON,
                        content={"text": "my secret story"}))
with transaction() as session:
    found = access_conversation(session, Access(conversation.id, token))
    assert messages_after(session, conversation_id=found.id, after=0)[0].content["text"] == "my secret story"
    assert found.state is State.BOT
    assert session.get_one(Conversation, found.id).created_at.tzinfo is not None
    for wrong in (token[:-1], token + "x", "", "é"):
        try:
            access_conversation(session, Access(conversation.id, wrong))
        except UnknownConversation:
            continue
        raise AssertionError(wrong)
    print(token)
"""


def run(program: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "WEGWIJS_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_texts_and_tokens_never_lie_readable_on_disk(tmp_path: Path) -> None:
    done = run(PROGRAM, tmp_path)
    assert done.returncode == 0, done.stderr
    token = done.stdout.strip()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("wegwijs.sqlite*"))
    assert b"secret story" not in stored
    assert token.encode() not in stored


def test_the_embedded_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = Settings(data_dir=tmp_path).cipher_keys()
    assert Settings(data_dir=tmp_path).cipher_keys() == first
    assert stat.S_IMODE((tmp_path / "encryption.key").stat().st_mode) == 0o600


def test_texts_stay_readable_after_a_new_key_is_put_first(tmp_path: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert run(PROGRAM, tmp_path, WEGWIJS_ENCRYPTION_KEYS=old).returncode == 0
    read = """
from bot.conversations import Message
from wegwijs.storage import transaction
from sqlmodel import select
with transaction() as session:
    print(session.exec(select(Message)).one().content["text"])
"""
    assert run(read, tmp_path, WEGWIJS_ENCRYPTION_KEYS=f"{new},{old}").stdout.strip() == "my secret story"
    assert "InvalidToken" in run(read, tmp_path, WEGWIJS_ENCRYPTION_KEYS=new).stderr


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
    ],
)
def test_a_database_url_names_its_driver(given: str, used: str, tmp_path: Path) -> None:
    assert Settings(database_url=given, data_dir=tmp_path).database == used


MIGRATION = """
from alembic import command
from sqlalchemy import text
from wegwijs import database
from wegwijs.storage import cipher, engine, now
command.upgrade(database._config(), "0001")
with engine().begin() as connection:
    connection.execute(
        text("INSERT INTO conversation (id, channel, token_hash, state, noticed, session, turns, created_at,"
             " last_message_at) VALUES ('c', 'web', 'h', 'bot', true, 1, 0, :now, :now)"), {"now": now()})
    connection.execute(
        text("INSERT INTO message (conversation_id, channel, author, content, created_at, tries, parked)"
             " VALUES ('c', 'web', 'person', :content, :now, 0, false)"),
        {"now": now(), "content": cipher().encrypt(b'{"text": "kept"}')})
database.upgrade()
from sqlmodel import select
from bot.conversations import Message
from wegwijs.storage import transaction
with transaction() as session:
    message = session.exec(select(Message)).one()
    assert message.sent_at == message.created_at
    print(message.content["text"])
"""


def test_a_newer_version_keeps_every_message(tmp_path: Path) -> None:
    done = run(MIGRATION, tmp_path, **own_database())
    assert done.stdout.strip() == "kept", done.stderr
