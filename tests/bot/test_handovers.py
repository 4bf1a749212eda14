"""From waiting to the end: one row for each time, the place in the queue, and nothing that leads back to the person."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot import handovers
from bot.conversations import Conversation, State, start_conversation
from bot.erasing import erase_content, erase_conversation
from bot.handovers import Handover
from wegwijs.storage import now, transaction

pytestmark = pytest.mark.usefixtures("in_database")

MOMENT = now()


def waiting(session: Session, *, minutes: int = 0, team: str = "infopunt", **fields: Any) -> Conversation:
    """A conversation that has waited for so many minutes."""
    conversation, _ = start_conversation(session, channel="web", language="ti")
    given = {"state": State.WAITING, "team": team, "reason": "asked", **fields}
    for name, value in given.items():
        setattr(conversation, name, value)
    conversation.waiting_since = MOMENT - timedelta(minutes=minutes)
    session.flush()
    return conversation


def only_row(session: Session) -> Handover:
    return session.exec(select(Handover)).one()


def test_one_row_tells_how_somebody_waited_was_answered_and_helped() -> None:
    with transaction() as session:
        conversation = waiting(session, team="medical", reason="page")
        handovers.begin(session, conversation)
        handovers.taken(session, conversation)
        handovers.closed(session, conversation, outcome="answered", about="health/dentist")
        handovers.rated(session, conversation, helped=True)
    with transaction() as session:
        row = only_row(session)
        assert (row.team, row.reason, row.language) == ("medical", "page", "ti")
        assert row.began_at == MOMENT
        assert row.taken_at is not None
        assert row.closed_at is not None
        assert (row.outcome, row.about, row.helped) == ("answered", "health/dentist", True)


def test_the_first_answer_counts_whoever_takes_it_over_later() -> None:
    with transaction() as session:
        conversation = waiting(session)
        handovers.begin(session, conversation)
        handovers.taken(session, conversation)
        first = only_row(session).taken_at
        handovers.taken(session, conversation)
        assert only_row(session).taken_at == first


def test_who_is_taken_for_danger_without_having_asked_is_counted_too() -> None:
    with transaction() as session:
        conversation = waiting(session, reason=None, danger="suicide", state=State.BOT)
        handovers.taken(session, conversation)
        assert only_row(session).reason == "danger"


def test_a_conversation_on_the_list_for_a_failure_goes_on_with_the_new_reason() -> None:
    with transaction() as session:
        conversation = waiting(session, reason="failed")
        handovers.begin(session, conversation)
        conversation.reason = "asked"
        handovers.begin(session, conversation)
        assert only_row(session).reason == "asked"


def test_waiting_again_is_another_row() -> None:
    with transaction() as session:
        conversation = waiting(session)
        handovers.begin(session, conversation)
        handovers.closed(session, conversation, outcome=handovers.STOPPED)
        handovers.begin(session, conversation)
        assert [row.outcome for row in session.exec(select(Handover).order_by(Handover.id))] == ["stopped", None]  # type: ignore[arg-type]


def test_whether_it_helped_counts_once_and_only_for_what_people_answered() -> None:
    with transaction() as session:
        conversation = waiting(session)
        handovers.rated(session, conversation, helped=True)
        handovers.begin(session, conversation)
        handovers.rated(session, conversation, helped=True)
        handovers.closed(session, conversation, outcome="answered")
        handovers.begin(session, conversation)
        handovers.closed(session, conversation, outcome=handovers.STOPPED)
        for helped in (False, True):
            handovers.rated(session, conversation, helped=helped)
        assert [row.helped for row in session.exec(select(Handover).order_by(Handover.id))] == [False, None]  # type: ignore[arg-type]


def test_the_queue_of_a_team_has_danger_first_then_who_waits_longest() -> None:
    with transaction() as session:
        young, old = waiting(session, minutes=1), waiting(session, minutes=30)
        in_danger = waiting(session, minutes=2, danger="violence")
        later_in_danger = waiting(session, danger="medical")
        waiting(session, minutes=99, team="return")
        waiting(session, minutes=99, state=State.HELD)
        order = [in_danger, later_in_danger, old, young]
        assert [handovers.place_in_queue(session, each) for each in order] == [1, 2, 3, 4]


def test_who_came_at_the_same_instant_has_another_place() -> None:
    with transaction() as session:
        places = {handovers.place_in_queue(session, each) for each in [waiting(session), waiting(session)]}
        assert places == {1, 2}


@pytest.mark.parametrize("way", ["at the person's word", "by age"])
def test_of_who_is_erased_only_the_count_is_kept(way: str) -> None:
    with transaction() as session:
        conversation, other = waiting(session), waiting(session)
        for each in (conversation, other):
            handovers.begin(session, each)
        if way == "by age":
            erase_conversation(session, conversation.id)
        else:
            erase_content(session, conversation, [])
    with transaction() as session:
        rows = {row.conversation_id: row for row in session.exec(select(Handover))}
        assert set(rows) == {None, other.id}
        assert rows[None].outcome == handovers.ERASED
        assert rows[None].closed_at is not None
        assert rows[other.id].outcome is None


def test_erasing_changes_no_outcome_that_is_known() -> None:
    with transaction() as session:
        conversation = waiting(session)
        handovers.begin(session, conversation)
        handovers.closed(session, conversation, outcome="answered")
        ended = only_row(session).closed_at
        erase_content(session, conversation, [])
        session.expire_all()
        assert (only_row(session).outcome, only_row(session).closed_at) == ("answered", ended)
