"""Deliveries: each part once, in order, at the messenger's pace, and every outcome written down."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.conversations import Conversation, conversation_with
from bot.replies import Rendered
from channels.carrier import Pace, Part
from channels.outbound import (
    GIVE_UP_AFTER,
    LEASE,
    OPT_OUT_KEY,
    Delivery,
    DeliveryState,
    Outbox,
    claim_deliveries,
    ended,
    note_report,
    try_again,
    window_opened,
    withhold,
)
from wegwijs.storage import now, transaction

PACE = Pace(per_second=30, between_two_in_a_chat=timedelta(seconds=1))
UNHURRIED = Pace(per_second=1000, between_two_in_a_chat=timedelta(0))
WITH_WINDOW = Pace(per_second=1000, between_two_in_a_chat=timedelta(0), window=timedelta(hours=24))
OUTBOX = Outbox(splitters={"telegram": lambda rendered: [Part(text=word) for word in rendered.text.split()]})

pytestmark = pytest.mark.usefixtures("in_database")


def say(session: Session, conversation: Conversation, text: str, key: str = "answer") -> None:
    OUTBOX.say(session, conversation, Rendered(key=key, language="en", text=text, html=text))


def person(session: Session, handle: str = "1") -> Conversation:
    return conversation_with(session, channel="telegram", handle=handle)


def claimed(pace: Pace = UNHURRIED, *, sender: str = "s1", places: int = 100) -> list[str]:
    with transaction() as session:
        claims = claim_deliveries(session, channel="telegram", pace=pace, sender=sender, places=places)
        return [str(claim.delivery.part["text"]) for claim in claims if claim.delivery.part]


def finish(state: DeliveryState = DeliveryState.SENT) -> None:
    with transaction() as session:
        for delivery in session.exec(select(Delivery).where(Delivery.state == DeliveryState.SENDING)).all():
            for name, value in ended(delivery, state).items():
                setattr(delivery, name, value)
            session.add(delivery)


def states() -> list[str]:
    with transaction() as session:
        return [each.state.value for each in session.exec(select(Delivery).order_by(Delivery.id)).all()]  # type: ignore[arg-type]


def test_nothing_is_sent_before_what_was_written_before_it_has_ended() -> None:
    with transaction() as session:
        say(session, person(session), "one two")
        say(session, person(session), "three")
    assert claimed() == ["one"]
    assert claimed() == []
    finish()
    assert claimed() == ["two"]
    finish(DeliveryState.UNKNOWN)
    assert claimed() == ["three"]


def test_two_senders_never_have_the_same_part() -> None:
    with transaction() as session:
        for handle in range(10):
            say(session, person(session, str(handle)), f"for{handle}")
    first, second = claimed(sender="s1", places=6), claimed(sender="s2", places=6)
    assert len(first) == 6
    assert sorted(first + second) == sorted(f"for{handle}" for handle in range(10))


def test_one_message_a_second_in_a_chat_and_thirty_in_all() -> None:
    with transaction() as session:
        say(session, person(session, "slow"), "a b")
        for handle in range(40):
            say(session, person(session, str(handle)), "x")
    assert len(claimed(PACE)) == 30
    finish()
    assert claimed(PACE) == []
    with transaction() as session:
        for delivery in session.exec(select(Delivery)).all():
            delivery.started_at = delivery.started_at and delivery.started_at - timedelta(seconds=1.1)
            session.add(delivery)
    assert sorted(claimed(PACE)) == ["b", *["x"] * 11]


def test_a_sender_that_died_leaves_an_unknown_outcome_that_is_not_repeated() -> None:
    with transaction() as session:
        say(session, person(session), "one two")
    assert claimed() == ["one"]
    with transaction() as session:
        dead = session.exec(select(Delivery).where(Delivery.state == DeliveryState.SENDING)).one()
        dead.leased_until = now() - LEASE
        session.add(dead)
    assert claimed() == ["two"]
    assert states() == ["unknown", "sending"]


def test_what_did_not_arrive_is_sent_again_after_the_time_asked_for_or_twice_as_long() -> None:
    delivery = Delivery(conversation_id="c", message_id=1, number=0, channel="telegram", tries=3)

    def pause(after: float | None) -> float:
        retry_at = try_again(delivery, after=after, error="no_connection")["retry_at"]
        return round((retry_at - now()).total_seconds())

    assert pause(17) == 17
    assert pause(None) == 8
    delivery.tries = 30
    assert pause(None) == 300


def test_what_waits_for_its_retry_holds_back_what_comes_after_it() -> None:
    with transaction() as session:
        say(session, person(session), "one two")
    claimed()
    with transaction() as session:
        delivery = session.exec(select(Delivery).where(Delivery.state == DeliveryState.SENDING)).one()
        for name, value in try_again(delivery, after=60, error="too_many").items():
            setattr(delivery, name, value)
        session.add(delivery)
    assert claimed() == []


def test_outside_the_window_nothing_is_sent_until_the_person_writes() -> None:
    with transaction() as session:
        conversation = person(session)
        conversation.last_message_at = now() - timedelta(hours=25)
        session.add(conversation)
        say(session, conversation, "late")
    assert claimed(WITH_WINDOW) == []
    assert states() == ["window_closed"]
    with transaction() as session:
        person(session).last_message_at = now()
        window_opened(session.connection(), [person(session).id])
    assert claimed(WITH_WINDOW) == ["late"]


def test_outside_the_window_the_approved_template_goes_out_once() -> None:
    pace = Pace(per_second=99, between_two_in_a_chat=timedelta(0), window=timedelta(hours=24), reminds=True)
    with transaction() as session:
        conversation = person(session)
        conversation.language = "so"
        conversation.last_message_at = now() - timedelta(hours=25)
        say(session, conversation, "late later")
    assert [claimed(pace), claimed(pace)] == [[], []]
    with transaction() as session:
        (reminder,) = claim_deliveries(session, channel="telegram", pace=pace, sender="s", places=9)
        assert Part.of(reminder.delivery.part or {}).template == "so"
    finish()
    for _ in range(3):
        assert claimed(pace) == []
    assert sorted(states()) == ["sent", "window_closed", "window_closed"]


def test_who_wants_no_more_messages_gets_one_confirmation_and_nothing_else() -> None:
    with transaction() as session:
        conversation = person(session)
        say(session, conversation, "queued")
        conversation.opted_out = True
        withhold(session, conversation.id)
        say(session, conversation, "goodbye", key=OPT_OUT_KEY)
        say(session, conversation, "staff")
    assert claimed() == ["goodbye"]
    assert states() == ["opted_out", "sending", "opted_out"]


def test_what_could_not_be_sent_for_a_day_has_failed() -> None:
    with transaction() as session:
        say(session, person(session), "old")
    with transaction() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.created_at = now() - GIVE_UP_AFTER - timedelta(minutes=1)
        session.add(delivery)
    assert claimed() == []
    assert states() == ["failed"]


def test_a_text_is_forgotten_once_it_is_sent() -> None:
    with transaction() as session:
        say(session, person(session), "one")
    claimed()
    finish()
    with transaction() as session:
        assert session.exec(select(Delivery)).one().part is None


@pytest.mark.parametrize(
    ("was", "reported", "becomes"),
    [
        (DeliveryState.SENT, DeliveryState.DELIVERED, "delivered"),
        (DeliveryState.READ, DeliveryState.DELIVERED, "read"),
        (DeliveryState.UNKNOWN, DeliveryState.SENT, "sent"),
        (DeliveryState.SENT, DeliveryState.FAILED, "failed"),
        (DeliveryState.DELIVERED, DeliveryState.FAILED, "delivered"),
        (DeliveryState.SENDING, DeliveryState.DELIVERED, "delivered"),
    ],
)
def test_a_report_of_the_messenger_never_goes_back_and_resolves_what_was_unknown(
    was: DeliveryState, reported: DeliveryState, becomes: str
) -> None:
    with transaction() as session:
        say(session, person(session), "one")
        delivery = session.exec(select(Delivery)).one()
        delivery.state = was
        session.add(delivery)
        reference = str(delivery.id)
    with transaction() as session:
        assert note_report(session, channel="telegram", provider_id="p1", reference=reference, state=reported)
    assert states() == [becomes]


def test_a_report_about_somebody_elses_message_changes_nothing() -> None:
    with transaction() as session:
        for reference in ("77", "x", "9" * 40, None):
            assert not note_report(
                session, channel="telegram", provider_id="p", reference=reference, state=DeliveryState.SENT
            )
