"""Inbound: stored once, kept in order, worked on by one worker at a time, whatever the provider repeats."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversations import MESSAGES, Author, Conversation, Kind, Message, State, new_message
from bot.counts import TopicCounts
from bot.replies import Renderer, Reply
from bot.turn import TurnResult
from channels import worker as working
from channels.inbound import ErasedMessage, InboundMessage, button_pressed, forget_erased, receive, text_written
from channels.outbound import Outbox
from channels.telegram import door as telegram_door
from channels.telegram.updates import Received
from channels.worker import LeaseLost, Worker
from knowledge.pages import Package
from wegwijs.storage import now, transaction

pytestmark = pytest.mark.usefixtures("in_database")


def bring(
    text: str, *, number: str | None = None, handle: str = "1", channel: str = "telegram", **more: object
) -> str | None:
    """The conversation in which it was stored; None when it was not."""
    inbound = text_written(channel=channel, provider_id=number or text, text=text, **more)  # type: ignore[arg-type]
    with transaction() as session:
        before = len(session.exec(select(Message)).all())
        receive(session, channel, [(handle, inbound)])
        after = session.exec(select(Message).order_by(Message.id)).all()  # type: ignore[arg-type]
        return after[-1].conversation_id if len(after) > before else None


def claimed(worker: str = "w1") -> list[str]:
    claims = working._claim_due_messages(worker, frozenset(), 100)
    return [claim.message.content["text"] for claim in claims]


def processed(worker: str) -> None:
    with transaction() as session:
        for conversation in session.exec(select(Conversation).where(Conversation.leased_by == worker)).all():
            message = session.exec(
                select(Message)
                .where(Message.conversation_id == conversation.id, Message.processed_at == None)  # noqa: E711
                .order_by(Message.sent_at, Message.id)  # type: ignore[arg-type]
            ).first()
            assert message is not None
            message.processed_at = now()
            conversation.leased_by = conversation.leased_until = None
            session.add_all([message, conversation])


def test_a_message_brought_twice_is_stored_once() -> None:
    assert bring("hello", number="u1") is not None
    assert bring("hello", number="u1") is None
    with transaction() as session:
        assert len(session.exec(select(Message)).all()) == 1


def test_the_same_number_on_another_channel_is_another_message() -> None:
    assert bring("hello", number="u1") is not None
    assert bring("hello", number="u1", channel="whatsapp") is not None


def test_one_person_on_two_channels_has_two_conversations() -> None:
    assert bring("hello", handle="32470000000") != bring("hello", handle="32470000000", channel="whatsapp")


def test_handles_lie_encrypted_and_are_found_by_a_keyed_hash() -> None:
    bring("hello", handle="32470000000")
    with transaction() as session:
        row = session.connection().exec_driver_sql("SELECT handle, handle_hash FROM conversation").one()
        assert b"32470000000" not in bytes(row[0])
        assert "32470000000" not in row[1]
        assert session.exec(select(Conversation)).one().handle == "32470000000"


def test_what_was_sent_earlier_is_worked_on_earlier_though_it_arrives_later() -> None:
    moment = now()
    bring("second", sent_at=moment)
    bring("first", sent_at=moment - timedelta(seconds=3))
    assert claimed() == ["first"]
    processed("w1")
    assert claimed() == ["second"]


def test_a_conversation_is_worked_on_by_one_worker_at_a_time() -> None:
    bring("one")
    bring("two")
    bring("other", handle="2")
    assert sorted(claimed("w1")) == ["one", "other"]
    assert claimed("w2") == []
    processed("w1")
    assert claimed("w2") == ["two"]


async def test_a_dead_workers_conversation_goes_to_another_and_a_late_one_writes_nothing(package: Package) -> None:
    bring("one")
    late = worker_with(package)
    (claim,) = working._claim_due_messages(late.id, frozenset(), 1)
    with transaction() as session:
        conversation = session.exec(select(Conversation)).one()
        conversation.leased_until = now() - timedelta(seconds=1)
        session.add(conversation)
    assert claimed("w2") == ["one"]
    result = TurnResult(replies=(Reply("greet"),), language="en", changes={})
    with pytest.raises(LeaseLost):
        await late._finishing.do(working.Finished(claim=claim, result=result))
    with transaction() as session:
        assert len(session.exec(select(Message)).all()) == 1


def test_a_lease_is_renewed_while_its_message_is_worked_on_and_no_longer() -> None:
    bring("one")
    (claim,) = working._claim_due_messages("w1", frozenset(), 1)
    with transaction() as session:
        conversation = session.exec(select(Conversation)).one()
        conversation.leased_until = now() - timedelta(seconds=1)
        session.add(conversation)
    working._renew("w1", frozenset())  # it was given up, and could not be released
    assert claimed("w2") == ["one"]
    working._renew("w2", frozenset({claim.conversation.id}))
    assert claimed("w3") == []


def test_a_postponed_message_is_asked_again_as_one_that_may_have_been_answered() -> None:
    bring("one")
    (claim,) = working._claim_due_messages("w1", frozenset(), 1)
    assert working._incoming(claim).tries == 1
    working._postpone("w1", claim)
    with transaction() as session:
        session.exec(select(Message)).one().retry_at = now() - timedelta(seconds=1)
    (claim,) = working._claim_due_messages("w1", frozenset(), 1)
    assert claim.message.tries == 1  # not the fault of the message
    assert working._incoming(claim).tries == 2


class _Crashing:
    async def take(self, *_: object, **__: object) -> TurnResult:
        raise ValueError("poisonous")


def worker_with(package: Package, turns: object = None) -> Worker:
    async def forget(_conversation: str) -> int:
        return 0

    return Worker(
        turns=lambda: turns,  # type: ignore[arg-type, return-value]
        renderer=lambda: Renderer(package=package),
        forget=forget,
        outbox=Outbox(splitters={}),
        at_once=4,
        written=lambda _conversation: None,
        counts=TopicCounts(),
    )


async def test_a_poisonous_message_is_parked_after_three_tries_and_the_next_one_is_worked_on(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "RETRY_SECONDS", 0.01)
    bring("poison")
    worker = worker_with(package, _Crashing())
    running = asyncio.create_task(worker.run())

    def parked() -> bool:
        with transaction() as session:
            return session.exec(select(Message).where(Message.parked)).first() is not None

    for _ in range(400):
        if await asyncio.to_thread(parked):
            break
        worker.wake()
        await asyncio.sleep(0.02)
    running.cancel()
    with transaction() as session:
        message = session.exec(select(Message).where(Message.parked)).one()
        conversation = session.exec(select(Conversation)).one()
        assert message.tries == working.MAX_TRIES + 1
        assert conversation.reason == "failed"
        replies = session.exec(select(Message).where(Message.author == "bot")).all()
        assert [reply.content["key"] for reply in replies] == ["failed"]
    bring("next")
    assert claimed() == ["next"]


async def test_erasing_that_was_agreed_to_survives_a_crash_and_a_late_repeat_begins_nothing(package: Package) -> None:
    bring("delete", number="u1")
    worker = worker_with(package)
    (claim,) = working._claim_due_messages(worker.id, frozenset(), 1)
    worker._begin_erasing(claim)
    with transaction() as session:  # the crash: its lease runs out
        session.exec(select(Conversation)).one().leased_until = now() - timedelta(seconds=1)
    again = worker_with(package)
    (claim,) = working._claim_due_messages(again.id, frozenset(), 1)
    await again._process(claim)
    with transaction() as session:
        conversation = session.exec(select(Conversation)).one()
        assert conversation.state is State.CLOSED
        assert conversation.handle_hash is None
        assert [message.content["key"] for message in session.exec(select(Message)).all()] == ["deleted"]
        assert len(session.exec(select(ErasedMessage)).all()) == 1
    assert bring("delete", number="u1") is None
    assert bring("hello again", number="u2") not in {None, conversation.id}


async def test_erasing_forgets_what_was_said_of_the_person_too(package: Package) -> None:
    bring("delete")
    told: dict[str, object] = {
        "situation": "out",
        "asked_about": "health/pharmacy",
        "town": "Gent",
        "danger": "medical",
        "reason": "asked",
        "team": "infopunt",
        "unanswered": 1,
        "waiting_since": now(),
    }
    with transaction() as session:
        conversation = session.exec(select(Conversation)).one()
        for name, value in told.items():
            setattr(conversation, name, value)
        conversation.erasing = True
    worker = worker_with(package)
    (claim,) = working._claim_due_messages(worker.id, frozenset(), 1)
    await worker._process(claim)
    with transaction() as session:
        conversation = session.exec(select(Conversation)).one()
        assert [name for name in told if getattr(conversation, name) is not None] == []


def test_of_what_is_not_text_only_the_kind_is_kept() -> None:
    inbound = InboundMessage(channel="telegram", provider_id="u", kind=Kind.VOICE)
    assert inbound.content() == {"kind": "voice"}


def test_a_payload_that_no_button_of_ours_sends_is_taken_for_its_words() -> None:
    strange = button_pressed(channel="whatsapp", provider_id="u", payload="Rm -rf\x00", label="Can I work?")
    assert (strange.button, strange.text) == (None, "Can I work?")
    assert button_pressed(channel="whatsapp", provider_id="u", payload="menu", label="Themes").button == "menu"


def test_a_message_without_anything_to_read_is_answered_too() -> None:
    assert text_written(channel="telegram", provider_id="u", text="\u200e\u200f \n").kind is Kind.OTHER


def test_what_is_remembered_of_erased_messages_is_forgotten_when_no_provider_repeats_them() -> None:
    moment = now()
    with transaction() as session:
        session.add(ErasedMessage(id_hash="old", erased_at=moment - timedelta(days=9)))
        session.add(ErasedMessage(id_hash="new", erased_at=moment - timedelta(days=6)))
    forget_erased(moment)
    with transaction() as session:
        assert [row.id_hash for row in session.exec(select(ErasedMessage)).all()] == ["new"]


def test_a_row_of_a_message_is_whole() -> None:
    row = new_message(conversation_id="c", channel="web", author=Author.PERSON, language=None, content={})
    assert {*row, "id"} == set(MESSAGES.c.keys())


@pytest.mark.parametrize(("came", "opted_out"), [(["left", "wrote"], False), (["wrote", "left"], True)])
def test_of_who_leaves_and_comes_back_in_one_fetch_the_last_counts(came: list[str], opted_out: bool) -> None:
    assert bring("hello", number="first") is not None
    events = {
        "left": Received(handle="1", blocked=True),
        "wrote": Received(handle="1", inbound=text_written(channel="telegram", provider_id="second", text="hello")),
    }
    with transaction() as session:
        telegram_door._store(session, [[events[each] for each in came]])
    with transaction() as session:
        assert session.exec(select(Conversation)).one().opted_out is opted_out
