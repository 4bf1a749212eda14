"""Signing in with a password and a code of the second factor, and the sessions that come of it."""

import secrets
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, or_, select, update

from admin.audit import note_access
from admin.passwords import hash_password, is_outdated, is_password
from admin.tables import Staff, StaffSession
from wegwijs.settings import settings
from wegwijs.storage import keyed_hash, now

TRIES = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
STEP_SECONDS = 30
"""How long a code of the second factor is shown (RFC 6238)."""
_SEEN_AGAIN_AFTER = timedelta(minutes=1)
"""A session that is in use is written at most this often."""


def sign_in(session: Session, *, login: str, password: str, code: str, moment: datetime | None = None) -> str | None:
    """The token of a new session; None when it is refused, whatever the reason.

    None and no exception: the failure that was counted must be committed. Whether the login exists tells neither the
    answer nor the time it takes. An account is locked after five failures for a minute, then twice as long each time.
    """
    moment = moment or now()
    staff = session.exec(select(Staff).where(Staff.login == normal_login(login))).one_or_none()
    right_password = is_password(staff.password_hash if staff else None, password)
    step = fresh_step(staff.totp_secret if staff else None, code, after=staff.totp_step if staff else 0, moment=moment)
    if staff is None or staff.disabled_at or (staff.locked_until and staff.locked_until > moment):
        return None
    if not right_password or step is None:
        _count_failure(session, staff, moment=moment)
        return None
    renewed = hash_password(password) if is_outdated(staff.password_hash or "") else staff.password_hash
    if not _as_it_was_read(session, staff, totp_step=step, failed_sign_ins=0, locked_until=None, password_hash=renewed):
        return None
    note_access(session, staff_id=staff.id, action="signed_in")
    return begin_session(session, staff, moment=moment)


def normal_login(login: str) -> str:
    """A login as it is kept: capitals and spaces around it are a matter of keyboards."""
    return login.strip().lower()


def fresh_step(secret: str | None, code: str, *, after: int, moment: datetime) -> int | None:
    """The time step whose code this is: the present one or a neighbour, for clocks differ, but later than `after`."""
    totp = pyotp.TOTP(secret or pyotp.random_base32(), interval=STEP_SECONDS)
    present = int(moment.timestamp()) // STEP_SECONDS
    typed = "".join(code.split()).encode()
    right = [
        step
        for step in (present - 1, present, present + 1)
        if secrets.compare_digest(totp.generate_otp(step).encode(), typed)
    ]
    return next((step for step in right if step > after), None)


def _count_failure(session: Session, staff: Staff, *, moment: datetime) -> None:
    failed = staff.failed_sign_ins + 1
    lock = min(FIRST_LOCK * 2 ** min(failed - TRIES, 10), LONGEST_LOCK) if failed >= TRIES else None
    until = moment + lock if lock else None
    if _as_it_was_read(session, staff, failed_sign_ins=failed, locked_until=until):
        note_access(session, staff_id=staff.id, action="sign_in_refused", failed=failed)


def _as_it_was_read(session: Session, staff: Staff, **values: object) -> bool:
    """Write to the account if nobody has signed in or failed to since it was read.

    So of many tries at once only one is told anything, and no code is taken twice; and nothing is locked while hashing.
    """
    unchanged = (
        col(Staff.id) == staff.id,
        col(Staff.failed_sign_ins) == staff.failed_sign_ins,
        col(Staff.totp_step) == staff.totp_step,
        col(Staff.password_hash) == staff.password_hash,
    )
    statement = update(Staff).where(*unchanged).values(**values).execution_options(synchronize_session=False)
    written: int = session.exec(statement).rowcount
    session.refresh(staff)
    return written == 1


def begin_session(session: Session, staff: Staff, *, moment: datetime | None = None) -> str:
    """A new session of somebody whose password and code are right; its token, kept only as a hash."""
    moment = moment or now()
    token = secrets.token_urlsafe(32)
    session.add(StaffSession(token_hash=keyed_hash(token), staff_id=staff.id or 0, created_at=moment, seen_at=moment))
    return token


def signed_in(session: Session, token: str, *, is_active: bool = True, moment: datetime | None = None) -> Staff | None:
    """Whose session this is; None when it has ended: signed out, too old, unused too long, or the account disabled.

    With `is_active` False the session is not kept awake: a page that only listens is not somebody at work.
    """
    moment = moment or now()
    found = session.get(StaffSession, keyed_hash(token))
    if found is None or _has_ended(found, moment):
        return None
    staff = session.get(Staff, found.staff_id)
    if staff is None or staff.disabled_at:
        return None
    if is_active and moment - found.seen_at > _SEEN_AGAIN_AFTER:
        found.seen_at = moment
        session.add(found)
    return staff


def is_signed_in() -> ColumnElement[bool]:
    """A condition on Staff: they have a session that has not ended."""
    moment = now()
    lasting = (
        col(StaffSession.staff_id) == col(Staff.id),
        col(StaffSession.created_at) > moment - _longest(),
        col(StaffSession.seen_at) > moment - _idle(),
    )
    return select(StaffSession.token_hash).where(*lasting).correlate(Staff).exists()


def _has_ended(found: StaffSession, moment: datetime) -> bool:
    return found.created_at <= moment - _longest() or found.seen_at <= moment - _idle()


def _longest() -> timedelta:
    return timedelta(hours=settings().staff_session_hours)


def _idle() -> timedelta:
    return timedelta(minutes=settings().staff_idle_minutes)


def sign_out(session: Session, token: str) -> None:
    """End this session."""
    found = session.get(StaffSession, keyed_hash(token))
    if found is not None:
        note_access(session, staff_id=found.staff_id, action="signed_out")
        session.delete(found)


def end_sessions(session: Session, *, staff_id: int, but: str | None = None) -> None:
    """End all sessions of a member of staff, except the one with the token `but`."""
    ended = delete(StaffSession).where(col(StaffSession.staff_id) == staff_id)
    session.exec(ended.where(col(StaffSession.token_hash) != keyed_hash(but)) if but else ended)


def forget_ended_sessions(session: Session, *, moment: datetime) -> None:
    """Delete the sessions that opened nothing any more."""
    too_old = col(StaffSession.created_at) <= moment - _longest()
    session.exec(delete(StaffSession).where(or_(too_old, col(StaffSession.seen_at) <= moment - _idle())))
