"""Coming in and going out: signing in, signing out, and taking up an invitation."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from admin import accounts
from admin.accounts import CodeIsWrong, InvitationIsNotValid
from admin.passwords import SHORTEST, PasswordIsWeak, beside
from admin.sign_in import begin_session, sign_in, sign_out
from admin.web.guards import ANYBODY, PREFIX, Member, delete_cookie, session_token, set_cookie
from admin.web.pages import render, see_other
from admin.web.services import Services, StaffServices
from channels.limits import TooMany
from channels.web.guards import sender_address
from wegwijs.logs import logger
from wegwijs.storage import transaction

log = logger(__name__)

SIGN_IN = f"{PREFIX}/sign-in"
Typed = Annotated[str, Form(max_length=1000)]

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@router.get("/sign-in", dependencies=[ANYBODY])
def ask_to_sign_in(request: Request) -> Response:
    """The form."""
    return render(request, None, "sign_in.html")


@router.post("/sign-in", dependencies=[ANYBODY])
async def enter(
    request: Request, services: Services, login: Typed = "", password: Typed = "", code: Typed = ""
) -> Response:
    """Sign in; whatever is wrong, the answer is the same."""
    try:
        _count_try(request, services)
    except TooMany as error:
        return _refused(request, "sign_in.too_many", login=login, status=429, retry_after=error.retry_after)
    token = await beside(partial(_sign_in, login, password, code, replacing=session_token(request)))
    if token is None:
        log.info("sign_in_refused")
        return _refused(request, "sign_in.refused", login=login)
    answer = see_other(PREFIX)
    set_cookie(answer, token)
    return answer


def _count_try(request: Request, services: StaffServices) -> None:
    services.sign_in_limit.take(sender_address(request, trust_proxy=services.trust_proxy))


def _refused(
    request: Request, problem: str, *, login: str, status: int = 422, retry_after: int | None = None
) -> Response:
    page = render(request, None, "sign_in.html", status=status, problem=problem, login=login)
    if retry_after:
        page.headers["Retry-After"] = str(retry_after)
    return page


def _sign_in(login: str, password: str, code: str, *, replacing: str) -> str | None:
    with transaction() as session:
        token = sign_in(session, login=login, password=password, code=code)
        if token:
            sign_out(session, replacing)
        return token


@router.post("/sign-out")
def leave(request: Request, member: Member) -> Response:  # noqa: ARG001 - only who is inside can leave
    """End this session."""
    with transaction() as session:
        sign_out(session, session_token(request))
    answer = see_other(SIGN_IN)
    delete_cookie(answer)
    return answer


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """What somebody who is invited is shown: the secret of their second factor as a QR code and as text."""

    login: str
    name: str
    interface: str
    secret: str
    qr: Markup


@router.get("/invitations/{token}", dependencies=[ANYBODY])
def ask_to_accept(request: Request, token: str) -> Response:
    """The form to choose a password and set up the second factor."""
    return _invitation_page(request, token)


@router.post("/invitations/{token}", dependencies=[ANYBODY])
async def accept(request: Request, services: Services, token: str, password: Typed = "", code: Typed = "") -> Response:
    """Take up the invitation, and be signed in."""
    try:
        _count_try(request, services)
        opened = await beside(partial(_accept, token, password, code))
    except TooMany:
        return _invitation_page(request, token, problem="sign_in.too_many", status=429)
    except InvitationIsNotValid:
        return _invitation_page(request, token)
    except CodeIsWrong:
        return _invitation_page(request, token, problem="accept.code_is_wrong", status=422)
    except PasswordIsWeak as error:
        return _invitation_page(request, token, problem=f"password.{error.weakness}", status=422)
    answer = see_other(PREFIX)
    set_cookie(answer, opened)
    return answer


def _accept(token: str, password: str, code: str) -> str:
    with transaction() as session:
        return begin_session(session, accounts.accept_invitation(session, token=token, password=password, code=code))


def _invitation_page(request: Request, token: str, *, problem: str | None = None, status: int = 200) -> Response:
    try:
        welcome = _welcome(token)
    except InvitationIsNotValid:
        return render(request, None, "no_invitation.html", status=404)
    return render(
        request,
        None,
        "accept.html",
        interface=welcome.interface,
        status=status,
        problem=problem,
        welcome=welcome,
        shortest=SHORTEST,
    )


def _welcome(token: str) -> Welcome:
    with transaction() as session:
        invitation, staff = accounts.open_invitation(session, token)
        drawing = segno.make(accounts.provisioning_uri(invitation, staff), error="m")
        secret = invitation.totp_secret
        return Welcome(
            login=staff.login,
            name=staff.name,
            interface=staff.interface,
            secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
            qr=Markup(drawing.svg_inline(scale=4, border=4, light="#fff")),  # noqa: S704 - drawn from our own text
        )
