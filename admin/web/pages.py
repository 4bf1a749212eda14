"""What all pages of staff share: their templates, the places one can go to, static files."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape

from admin.tables import Role, Staff
from admin.texts import INTERFACES, interface_asked_for, text
from admin.web.guards import ANYBODY, EVERY_ROLE, PREFIX, Member
from bot.teams import Team
from channels.web.pages import static_answer, static_version
from translations.languages import languages

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
SEE_OTHER = 303
_BRUSSELS = ZoneInfo("Europe/Brussels")

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@dataclass(frozen=True)
class Place:
    """A page in the menu: its path, the key of its name, and the roles that see it."""

    path: str
    title: str
    roles: frozenset[Role]


PLACES = (
    Place(f"{PREFIX}/conversations", "desk.title", frozenset({Role.DESK})),
    Place(f"{PREFIX}/package", "package.title", frozenset({Role.EDITOR, Role.PUBLISHER})),
    Place(f"{PREFIX}/staff", "staff.title", frozenset({Role.ADMINISTRATOR})),
    Place(f"{PREFIX}/account", "account.title", EVERY_ROLE),
)
"""The menu, in order; the first one that somebody may see is where they arrive."""


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["brussels"] = brussels
    made.globals.update(
        static=static_url,
        interfaces=INTERFACES,
        roles=list(Role),
        teams=list(Team),
        languages=languages(),
        prefix=PREFIX,
    )
    return made


def brussels(moment: datetime) -> str:
    """A moment as staff read it: "2026-11-22 14:05", in Belgium."""
    return f"{moment.astimezone(_BRUSSELS):%Y-%m-%d %H:%M}"


def static_url(name: str) -> str:
    """The URL of a static file."""
    return f"{PREFIX}/static/{name}?{static_version(STATIC / name)}"


def places_of(member: Staff | None) -> list[Place]:
    """The menu of this member of staff; nothing before they have signed in."""
    return [place for place in PLACES if member and member.role in place.roles]


def interface_of(request: Request, member: Staff | None) -> str:
    """The language the pages are shown in: the member's own; before that, what the browser asks for."""
    return member.interface if member else interface_asked_for(request.headers.get("accept-language"))


def render(
    request: Request, member: Staff | None, template: str, *, status: int = 200, interface: str = "", **values: Any
) -> HTMLResponse:
    """A page from a template with what every page needs; `t(key, ...)` in it gives a text in the reader's language."""
    page = _filled(request, member, template, interface or interface_of(request, member), values)
    return HTMLResponse(page, status_code=status)


def fragment(request: Request, member: Staff, template: str, **values: Any) -> str:
    """A part of a page, for a script that puts it in its place."""
    return _filled(request, member, template, member.interface, values)


def _filled(request: Request, member: Staff | None, template: str, interface: str, values: dict[str, Any]) -> str:
    return (
        _templates()
        .get_template(template)
        .render(
            t=partial(_text, interface),
            interface=interface,
            member=member,
            places=places_of(member),
            path=request.url.path,
            **values,
        )
    )


def _text(interface: str, key: str, /, **values: str | int) -> str:
    return text(key, interface, **values)


def see_other(path: str) -> RedirectResponse:
    """Where the browser goes after a form: asking for it again changes nothing."""
    return RedirectResponse(path, status_code=SEE_OTHER)


@router.get("")
def arrive(member: Member) -> Response:
    """The first place of whoever is signed in."""
    return see_other(places_of(member)[0].path)


@router.get("/static/{name}", dependencies=[ANYBODY])
def static_file(name: str) -> Response:
    """A style sheet or script of the pages of staff."""
    return static_answer(STATIC, name)
