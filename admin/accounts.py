"""Accounts of staff: inviting, changing, disabling. Whoever is invited chooses their own password and second factor."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pyotp
from sqlmodel import Session, col, delete, select

from admin.audit import note_access
from admin.passwords import check_password, hash_password, is_password
from admin.sign_in import end_sessions, fresh_step, normal_login
from admin.tables import Invitation, Role, Staff
from admin.texts import INTERFACES
from bot.teams import Team
from knowledge.text import clean
from wegwijs.storage import keyed_hash, now

INVITATION_LASTS = timedelta(days=3)
LOGIN = r"[a-z0-9._@+-]{2,120}"
LONGEST_NAME = 60


class AdministratorExists(ValueError):
    """There is an administrator already, who can invite others."""


class LoginIsTaken(ValueError):
    """Somebody has this login."""


class LoginIsNotValid(ValueError):
    """A login is an address or a short name of letters, digits and . _ @ + -"""


class NameIsNotValid(ValueError):
    """A name has 1 to 60 characters."""


class UnknownStaff(LookupError):
    """No member of staff with this id or login."""


class InvitationIsNotValid(LookupError):
    """No such invitation: it was used, replaced by a newer one, or is older than three days."""


class CodeIsWrong(ValueError):
    """Not the code the second factor shows now."""


class PasswordIsWrong(ValueError):
    """Not the present password."""


class LastAdministrator(ValueError):
    """Without this administrator nobody could look after accounts any more."""


def create_first_administrator(session: Session, *, login: str, name: str, another: bool = False) -> str:
    """The account of the first administrator; the token of their invitation, which is shown only here.

    Raises:
        AdministratorExists: there is one, and `another` was not asked for.
        LoginIsTaken, LoginIsNotValid, NameIsNotValid: as `invite`.
    """
    if not another and session.exec(select(Staff.id).where(Staff.role == Role.ADMINISTRATOR)).first():
        raise AdministratorExists
    return invite(session, by=None, login=login, name=name, role=Role.ADMINISTRATOR)


def invite(
    session: Session,
    *,
    by: Staff | None,
    login: str,
    name: str,
    role: Role,
    teams: Sequence[Team] = (),
    speaks: Sequence[str] = (),
    interface: str = INTERFACES[0],
) -> str:
    """A new account without a password; the token of its invitation, which is shown only here.

    `by` is the administrator, None for the command line.

    Raises:
        LoginIsTaken: somebody has this login.
        LoginIsNotValid, NameIsNotValid: not as they must be.
    """
    login = _valid_login(login)
    if session.exec(select(Staff.id).where(Staff.login == login)).first():
        raise LoginIsTaken(login)
    staff = Staff(
        login=login,
        name=_valid_name(name),
        role=role,
        teams=[team.value for team in teams],
        speaks=list(speaks),
        interface=interface,
    )
    session.add(staff)
    session.flush()
    _note(session, by, "invited", staff, role=role.value, teams=staff.teams)
    return _make_invitation(session, staff)


def _valid_login(login: str) -> str:
    login = normal_login(login)
    if not re.fullmatch(LOGIN, login):
        raise LoginIsNotValid(login)
    return login


def _valid_name(name: str) -> str:
    name = " ".join(clean(name, limit=2 * LONGEST_NAME).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise NameIsNotValid(name)
    return name


def _make_invitation(session: Session, staff: Staff) -> str:
    session.exec(delete(Invitation).where(col(Invitation.staff_id) == staff.id))
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            token_hash=keyed_hash(token),
            staff_id=staff.id or 0,
            totp_secret=pyotp.random_base32(),
            expires_at=now() + INVITATION_LASTS,
        )
    )
    return token


def new_invitation(session: Session, *, by: Staff | None, staff_id: int) -> str:
    """For a lost phone or password: what was lost opens nothing from now on; the token of a new invitation.

    Raises:
        UnknownStaff: no such member of staff.
    """
    staff = staff_with_id(session, staff_id)
    staff.password_hash = staff.totp_secret = staff.locked_until = None
    staff.failed_sign_ins = 0
    session.add(staff)
    end_sessions(session, staff_id=staff_id)
    _note(session, by, "invited_again", staff)
    return _make_invitation(session, staff)


def open_invitation(session: Session, token: str, *, moment: datetime | None = None) -> tuple[Invitation, Staff]:
    """The invitation with this token, and who is invited.

    Raises:
        InvitationIsNotValid: used, replaced, too old, or never made; or the account is disabled.
    """
    invitation = session.get(Invitation, keyed_hash(token))
    if invitation is None or invitation.expires_at <= (moment or now()):
        raise InvitationIsNotValid
    staff = staff_with_id(session, invitation.staff_id)
    if staff.disabled_at:
        raise InvitationIsNotValid
    return invitation, staff


def accept_invitation(
    session: Session, *, token: str, password: str, code: str, moment: datetime | None = None
) -> Staff:
    """Choose a password and prove that the second factor works; the invitation is used up.

    Raises:
        InvitationIsNotValid: see `open_invitation`.
        PasswordIsWeak: the password is refused.
        CodeIsWrong: the second factor shows another code.
    """
    moment = moment or now()
    invitation, staff = open_invitation(session, token, moment=moment)
    check_password(password, login=staff.login, name=staff.name)
    step = fresh_step(invitation.totp_secret, code, after=0, moment=moment)
    if step is None:
        raise CodeIsWrong
    hashed = hash_password(password)
    _use_up(session, invitation)
    staff.password_hash, staff.totp_secret, staff.totp_step = hashed, invitation.totp_secret, step
    session.add(staff)
    _note(session, staff, "accepted", staff)
    return staff


def _use_up(session: Session, invitation: Invitation) -> None:
    """Of two who take it up at once, or while a newer one is made, only one has it."""
    used = delete(Invitation).where(col(Invitation.token_hash) == invitation.token_hash)
    if session.exec(used.execution_options(synchronize_session=False)).rowcount != 1:
        raise InvitationIsNotValid


def provisioning_uri(invitation: Invitation, staff: Staff) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(invitation.totp_secret).provisioning_uri(name=staff.login, issuer_name="Wegwijs")


def change(
    session: Session,
    *,
    by: Staff,
    staff_id: int,
    name: str,
    role: Role,
    teams: Sequence[Team],
    speaks: Sequence[str],
) -> None:
    """What an administrator sets; a change of role or teams ends the person's sessions.

    Raises:
        UnknownStaff: no such member of staff.
        NameIsNotValid: not as it must be.
        LastAdministrator: nobody else could look after accounts.
    """
    staff = staff_with_id(session, staff_id)
    if role is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, staff)
    values = [team.value for team in teams]
    may_other_things = staff.role is not role or set(staff.teams) != set(values)
    staff.name, staff.role, staff.teams, staff.speaks = _valid_name(name), role, values, list(speaks)
    session.add(staff)
    if may_other_things:
        end_sessions(session, staff_id=staff_id)
    _note(session, by, "changed", staff, role=role.value, teams=values)


def disable(session: Session, *, by: Staff, staff_id: int) -> None:
    """Nobody signs in with this account any more; what they held stays with their team.

    Raises:
        UnknownStaff: no such member of staff.
        LastAdministrator: nobody else could look after accounts.
    """
    staff = staff_with_id(session, staff_id)
    _keep_an_administrator(session, staff)
    staff.disabled_at, staff.on_duty = now(), False
    session.add(staff)
    session.exec(delete(Invitation).where(col(Invitation.staff_id) == staff_id))
    end_sessions(session, staff_id=staff_id)
    _note(session, by, "disabled", staff)


def enable(session: Session, *, by: Staff, staff_id: int) -> None:
    """The account works again, with the password and second factor it had.

    Raises:
        UnknownStaff: no such member of staff.
    """
    staff = staff_with_id(session, staff_id)
    staff.disabled_at = None
    session.add(staff)
    _note(session, by, "enabled", staff)


def _keep_an_administrator(session: Session, staff: Staff) -> None:
    if staff.role is not Role.ADMINISTRATOR:
        return
    able = (
        col(Staff.role) == Role.ADMINISTRATOR,
        col(Staff.disabled_at).is_(None),
        col(Staff.password_hash).is_not(None),
    )
    # Locked, lest two administrators disable each other at the same moment.
    others = session.exec(select(Staff).where(*able).order_by(col(Staff.id)).with_for_update()).all()
    if not any(other.id != staff.id for other in others):
        raise LastAdministrator


def change_own(
    session: Session, staff: Staff, *, name: str, interface: str, speaks: Sequence[str], on_duty: bool
) -> None:
    """What members of staff set for themselves.

    Raises:
        NameIsNotValid: not as it must be.
    """
    staff.name, staff.interface = _valid_name(name), interface
    staff.speaks, staff.on_duty = list(speaks), on_duty
    session.add(staff)


def change_password(session: Session, staff: Staff, *, current: str, new: str, token: str) -> None:
    """Choose another password; every session but the one with this token ends.

    Raises:
        PasswordIsWrong: `current` is not the present one.
        PasswordIsWeak: the new one is refused.
    """
    if not is_password(staff.password_hash, current):
        raise PasswordIsWrong
    check_password(new, login=staff.login, name=staff.name)
    staff.password_hash = hash_password(new)
    session.add(staff)
    end_sessions(session, staff_id=staff.id or 0, but=token)
    _note(session, staff, "password_changed", staff)


def staff_with_id(session: Session, staff_id: int) -> Staff:
    """The member of staff with this id.

    Raises:
        UnknownStaff: there is none.
    """
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise UnknownStaff(staff_id)
    return staff


def staff_with_login(session: Session, login: str) -> Staff:
    """The member of staff with this login.

    Raises:
        UnknownStaff: there is none.
    """
    staff = session.exec(select(Staff).where(Staff.login == normal_login(login))).one_or_none()
    if staff is None:
        raise UnknownStaff(login)
    return staff


def all_staff(session: Session) -> Sequence[Staff]:
    """Everybody, those who are disabled last."""
    return session.exec(select(Staff).order_by(col(Staff.disabled_at).is_not(None), col(Staff.name))).all()


def forget_old_invitations(session: Session, *, moment: datetime) -> None:
    """Delete the invitations nobody took."""
    session.exec(delete(Invitation).where(col(Invitation.expires_at) <= moment))


def _note(session: Session, by: Staff | None, action: str, staff: Staff, **detail: Any) -> None:
    note_access(session, staff_id=by.id if by else None, action=action, account=staff.id or 0, **detail)
