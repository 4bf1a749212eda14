"""What stands before every page of staff: who is signed in, what their role may, and that a write comes from our pages.

Every route under /desk declares who may use it, `requires(...)` or `Member` for staff, `ANYBODY` for all the world;
the access table (docs/access-table.md) is made from these declarations, and each of its cells is tested.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin.sign_in import signed_in
from admin.tables import Role, Staff
from wegwijs.settings import settings
from wegwijs.storage import transaction

PREFIX = "/desk"
API = f"{PREFIX}/api/"
STATIC = f"{PREFIX}/static/"
COOKIE = "wegwijs_staff"
EVERY_ROLE = frozenset(Role)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class NotSignedIn(PermissionError):
    """Nobody is signed in with this request."""


class RoleMayNot(PermissionError):
    """The role of this member of staff does not go with what they ask for."""


def session_token(request: Request) -> str:
    """The token in the cookie of a request; empty when there is none."""
    return request.cookies.get(COOKIE, "")


def signed_in_member(request: Request) -> Staff:
    """Who is signed in.

    Raises:
        NotSignedIn: nobody.
    """
    # Listening for news is no work: a desk left alone in an open browser is signed out all the same.
    is_active = "text/event-stream" not in request.headers.get("accept", "")
    with transaction() as session:
        member = signed_in(session, session_token(request), is_active=is_active)
    if member is None:
        raise NotSignedIn
    return member


@dataclass(frozen=True)
class Requires:
    """A dependency that lets these roles through."""

    roles: frozenset[Role]

    def __call__(self, member: Annotated[Staff, Depends(signed_in_member)]) -> Staff:
        """The member of staff.

        Raises:
            RoleMayNot: not with their role.
        """
        if member.role not in self.roles:
            raise RoleMayNot
        return member


def requires(*roles: Role) -> Any:
    """A dependency for a route or router: only these roles; without any, everybody who is signed in."""
    return Depends(Requires(frozenset(roles) or EVERY_ROLE))


Member = Annotated[Staff, requires()]
"""The member of staff who asks."""


def _anybody() -> None:
    """Nothing is required."""


ANYBODY = Depends(_anybody)
"""Declares that a route is open to all the world."""


class UndeclaredAccess(LookupError):
    """A route under /desk does not say who may use it."""


def allowed_roles(dependant: Dependant) -> frozenset[Role] | None:
    """The roles that may use a route; None when all the world may.

    Raises:
        UndeclaredAccess: the route does not say.
    """
    calls = list(_calls(dependant))
    demands = [call.roles for call in calls if isinstance(call, Requires)]
    if demands:
        return frozenset.intersection(*demands)
    if _anybody in calls:
        return None
    raise UndeclaredAccess(dependant.path)


def _calls(dependant: Dependant) -> Iterable[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def set_cookie(response: Response, token: str) -> None:
    """Let the browser keep the token of a session, away from scripts and from other sites."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings().staff_session_hours * 3600,
        path=PREFIX,
        secure=_is_https(),
        httponly=True,
        samesite="strict",
    )


def delete_cookie(response: Response) -> None:
    """Let the browser forget the token."""
    response.delete_cookie(COOKIE, path=PREFIX, secure=_is_https(), httponly=True, samesite="strict")


def _is_https() -> bool:
    return settings().url.startswith("https://")


class DeskGuard:
    """Refuses writes that come from elsewhere; no answer but the static files is kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 403."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # With "no-referrer", as elsewhere, browsers hide the origin of a form from ourselves as well.
                headers["Referrer-Policy"] = "same-origin"
                if not scope["path"].startswith(STATIC):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        if scope["method"] in _READS or _is_from_our_pages(Headers(scope=scope)):
            await self._app(scope, receive, with_headers)
        else:
            refusal = JSONResponse(
                {"error": f"this did not come from a page of ours; open them at {settings().url}"}, status_code=403
            )
            await refusal(scope, receive, with_headers)


def _is_from_our_pages(headers: Headers) -> bool:
    origin = headers.get("origin", "null")
    if origin == "null":  # hidden by a browser or its extension, which still say where a request comes from
        return headers.get("sec-fetch-site") == "same-origin"
    public_url = settings().public_url
    if public_url:
        ours = urlsplit(public_url)
        return origin.lower() == f"{ours.scheme}://{ours.netloc}".lower()
    return urlsplit(origin).netloc == headers.get("host")
