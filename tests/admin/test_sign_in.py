"""Signing in: password and code, both, always; a lock that grows; sessions that end."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from admin.sign_in import begin_session, end_sessions, forget_ended_sessions, sign_in, sign_out, signed_in
from admin.tables import AuditEntry, Role, Staff, StaffSession
from tests.admin.people import PASSWORD, code_of, make_staff
from wegwijs.storage import keyed_hash, now, transaction

pytestmark = pytest.mark.usefixtures("in_database")
NOON = datetime.fromisoformat("2026-11-22T12:00:10+00:00")


def try_it(login: str, *, password: str = PASSWORD, code: str, moment: datetime = NOON) -> str | None:
    with transaction() as session:
        return sign_in(session, login=login, password=password, code=code, moment=moment)


def who(token: str, moment: datetime = NOON, *, is_active: bool = True) -> Staff | None:
    with transaction() as session:
        return signed_in(session, token, moment=moment, is_active=is_active)


def stored(staff: Staff) -> Staff:
    with transaction() as session:
        return session.exec(select(Staff).where(Staff.id == staff.id)).one()


def test_password_and_code_open_a_session_and_only_both_together() -> None:
    staff = make_staff(login="noor@example.org")
    code = code_of(staff, NOON)
    assert try_it("noor@example.org", password="wrong password", code=code) is None
    assert try_it("noor@example.org", code="000000" if code != "000000" else "111111") is None
    assert try_it("noor@example.org", code="") is None
    assert try_it("nobody@example.org", code=code) is None
    token = try_it(" Noor@Example.org ", code=f" {code[:3]} {code[3:]}")
    assert token is not None
    found = who(token)
    assert found is not None
    assert found.id == staff.id


def test_the_code_before_and_after_is_taken_for_clocks_that_differ_and_no_other() -> None:
    for seconds, is_taken in ((-60, False), (-30, True), (30, True), (60, False)):
        staff = make_staff()
        code = code_of(staff, NOON + timedelta(seconds=seconds))
        assert (try_it(staff.login, code=code) is not None) is is_taken, seconds


def test_no_code_is_taken_twice_nor_one_older_than_the_last() -> None:
    staff = make_staff()
    before, code = code_of(staff, NOON - timedelta(seconds=30)), code_of(staff, NOON)
    assert try_it(staff.login, code=code)
    assert try_it(staff.login, code=code) is None
    assert try_it(staff.login, code=before) is None
    assert try_it(staff.login, code=code_of(staff, NOON + timedelta(seconds=30)), moment=NOON + timedelta(seconds=30))


def test_of_many_who_use_one_code_at_once_one_comes_in() -> None:
    staff = make_staff()
    code, together, tokens = code_of(staff, NOON), Barrier(4), []

    def come() -> None:
        together.wait()
        tokens.append(try_it(staff.login, code=code))

    threads = [Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(token is not None for token in tokens) == 1


def test_five_failures_lock_for_a_minute_then_twice_as_long_up_to_an_hour() -> None:
    staff, moment = make_staff(), NOON
    for _ in range(4):
        try_it(staff.login, password="wrong password", code="", moment=moment)
    assert stored(staff).locked_until is None
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        try_it(staff.login, password="wrong password", code="", moment=moment)
        assert stored(staff).locked_until == moment + timedelta(minutes=minutes)
        just_before = moment + timedelta(minutes=minutes, seconds=-1)
        assert try_it(staff.login, code=code_of(staff, just_before), moment=just_before) is None
        moment += timedelta(minutes=minutes)
    assert try_it(staff.login, code=code_of(staff, moment), moment=moment)
    assert (stored(staff).failed_sign_ins, stored(staff).locked_until) == (0, None)


def test_a_try_while_locked_does_not_make_the_lock_longer() -> None:
    staff = make_staff()
    for _ in range(5):
        try_it(staff.login, password="wrong password", code="")
    locked = stored(staff).locked_until
    try_it(staff.login, password="wrong password", code="")
    assert stored(staff).locked_until == locked


def test_a_login_that_does_not_exist_costs_as_much_hashing_as_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    staff, hashed = make_staff(), []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
        hashed.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for login in (staff.login, "nobody"):
        try_it(login, password="wrong password", code="123456")
    assert len(hashed) == 2
    parameters = [str(each).rsplit("$", 2)[0] for each in hashed]
    assert parameters[0] == parameters[1]
    assert parameters[0].startswith("$argon2id$")


def test_a_password_hashed_with_older_parameters_is_hashed_anew() -> None:
    staff = make_staff()
    with transaction() as session:
        kept = session.merge(staff)
        kept.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert try_it(staff.login, code=code_of(staff, NOON))
    assert "m=65536,t=3,p=4" in (stored(staff).password_hash or "")
    later = NOON + timedelta(minutes=1)
    assert try_it(staff.login, code=code_of(staff, later), moment=later)


def test_an_account_that_is_disabled_or_still_invited_is_not_let_in() -> None:
    disabled, invited = make_staff(), make_staff()
    token = try_it(disabled.login, code=code_of(disabled, NOON))
    with transaction() as session:
        session.merge(disabled).disabled_at = NOON
        session.merge(invited).password_hash = None
    later = NOON + timedelta(minutes=1)
    assert try_it(disabled.login, code=code_of(disabled, later), moment=later) is None
    assert who(token or "", later) is None
    assert try_it(invited.login, password="", code=code_of(invited, NOON)) is None


def test_a_session_ends_when_unused_and_in_any_case_after_half_a_day() -> None:
    staff = make_staff()
    with transaction() as session:
        unused, used = (begin_session(session, staff, moment=NOON) for _ in range(2))
    for hours in (4, 8, 11):
        assert who(used, NOON + timedelta(hours=hours)) is not None
    assert who(unused, NOON + timedelta(hours=8)) is None
    assert who(used, NOON + timedelta(hours=12)) is None
    assert who("nothing") is None


def test_a_page_that_only_listens_does_not_keep_the_session_awake() -> None:
    staff = make_staff()
    with transaction() as session:
        token = begin_session(session, staff, moment=NOON)
    assert who(token, NOON + timedelta(hours=7), is_active=False)
    assert who(token, NOON + timedelta(hours=9)) is None


def test_signing_out_ends_this_session_and_everywhere_ends_all() -> None:
    staff = make_staff()
    with transaction() as session:
        first, second, third = (begin_session(session, staff, moment=NOON) for _ in range(3))
        sign_out(session, first)
    assert (who(first), who(second) is not None) == (None, True)
    with transaction() as session:
        end_sessions(session, staff_id=staff.id or 0, but=third)
    assert (who(second), who(third) is not None) == (None, True)


def test_sessions_that_ended_are_forgotten_and_others_kept() -> None:
    staff = make_staff()
    with transaction() as session:
        begin_session(session, staff, moment=NOON - timedelta(hours=13))
        kept = begin_session(session, staff, moment=NOON)
    with transaction() as session:
        forget_ended_sessions(session, moment=NOON)
    with transaction() as session:
        assert len(session.exec(select(StaffSession)).all()) == 1
    assert who(kept)


def test_the_trail_tells_of_sessions_and_of_refusals() -> None:
    staff = make_staff(Role.EDITOR)
    try_it(staff.login, password="wrong password", code="")
    token = try_it(staff.login, code=code_of(staff, NOON))
    with transaction() as session:
        sign_out(session, token or "")
    with transaction() as session:
        actions = [entry.action for entry in session.exec(select(AuditEntry).order_by(AuditEntry.id))]  # type: ignore[arg-type]
    assert actions == ["sign_in_refused", "signed_in", "signed_out"]


def test_tokens_are_kept_as_hashes_only() -> None:
    staff = make_staff()
    token = try_it(staff.login, code=code_of(staff, now()), moment=now())
    with transaction() as session:
        kept = session.exec(select(StaffSession.token_hash)).one()
    assert token not in kept
    assert keyed_hash(token or "") == kept
