"""The worker and people: who waits is counted and placed, the bot never speaks into a talk, and erasing takes all."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import inspect, table, text
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from bot import handovers
from bot.conversations import Author, Conversation, Message, Opened, State, lock_conversations, start_conversation
from bot.counts import TopicCounts
from bot.handovers import Handover, Note
from bot.purge import purge
from bot.replies import Renderer
from bot.turn import TurnTaker
from channels import worker as working
from channels.inbound import button_pressed, store, text_written
from channels.outbound import Outbox
from channels.worker import MAX_TRIES, Worker
from knowledge.pages import Package
from knowledge.understanding import Understanding
from translations.interface import string
from wegwijs.storage import engine, now, transaction
from wegwijs.working import NoRasa

pytestmark = pytest.mark.usefixtures("in_database")


class Stumbles:
    """Understanding that fails on every word."""

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:
        raise RuntimeError(f"{len(text)} characters in {conversation_language}")


async def forget(_conversation: str) -> int:
    return 0


@pytest.fixture
def worker(package: Package) -> Worker:
    """A worker without a Rasa, as when that is down."""
    return Worker(
        turns=lambda: TurnTaker(understanding=Stumbles(), dialogue=NoRasa(), topics=frozenset(package.topics)),
        renderer=lambda: Renderer(package=package),
        forget=forget,
        outbox=Outbox(splitters={}),
        at_once=1,
        written=lambda _conversation: None,
        counts=TopicCounts(),
    )


def begun() -> str:
    with transaction() as session:
        conversation, _ = start_conversation(session, channel="web", language="en")
        conversation.noticed = True
        return conversation.id


def send(conversation_id: str, button: str | None = None, *, words: str = "") -> None:
    given = {"channel": "web", "provider_id": f"{conversation_id}:{button or words}:{now().isoformat()}"}
    inbound = button_pressed(**given, payload=button, label=None) if button else text_written(**given, text=words)
    with transaction() as session:
        conversation = session.get(Conversation, conversation_id)
        assert conversation is not None
        store(session.connection(), [(Opened.of(conversation), inbound)])


def claim(worker: Worker) -> working.Claim:
    (claimed,) = working._claim_due_messages(worker.id, frozenset(), 1)
    return claimed


async def say(worker: Worker, conversation_id: str, *buttons: str) -> None:
    for button in buttons:
        send(conversation_id, button)
        await worker._process(claim(worker))


def said(conversation_id: str) -> list[str]:
    """The keys of what the bot has said."""
    with transaction() as session:
        query = select(Message).where(Message.conversation_id == conversation_id, Message.author == Author.BOT)
        return [message.content["key"] for message in session.exec(query.order_by(Message.id))]  # type: ignore[arg-type]


def last_words(conversation_id: str) -> str:
    with transaction() as session:
        query = select(Message).where(Message.conversation_id == conversation_id, Message.author == Author.BOT)
        words: str = session.exec(query.order_by(Message.id)).all()[-1].content["text"]  # type: ignore[arg-type]
        return words


def rows() -> Sequence[Handover]:
    with transaction() as session:
        return session.exec(select(Handover).order_by(Handover.id)).all()  # type: ignore[arg-type]


def read(conversation_id: str) -> Conversation:
    with transaction() as session:
        found = session.get(Conversation, conversation_id)
        assert found is not None
        return found


def take(conversation_id: str) -> None:
    """What the desk writes when somebody takes a conversation."""
    with transaction() as session:
        conversation = lock_conversations(session, Conversation.id == conversation_id)[conversation_id]  # type: ignore[arg-type]
        conversation.state, conversation.held_by = State.HELD, 1
        handovers.taken(session, conversation)
        session.add(conversation)


async def test_each_who_asks_is_counted_and_told_their_place(worker: Worker) -> None:
    first, second = begun(), begun()
    for each in (first, second):
        await say(worker, each, "person", "yes")
    assert string("bot.waiting_next", "en") in last_words(first)
    assert string("bot.waiting_place", "en", place="2") in last_words(second)
    assert [(row.reason, row.team, row.closed_at) for row in rows()] == [("asked", "infopunt", None)] * 2


async def test_who_stops_waiting_ends_that_time_and_may_begin_another(worker: Worker) -> None:
    person = begun()
    await say(worker, person, "person", "yes", "stop_waiting", "person", "yes")
    assert [row.outcome for row in rows()] == ["stopped", None]
    assert read(person).state is State.WAITING


async def test_a_second_message_while_waiting_brings_no_second_answer(worker: Worker) -> None:
    person = begun()
    await say(worker, person, "person", "yes", "menu", "person", "yes")
    assert said(person) == ["ask_consent", "waiting"]
    assert len(rows()) == 1


async def test_a_turn_that_a_colleague_was_quicker_than_is_not_said(worker: Worker) -> None:
    person = begun()
    await say(worker, person, "person", "yes")
    send(person, "stop_waiting")
    under_way = claim(worker)
    take(person)
    await worker._work(under_way)
    assert read(person).state is State.HELD
    assert said(person)[-1] == "waiting"
    await asyncio.sleep(working.RETRY_SECONDS)
    again = claim(worker)
    await worker._process(again)
    assert again.message.tries == 1
    assert read(person).state is State.HELD
    assert said(person)[-1] == "waiting"
    assert rows()[0].outcome is None


async def test_a_message_that_fails_is_put_on_the_list_and_the_bot_goes_on(worker: Worker) -> None:
    person = begun()
    await _poison(worker, person)
    stands = read(person)
    assert (stands.state, stands.reason, stands.team) == (State.BOT, "failed", "infopunt")
    assert stands.waiting_since is not None
    assert [(row.reason, row.team) for row in rows()] == [("failed", "infopunt")]
    await say(worker, person, "menu", "person", "yes")
    assert said(person) == ["failed", "menu", "ask_consent", "waiting"]
    assert [row.reason for row in rows()] == ["asked"]


async def test_a_message_that_fails_while_people_talk_is_passed_over_in_silence(worker: Worker) -> None:
    person = begun()
    await say(worker, person, "person", "yes")
    take(person)
    await _poison(worker, person)
    assert said(person)[-1] == "waiting"
    assert (read(person).state, read(person).reason) == (State.HELD, "asked")


async def test_the_last_word_comes_after_all_that_is_erased(worker: Worker) -> None:
    person = begun()
    await say(worker, person, "menu", "delete")
    before = _ids(person)
    await say(worker, person, "yes")
    (last,) = _ids(person)
    assert last > max(before)


def _ids(conversation_id: str) -> list[int]:
    with transaction() as session:
        return [row or 0 for row in session.exec(select(Message.id).where(Message.conversation_id == conversation_id))]


async def _poison(worker: Worker, conversation_id: str) -> None:
    send(conversation_id, words="what no one can read")
    for _ in range(MAX_TRIES):
        with pytest.raises(RuntimeError):
            await worker._process(_released(claim(worker)))
    await worker._process(claim(worker))


def _released(claimed: working.Claim) -> working.Claim:
    """As when the try has failed and the next one may begin."""
    with transaction() as session:
        session.exec(text("UPDATE conversation SET leased_by = NULL, leased_until = NULL"))  # type: ignore[call-overload]
    return claimed


async def test_whether_it_helped_is_counted_once(worker: Worker) -> None:
    person = begun()
    await say(worker, person, "person", "yes")
    with transaction() as session:
        conversation = session.get(Conversation, person)
        assert conversation is not None
        handovers.closed(session, conversation, outcome="answered")
        conversation.state = State.CLOSED
        session.add(conversation)
    await say(worker, person, "helped:no", "helped:yes")
    assert said(person)[-2:] == ["helped_no_thanks", "helped_thanks"]
    assert [row.helped for row in rows()] == [False]


def test_nobody_writes_between_the_reading_of_a_locked_conversation_and_its_change() -> None:
    person = begun()
    at_once = {"sqlite": "PRAGMA busy_timeout = 0", "postgresql": "SET lock_timeout = '50ms'"}
    with transaction() as session:
        lock_conversations(session, Conversation.id == person)  # type: ignore[arg-type]
        with engine().connect() as other:
            other.exec_driver_sql(at_once[engine().dialect.name])
            with pytest.raises(OperationalError, match=r"locked|lock timeout"):
                other.execute(text("UPDATE conversation SET state = 'held'"))


@pytest.mark.parametrize("way", ["delete", "retention"])
async def test_nothing_of_a_conversation_is_left_in_the_database(worker: Worker, tmp_path: Path, way: str) -> None:
    person = begun()
    await say(worker, person, "person", "yes")
    take(person)
    with transaction() as session:
        conversation = session.get(Conversation, person)
        assert conversation is not None
        conversation.town, conversation.topic = "Zwartberg-bij-Genk", "health/a-secret-matter"
        session.add(conversation)
        session.add(Note(conversation_id=person, staff_id=None, content="speaks of a brother"))
    readable, ciphers = [b"Zwartberg-bij-Genk", b"a-secret-matter"], _encrypted(person)
    assert len(ciphers) == 5
    assert all(each in _stored(tmp_path) for each in [*readable, *ciphers])
    if way == "delete":
        await say(worker, person, "delete", "yes")
        assert said(person) == ["deleted"]
    else:
        await purge(moment=now() + timedelta(days=31), retention=timedelta(days=30), forget=forget)
    stored = _stored(tmp_path)
    assert not [each for each in [*readable, *ciphers] if each in stored]
    (row,) = rows()
    assert (row.conversation_id, row.outcome) == (None, "erased")


def _encrypted(conversation_id: str) -> list[bytes]:
    """What is stored of the messages and the notes, as it lies there."""
    query = "SELECT content FROM {} WHERE conversation_id = :id"
    with engine().connect() as connection:
        return [
            bytes(content)
            for table in ("message", "note")
            for content in connection.execute(text(query.format(table)), {"id": conversation_id}).scalars()
        ]


def _stored(folder: Path) -> bytes:
    """All that can be read of the database: of SQLite its files, of PostgreSQL every value of every table."""
    if engine().dialect.name == "sqlite":
        return _files(folder)
    with engine().connect() as connection:
        tables = [sqlalchemy.select(text("*")).select_from(table(name)) for name in inspect(engine()).get_table_names()]
        rows = [row for query in tables for row in connection.execute(query)]
        return b" ".join(_bytes(value) for row in rows for value in row)


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def _files(folder: Path) -> bytes:
    found = b"".join(path.read_bytes() for path in folder.glob("wegwijs.sqlite*"))
    assert found
    return found
