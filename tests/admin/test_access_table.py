"""The access table: what the routes declare is what stands in the document, and what really happens."""

import asyncio
import re
from contextlib import suppress

import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.types import Message

from admin.tables import Role
from admin.web.guards import COOKIE, UndeclaredAccess, signed_in_member
from admin.web.pages import PLACES
from tests.admin.access_table import DOCUMENT, access_table, staff_routes
from tests.admin.people import ORIGIN, begin, make_staff

WORLD: list[Role | None] = [None, *Role]


async def first_answer(app: FastAPI, *, method: str, path: str, token: str | None) -> tuple[int, str]:
    """Status and place of the answer to a request; an answer without an end is left as soon as it has begun."""
    begun: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    requested = False

    async def receive() -> Message:
        nonlocal requested
        if requested:
            await asyncio.Event().wait()
        requested = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and not begun.done():
            begun.set_result(message)

    headers = {"host": "testserver", "origin": ORIGIN, "cookie": f"{COOKIE}={token}" if token else ""}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    answering = asyncio.ensure_future(app(scope, receive, send))
    await asyncio.wait({answering, begun}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    answering.cancel()
    with suppress(asyncio.CancelledError):
        await answering
    start = begun.result()
    places = [value.decode() for name, value in start["headers"] if name == b"location"]
    return start["status"], places[0] if places else ""


async def test_every_cell_of_the_table_is_what_really_happens(app: FastAPI) -> None:
    people = {role: make_staff(role) for role in Role}
    wrong = []
    for route in staff_routes(app):
        # Nothing has this id and no form is filled in: who is let in is told what is missing, and nothing is done.
        path = re.sub(r"{[^}]+}", "0", route.path)
        for role in WORLD:
            token = begin(people[role]) if role else None
            status, place = await first_answer(app, method=route.method, path=path, token=token)
            expected = route.lets_in(role)
            let_in = status not in {401, 403} and (place != "/desk/sign-in" or (_ends_at_the_door(path) and expected))
            refused = status == 403 if role else status == 401 or (status, place) == (303, "/desk/sign-in")
            if (let_in, refused) != (expected, not expected):
                wrong.append((route.method, path, role, status, place))
    assert wrong == []


def _ends_at_the_door(path: str) -> bool:
    return path in {"/desk/sign-out", "/desk/account/sign-out-everywhere"}


def test_the_document_is_the_table_as_it_is(app: FastAPI) -> None:
    made = access_table(staff_routes(app))
    assert DOCUMENT.read_text(encoding="utf-8") == made, "stale: run python -m tests.admin.access_table"


def test_a_route_of_staff_that_does_not_say_who_may_use_it_is_found(app: FastAPI) -> None:
    # Being signed in is asked for here, but not with which role: that is no declaration.
    router = APIRouter(prefix="/desk", dependencies=[Depends(signed_in_member)])
    router.add_api_route("/forgotten", lambda: None)
    app.include_router(router)
    with pytest.raises(UndeclaredAccess):
        staff_routes(app)


def test_every_place_in_the_menu_is_a_page_its_roles_may_open(app: FastAPI) -> None:
    pages = {route.path: route.roles for route in staff_routes(app) if route.method == "GET"}
    assert {place.path: place.roles for place in PLACES}.items() <= pages.items()
    assert all(any(role in place.roles for place in PLACES) for role in Role)
