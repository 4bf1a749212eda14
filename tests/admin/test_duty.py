"""Who is there, and that nobody waits unseen for a team that is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from admin.accounts import change, disable
from admin.duty import colleagues_on_duty
from admin.sign_in import end_sessions
from admin.tables import Role, Staff, StaffSession
from admin.waiting_list import waiting_list
from bot.conversations import Conversation, State
from bot.teams import Team
from tests.admin.people import make_conversation, make_staff, on_duty
from tests.admin.test_access import may
from wegwijs.storage import now, transaction

pytestmark = pytest.mark.usefixtures("in_database")


def is_there(staff: Staff) -> bool:
    with transaction() as session:
        return staff.id in [each.id for each in colleagues_on_duty(session)]


def goes_home(staff: Staff) -> None:
    with transaction() as session:
        end_sessions(session, staff_id=staff.id or 0)


def is_forgotten(staff: Staff) -> None:
    with transaction() as session:
        for each in session.exec(select(StaffSession).where(StaffSession.staff_id == staff.id)).all():
            each.created_at = each.seen_at = now() - timedelta(days=1)
            session.add(each)


def is_disabled(staff: Staff) -> None:
    with transaction() as session:
        disable(session, by=staff, staff_id=staff.id or 0)


def becomes_an_editor(staff: Staff) -> None:
    with transaction() as session:
        change(session, by=staff, staff_id=staff.id or 0, name="Noor", role=Role.EDITOR, teams=[], speaks=[])


@pytest.mark.parametrize("leaves", [goes_home, is_forgotten, is_disabled, becomes_an_editor])
def test_whoever_left_without_saying_so_is_not_on_duty_and_their_team_sees_it(leaves: Callable[[Staff], None]) -> None:
    staff = on_duty(make_staff(Role.DESK, Team.INFOPUNT))
    make_conversation(State.HELD, held_by=staff)
    assert (is_there(staff), holder_is_absent()) == (True, False)
    leaves(staff)
    assert (is_there(staff), holder_is_absent()) == (False, True)


def holder_is_absent() -> bool:
    with transaction() as session:
        (row,) = waiting_list(session)
    return row.holder_is_absent


def waiting_for_the_medical_point() -> list[Conversation]:
    return [
        make_conversation(team=Team.MEDICAL),
        make_conversation(State.BOT, team=Team.MEDICAL, danger="medical"),
        make_conversation(State.HELD, team=Team.MEDICAL, held_by=make_staff(Role.DESK, Team.MEDICAL)),
    ]


def test_the_info_point_on_duty_sees_who_waits_for_a_team_that_is_not_there() -> None:
    waiting = waiting_for_the_medical_point()
    infopunt = on_duty(make_staff(Role.DESK, Team.INFOPUNT))
    assert [may(infopunt, each) for each in waiting] == [True] * 3
    on_duty(make_staff(Role.DESK, Team.RETURN, Team.MEDICAL))
    assert [may(infopunt, each) for each in waiting] == [False] * 3


def test_nobody_else_stands_in_for_a_team_that_is_not_there() -> None:
    waiting = waiting_for_the_medical_point()
    off_duty, others = make_staff(Role.DESK, Team.INFOPUNT), on_duty(make_staff(Role.DESK, Team.REACH_OUT, Team.RETURN))
    assert [may(staff, each) for staff in (off_duty, others) for each in waiting] == [False] * 6


def test_standing_in_opens_neither_what_is_closed_nor_what_somebody_on_duty_holds() -> None:
    infopunt, holder = on_duty(make_staff(Role.DESK, Team.INFOPUNT)), on_duty(make_staff(Role.DESK, Team.RETURN))
    assert not may(infopunt, make_conversation(State.CLOSED, team=Team.MEDICAL))
    assert not may(infopunt, make_conversation(State.BOT, team=Team.MEDICAL))
    assert not may(infopunt, make_conversation(State.HELD, team=Team.MEDICAL, held_by=holder))
