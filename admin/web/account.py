"""One's own account: name, languages, on duty, password, sessions."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from admin import accounts
from admin.accounts import NameIsNotValid, PasswordIsWrong
from admin.audit import note_access
from admin.passwords import SHORTEST, PasswordIsWeak, beside
from admin.sign_in import end_sessions
from admin.tables import Staff
from admin.web.door import SIGN_IN, Typed
from admin.web.guards import PREFIX, Member, delete_cookie, session_token
from admin.web.pages import render, see_other
from admin.web.services import Services
from channels.limits import TooMany
from translations.languages import languages
from wegwijs.storage import transaction

PATH = f"{PREFIX}/account"

router = APIRouter(prefix=PATH, include_in_schema=False)


@router.get("")
def show(request: Request, member: Member, saved: str = "") -> Response:
    """The account; `saved` is what was just changed."""
    return _page(request, member, done=f"account.saved_{saved}" if saved in {"details", "password"} else None)


def _page(
    request: Request, member: Staff, *, done: str | None = None, problem: str | None = None, status: int = 200
) -> Response:
    return render(request, member, "account.html", status=status, done=done, problem=problem, shortest=SHORTEST)


class OwnDetails(BaseModel):
    """What members of staff set for themselves."""

    name: str = Field(default="", max_length=200)
    interface: Literal["nl", "fr", "en"]
    speaks: list[str] = []
    on_duty: bool = False


@router.post("")
def save(request: Request, member: Member, details: Annotated[OwnDetails, Form()]) -> Response:
    """Keep name, languages and whether one is on duty."""
    try:
        with transaction() as session:
            accounts.change_own(
                session,
                accounts.staff_with_id(session, member.id or 0),
                name=details.name,
                interface=details.interface,
                speaks=known(details.speaks),
                on_duty=details.on_duty,
            )
    except NameIsNotValid:
        return _page(request, member, problem="staff.name_is_not_valid", status=422)
    return see_other(f"{PATH}?saved=details")


def known(codes: list[str]) -> list[str]:
    """The codes that are languages of ours, each once, in our order."""
    return [code for code in languages() if code in codes]


@router.post("/password")
async def choose_password(
    request: Request, member: Member, services: Services, current: Typed = "", new: Typed = ""
) -> Response:
    """Another password; all other sessions end."""
    try:
        services.sign_in_limit.take(f"password of {member.id}")
        await beside(partial(_change_password, member.id or 0, current, new, session_token(request)))
    except TooMany:
        return _page(request, member, problem="sign_in.too_many", status=429)
    except PasswordIsWrong:
        return _page(request, member, problem="account.password_is_wrong", status=422)
    except PasswordIsWeak as error:
        return _page(request, member, problem=f"password.{error.weakness}", status=422)
    return see_other(f"{PATH}?saved=password")


def _change_password(staff_id: int, current: str, new: str, token: str) -> None:
    with transaction() as session:
        staff = accounts.staff_with_id(session, staff_id)
        accounts.change_password(session, staff, current=current, new=new, token=token)


@router.post("/sign-out-everywhere")
def leave_everywhere(member: Member) -> Response:
    """End all sessions, this one too."""
    with transaction() as session:
        end_sessions(session, staff_id=member.id or 0)
        note_access(session, staff_id=member.id, action="signed_out_everywhere")
    answer = see_other(SIGN_IN)
    delete_cookie(answer)
    return answer
