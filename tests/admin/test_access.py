"""The one door to a conversation: each "may" with its "may not"."""

import pytest
from sqlmodel import select

from admin.access import ConversationIsNotYours, Purpose, access_conversation, may_read
from admin.tables import Role, Staff
from bot.conversations import Conversation, State, UnknownConversation, add_reply
from bot.teams import Team
from channels.outbound import Delivery, DeliveryState
from tests.admin.people import make_conversation, make_staff
from wegwijs.storage import transaction

pytestmark = pytest.mark.usefixtures("in_database")


def may(staff: Staff, conversation: Conversation, to: Purpose = Purpose.READ) -> bool:
    """Whether they may; and the condition for lists must say the same."""
    with transaction() as session:
        listed = conversation.id in session.exec(select(Conversation.id).where(may_read(staff))).all()
        try:
            found = access_conversation(session, staff, conversation.id, to=to)
        except UnknownConversation:
            assert not listed
            return False
        except ConversationIsNotYours:
            assert listed
            return False
        assert listed
        return found.id == conversation.id


@pytest.mark.parametrize("state", [State.WAITING, State.HELD, State.CLOSED])
def test_a_team_reads_what_was_handed_to_it_and_no_other_team_does(state: State) -> None:
    conversation = make_conversation(state, team=Team.MEDICAL)
    assert may(make_staff(Role.DESK, Team.MEDICAL), conversation)
    assert may(make_staff(Role.DESK, Team.INFOPUNT, Team.MEDICAL), conversation)
    assert not may(make_staff(Role.DESK, Team.INFOPUNT, Team.REACH_OUT, Team.RETURN), conversation)
    assert not may(make_staff(Role.DESK), conversation)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER, Role.ADMINISTRATOR])
def test_only_the_desk_reads_conversations_even_of_their_own_teams(role: Role) -> None:
    staff = make_staff(role, *Team)
    waiting, held = make_conversation(), make_conversation(State.HELD, held_by=staff)
    for purpose in Purpose:
        assert not may(staff, waiting, purpose)
        assert not may(staff, held, purpose)
    assert may(make_staff(Role.DESK, *Team), waiting)


def test_whoever_holds_it_reads_it_also_after_it_went_to_a_team_that_is_not_theirs() -> None:
    holder, colleague = make_staff(Role.DESK, Team.INFOPUNT), make_staff(Role.DESK, Team.INFOPUNT)
    held = make_conversation(State.HELD, team=Team.MEDICAL, held_by=holder)
    assert may(holder, held)
    assert not may(colleague, held)


def test_what_only_the_bot_has_is_read_by_nobody() -> None:
    staff = make_staff(Role.DESK, *Team)
    assert not may(staff, make_conversation(State.BOT))
    assert not may(staff, make_conversation(State.BOT, team=None))


def test_what_the_bot_has_and_is_still_on_the_list_is_read_by_its_team_and_without_one_by_the_info_point() -> None:
    infopunt, medical = make_staff(Role.DESK, Team.INFOPUNT), make_staff(Role.DESK, Team.MEDICAL)
    in_danger = make_conversation(State.BOT, team=None, danger="suicide")
    parked = make_conversation(State.BOT, team=Team.MEDICAL, reason="parked")
    assert (may(infopunt, in_danger), may(medical, in_danger)) == (True, False)
    assert (may(infopunt, parked), may(medical, parked)) == (False, True)


@pytest.mark.parametrize(
    ("state", "is_on_the_list"),
    [(DeliveryState.FAILED, True), (DeliveryState.UNKNOWN, True), (DeliveryState.SENT, False)],
)
def test_a_reply_that_did_not_surely_arrive_opens_it_for_the_info_point(
    state: DeliveryState, is_on_the_list: bool
) -> None:
    conversation = make_conversation(State.BOT, team=None)
    add_delivery(conversation, state)
    assert may(make_staff(Role.DESK, Team.INFOPUNT), conversation) is is_on_the_list
    assert not may(make_staff(Role.DESK, Team.RETURN), conversation)


def add_delivery(conversation: Conversation, state: DeliveryState) -> None:
    with transaction() as session:
        reply = add_reply(session, conversation, language="ti", content={"text": "x"})
        session.flush()
        session.add(
            Delivery(conversation_id=conversation.id, message_id=reply.id or 0, number=0, channel="web", state=state)
        )


def test_the_team_takes_and_others_do_not() -> None:
    waiting = make_conversation(team=Team.REACH_OUT)
    assert may(make_staff(Role.DESK, Team.REACH_OUT), waiting, Purpose.TAKE)
    assert not may(make_staff(Role.DESK, Team.INFOPUNT), waiting, Purpose.TAKE)


def test_only_who_holds_it_writes() -> None:
    holder, colleague = make_staff(Role.DESK, Team.INFOPUNT), make_staff(Role.DESK, Team.INFOPUNT)
    held = make_conversation(State.HELD, held_by=holder)
    assert may(holder, held, Purpose.WRITE)
    assert not may(colleague, held, Purpose.WRITE)
    assert may(colleague, held, Purpose.TAKE)
    with transaction() as session, pytest.raises(ConversationIsNotYours):
        access_conversation(session, colleague, held.id, to=Purpose.WRITE)


@pytest.mark.parametrize("state", [State.WAITING, State.CLOSED])
def test_nobody_writes_in_a_conversation_that_is_not_held_whoever_held_it_last(state: State) -> None:
    staff = make_staff(Role.DESK, Team.INFOPUNT)
    assert not may(staff, make_conversation(state, held_by=staff), Purpose.WRITE)


def test_a_conversation_that_may_not_be_read_looks_like_one_that_does_not_exist() -> None:
    staff = make_staff(Role.DESK, Team.RETURN)
    answers = []
    for conversation_id in (make_conversation(team=Team.MEDICAL).id, "0" * 24):
        with transaction() as session, pytest.raises(UnknownConversation) as refused:
            access_conversation(session, staff, conversation_id, to=Purpose.WRITE)
        answers.append(type(refused.value))
    assert answers == [UnknownConversation, UnknownConversation]
