"""Another encryption key: nothing is lost, nothing stays under the old one, and everybody is found again."""

from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import Result
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from admin.tables import Invitation, Role, Staff
from bot.conversations import (
    Access,
    Conversation,
    Message,
    access_conversation,
    add_reply,
    find_conversation,
    start_conversation,
)
from bot.handovers import Note
from channels.inbound import receive, text_written
from channels.outbound import Delivery
from wegwijs import keys
from wegwijs.cli import app as command_line
from wegwijs.keys import (
    KeysAreSetOutside,
    NothingToDrop,
    StillUnderAnOldKey,
    begin_rotation,
    drop_old_keys,
    encrypt_anew,
    encrypted_columns,
    under_old_keys,
)
from wegwijs.settings import Settings, settings
from wegwijs.storage import keyed_hash, now, transaction

pytestmark = pytest.mark.usefixtures("in_database")
SECRET = "a story nobody else may read"
HANDLE = "32470123456"


def ignore(_name: str, _read: int, _changed: int) -> None:
    """Nobody is told."""


def fill() -> Access:
    """A secret in every encrypted column; the claim to a web conversation."""
    with transaction() as session:
        conversation, token = start_conversation(session, channel="web", language="nl")
        reply = add_reply(session, conversation, language="nl", content={"text": SECRET})
        staff = Staff(login="noor", name="Noor", role=Role.DESK, totp_secret=SECRET)
        session.add(staff)
        session.flush()
        assert reply.id
        assert staff.id
        session.add(
            Delivery(
                conversation_id=conversation.id, message_id=reply.id, number=0, channel="web", part={"text": SECRET}
            )
        )
        session.add(Note(conversation_id=conversation.id, content=SECRET))
        session.add(Invitation(token_hash=keyed_hash("t"), staff_id=staff.id, totp_secret=SECRET, expires_at=now()))
        written = text_written(channel="telegram", provider_id="p1", text=SECRET)
        receive(session, "telegram", [(HANDLE, written)])
    return Access(conversation.id, token)


def all_secrets() -> list[object]:
    """What the encrypted columns hold, read as the service reads them."""
    with transaction() as session:
        return [
            *(row.content["text"] for row in session.exec(select(Message))),
            *(row.content for row in session.exec(select(Note))),
            *(row.totp_secret for row in session.exec(select(Staff))),
            *(row.totp_secret for row in session.exec(select(Invitation))),
            *(row.part["text"] for row in session.exec(select(Delivery)) if row.part),
        ]


def raw_values() -> list[bytes]:
    """The bytes in the encrypted columns."""
    with transaction() as session:
        return [
            bytes(value)
            for each in encrypted_columns()
            for value in session.connection()
            .execute(
                text(f"SELECT {each.value.name} FROM {each.table.name} WHERE {each.value.name} IS NOT NULL")  # noqa: S608
            )
            .scalars()
        ]


def opens(key: bytes, value: bytes) -> bool:
    try:
        Fernet(key).decrypt(value)
    except InvalidToken:
        return False
    return True


def test_every_encrypted_column_is_known() -> None:
    assert {each.name for each in encrypted_columns()} == {
        "conversation.handle",
        "delivery.part",
        "invitation.totp_secret",
        "message.content",
        "note.content",
        "staff.totp_secret",
    }


def test_after_a_rotation_only_the_new_key_opens_anything_and_nothing_is_lost(tmp_path: Path) -> None:
    access = fill()
    (old,) = settings().cipher_keys()
    before = raw_values()
    assert begin_rotation()
    assert encrypt_anew(ignore) == len(before) == 7
    assert drop_old_keys() == 1
    (new,) = settings().cipher_keys()
    assert new != old
    assert [(opens(old, value), opens(new, value)) for value in raw_values()] == [(False, True)] * 7
    assert all_secrets() == [SECRET] * 6
    with transaction() as session:
        assert access_conversation(session, access).id == access.conversation_id
        found = find_conversation(session, channel="telegram", handle=HANDLE)
        assert found is not None
        assert found.handle == HANDLE
    assert (tmp_path / "encryption.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "hash.key").stat().st_mode & 0o777 == 0o600


def test_secrets_and_handles_never_lie_readable_in_the_files_of_the_database(tmp_path: Path) -> None:
    fill()
    begin_rotation()
    encrypt_anew(ignore)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file()) + b"".join(raw_values())
    assert len(stored) > 500
    for secret in (SECRET, HANDLE):
        assert secret.encode() not in stored


def test_a_service_that_runs_reads_and_writes_with_the_new_key_at_once(tmp_path: Path) -> None:
    running = Settings(data_dir=tmp_path)
    (old,) = running.cipher_keys()
    begin_rotation()
    assert running.cipher_keys()[1:] == (old,)
    fill()
    assert under_old_keys() == 0


def test_an_interrupted_rotation_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "BATCH", 1)
    fill()

    def stop(name: str, _read: int, _changed: int) -> None:
        if name == "message.content":
            raise KeyboardInterrupt

    begin_rotation()
    with pytest.raises(KeyboardInterrupt):
        encrypt_anew(stop)
    left = under_old_keys()
    assert 0 < left < 7
    assert all_secrets() == [SECRET] * 6
    in_use = settings().cipher_keys()
    assert not begin_rotation()
    assert settings().cipher_keys() == in_use
    assert encrypt_anew(ignore) == left
    assert under_old_keys() == 0


def test_a_key_that_is_still_needed_is_not_dropped() -> None:
    fill()
    with pytest.raises(NothingToDrop):
        drop_old_keys()
    begin_rotation()
    with pytest.raises(StillUnderAnOldKey, match="7"):
        drop_old_keys()
    assert len(settings().cipher_keys()) == 2
    assert all_secrets() == [SECRET] * 6


def test_nothing_written_during_a_rotation_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "BATCH", 5)
    with transaction() as session:
        conversation, _ = start_conversation(session, channel="web", language="nl")
        messages = [
            add_reply(session, conversation, language="nl", content={"text": f"before {number}"})
            for number in range(60)
        ]
        session.flush()
        ids = [message.id for message in messages]
    over, written, failures = Event(), [0], []

    def write() -> None:
        # New messages, and changes of the very rows that are encrypted anew.
        while not over.is_set():
            number = written[0]
            try:
                with transaction() as session:
                    owner = session.get_one(Conversation, conversation.id)
                    add_reply(session, owner, language="nl", content={"text": f"during {number}"})
                    changed = session.get_one(Message, ids[number % len(ids)])
                    changed.content = {"text": f"changed {number}"}
            except Exception as error:
                failures.append(error)
                return
            written[0] = number + 1

    writer = Thread(target=write)
    writer.start()
    while not written[0]:
        over.wait(0.005)
    begin_rotation()
    encrypt_anew(ignore)
    over.set()
    writer.join()
    assert failures == []
    encrypt_anew(ignore)  # what was under way with the old key when the new one came
    drop_old_keys()
    with transaction() as session:
        texts = {message.id: message.content["text"] for message in session.exec(select(Message))}
    during = sorted(text for text in texts.values() if text.startswith("during"))
    assert during == sorted(f"during {number}" for number in range(written[0]))
    for place, number in enumerate(ids):
        changes = [each for each in range(written[0]) if each % len(ids) == place]
        assert texts[number] == (f"changed {changes[-1]}" if changes else f"before {place}")


def rotate(*arguments: str) -> Result:
    return CliRunner().invoke(command_line, ["keys", "rotate", *arguments])


def test_on_the_command_line_a_rotation_says_what_it_does() -> None:
    fill()
    refused = rotate("--drop-old")
    assert (refused.exit_code, refused.output.strip()) == (1, "there is only one key")
    done = rotate()
    assert done.exit_code == 0, done.output
    assert "message.content: 2 read, 2 encrypted anew" in done.stdout
    assert "7 values encrypted anew, 0 left" in done.stdout
    assert "1 old keys forgotten" in rotate("--drop-old").stdout
    assert all_secrets() == [SECRET] * 6


def test_keys_that_are_set_outside_are_used_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    set_keys(monkeypatch, old)
    access = fill()
    set_keys(monkeypatch, f"{new},{old}")
    with pytest.raises(KeysAreSetOutside):
        begin_rotation()
    with pytest.raises(KeysAreSetOutside):
        drop_old_keys()
    done = rotate()
    assert "7 values encrypted anew, 0 left" in done.stdout
    assert "set WEGWIJS_HASH_KEY to the last of them" in done.stdout
    set_keys(monkeypatch, new, WEGWIJS_HASH_KEY=old)
    assert all_secrets() == [SECRET] * 6
    with transaction() as session:
        assert access_conversation(session, access).id == access.conversation_id
    assert not (tmp_path / "encryption.key").exists()


def set_keys(monkeypatch: pytest.MonkeyPatch, encryption_keys: str, **environment: str) -> None:
    monkeypatch.setenv("WEGWIJS_ENCRYPTION_KEYS", encryption_keys)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
