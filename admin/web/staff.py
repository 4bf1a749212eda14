"""The administrator's page: who there is, inviting, changing, disabling."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from admin import accounts
from admin.accounts import LastAdministrator, LoginIsNotValid, LoginIsTaken, NameIsNotValid, UnknownStaff
from admin.tables import Role, Staff
from admin.web.account import known
from admin.web.guards import PREFIX, Member, requires
from admin.web.pages import render, see_other
from admin.web.services import Services
from bot.teams import Team
from wegwijs.storage import now, reading, transaction

PATH = f"{PREFIX}/staff"
_PROBLEMS: dict[type[Exception], str] = {
    LoginIsTaken: "staff.login_is_taken",
    LoginIsNotValid: "staff.login_is_not_valid",
    NameIsNotValid: "staff.name_is_not_valid",
    LastAdministrator: "staff.last_administrator",
    UnknownStaff: "staff.unknown",
}
_REFUSALS = tuple(_PROBLEMS)

StaffId = Annotated[int, Path(ge=1, le=2**31 - 1)]

router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[requires(Role.ADMINISTRATOR)])


@router.get("")
def show(request: Request, member: Member) -> Response:
    """Everybody, and the form to invite somebody."""
    return _list(request, member)


def _list(request: Request, member: Staff, *, status: int = 200, **values: Any) -> Response:
    with reading() as session:
        everybody = accounts.all_staff(session)
    return render(request, member, "staff.html", status=status, everybody=everybody, moment=now(), **values)


def _problem(error: Exception) -> str:
    return _PROBLEMS[type(error)]


class Details(BaseModel):
    """What an administrator sets of an account."""

    name: str = Field(default="", max_length=200)
    role: Role
    teams: list[Team] = []
    speaks: list[str] = []


class NewAccount(Details):
    """What an administrator says of somebody who is invited."""

    login: str = Field(default="", max_length=200)
    interface: Literal["nl", "fr", "en"]


@router.post("")
def invite(request: Request, member: Member, services: Services, account: Annotated[NewAccount, Form()]) -> Response:
    """Make an account; its link is shown once."""
    try:
        with transaction() as session:
            token = accounts.invite(
                session,
                by=member,
                login=account.login,
                name=account.name,
                role=account.role,
                teams=account.teams,
                speaks=known(account.speaks),
                interface=account.interface,
            )
    except _REFUSALS as error:
        return _list(request, member, problem=_problem(error), status=422)
    return _list(request, member, link=_link(services.url, token), invited=account.login)


def _link(url: str, token: str) -> str:
    return f"{url}{PREFIX}/invitations/{token}"


@router.get("/{staff_id}")
def show_one(request: Request, member: Member, staff_id: StaffId) -> Response:
    """One account, to change it."""
    return _one(request, member, staff_id)


def _one(request: Request, member: Staff, staff_id: int, *, status: int = 200, **values: Any) -> Response:
    try:
        with reading() as session:
            person = accounts.staff_with_id(session, staff_id)
    except UnknownStaff:
        return _list(request, member, problem=_PROBLEMS[UnknownStaff], status=404)
    return render(request, member, "person.html", status=status, person=person, **values)


@router.post("/{staff_id}")
def change(request: Request, member: Member, staff_id: StaffId, details: Annotated[Details, Form()]) -> Response:
    """Set name, role, teams and languages; with another role or other teams the person signs in anew."""
    try:
        with transaction() as session:
            accounts.change(
                session,
                by=member,
                staff_id=staff_id,
                name=details.name,
                role=details.role,
                teams=details.teams,
                speaks=known(details.speaks),
            )
    except _REFUSALS as error:
        return _not_done(request, member, staff_id, error)
    return see_other(PATH)


def _not_done(request: Request, member: Staff, staff_id: int, error: Exception) -> Response:
    if isinstance(error, UnknownStaff):
        return _one(request, member, staff_id)
    return _one(request, member, staff_id, problem=_problem(error), status=422)


@router.post("/{staff_id}/disable")
def disable(request: Request, member: Member, staff_id: StaffId) -> Response:
    """Nobody signs in with this account any more."""
    return _change(request, member, staff_id, accounts.disable)


@router.post("/{staff_id}/enable")
def enable(request: Request, member: Member, staff_id: StaffId) -> Response:
    """The account works again."""
    return _change(request, member, staff_id, accounts.enable)


def _change(request: Request, member: Staff, staff_id: int, change: Callable[..., None]) -> Response:
    try:
        with transaction() as session:
            change(session, by=member, staff_id=staff_id)
    except _REFUSALS as error:
        return _not_done(request, member, staff_id, error)
    return see_other(PATH)


@router.post("/{staff_id}/invitation")
def invite_again(request: Request, member: Member, services: Services, staff_id: StaffId) -> Response:
    """A lost phone or password: the old ones open nothing any more, and a new link is shown once."""
    try:
        with transaction() as session:
            token = accounts.new_invitation(session, by=member, staff_id=staff_id)
            login = accounts.staff_with_id(session, staff_id).login
    except _REFUSALS as error:
        return _not_done(request, member, staff_id, error)
    return _list(request, member, link=_link(services.url, token), invited=login)
