"""The audit trail: only added to, whoever tries; forgotten by age and not before."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from admin.audit import forget_old_entries, note_access
from admin.sign_in import begin_session
from admin.tables import AuditEntry, StaffSession
from tests.admin.people import make_staff
from wegwijs.settings import Settings, settings
from wegwijs.storage import engine, now, transaction
from wegwijs.working import purge_hourly

pytestmark = pytest.mark.usefixtures("in_database")


def add(*, days_ago: int = 0, action: str = "opened") -> None:
    with transaction() as session:
        session.add(AuditEntry(at=now() - timedelta(days=days_ago), staff_id=1, action=action))


def actions() -> list[str]:
    with transaction() as session:
        return list(session.exec(select(AuditEntry.action).order_by(AuditEntry.at)))  # type: ignore[arg-type]


def test_an_entry_says_who_did_what_with_which_conversation_and_when() -> None:
    with transaction() as session:
        note_access(session, staff_id=7, action="opened", conversation_id="c" * 24, team="medical")
    with transaction() as session:
        entry = session.exec(select(AuditEntry)).one()
    assert (entry.staff_id, entry.action, entry.conversation_id) == (7, "opened", "c" * 24)
    assert entry.detail == {"team": "medical"}
    assert now() - entry.at < timedelta(minutes=1)


def test_what_was_rolled_back_leaves_no_entry() -> None:
    with Session(engine()) as session:
        note_access(session, staff_id=7, action="opened")
        session.flush()
        session.rollback()
    assert actions() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'nothing'",
        "UPDATE audit_entry SET at = '2020-01-01'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE action = 'opened'",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(statement: str) -> None:
    add(days_ago=299)
    with pytest.raises(DBAPIError, match="only added to"), Session(engine()) as session, session.begin():
        session.connection().execute(text(statement))
    assert actions() == ["opened"]


def test_an_entry_of_any_age_is_never_changed() -> None:
    add(days_ago=500)
    with pytest.raises(DBAPIError, match="only added to"), Session(engine()) as session, session.begin():
        session.connection().execute(text("UPDATE audit_entry SET action = 'nothing'"))
    assert actions() == ["opened"]


def test_old_entries_are_forgotten_and_young_ones_kept() -> None:
    for days_ago in (400, 366, 364, 0):
        add(days_ago=days_ago, action=f"{days_ago} days ago")
    with transaction() as session:
        forget_old_entries(session, moment=now(), kept=timedelta(days=365))
    assert actions() == ["364 days ago", "0 days ago"]


def test_no_setting_and_no_caller_makes_the_trail_shorter_than_the_database_allows() -> None:
    with pytest.raises(ValueError, match="audit_days"):
        Settings(audit_days=299)
    add(days_ago=299)
    with transaction() as session:
        forget_old_entries(session, moment=now(), kept=timedelta(days=1))
    assert actions() == ["opened"]


async def test_the_hourly_purge_forgets_what_is_old_of_staff() -> None:
    add(days_ago=400, action="long ago")
    add(action="today")
    staff = make_staff()
    with transaction() as session:
        begin_session(session, staff, moment=now() - timedelta(days=1))
    purging = asyncio.create_task(purge_hourly(settings(), _nothing_to_forget))
    while "long ago" in actions():
        await asyncio.sleep(0.02)
    purging.cancel()
    assert actions() == ["today"]
    with transaction() as session:
        assert session.exec(select(StaffSession)).all() == []


async def _nothing_to_forget(_conversation_id: str) -> int:
    return 0
