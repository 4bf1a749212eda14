"""What all pages of the editors' room share: who may come in, the package that stands, what languages are called."""

from datetime import date
from functools import cache
from typing import Annotated

from babel import Locale
from sqlmodel import Session

from admin.editing.published import published_package
from admin.tables import Role, Staff
from admin.web.guards import PREFIX, requires
from admin.web.services import EditingServices
from bot.opening_hours import BRUSSELS
from knowledge.pages import THEMES, Package
from translations.interface import string
from translations.languages import languages
from wegwijs.storage import now

PATH = f"{PREFIX}/package"
EDITORS = requires(Role.EDITOR, Role.PUBLISHER)
"""Everybody of this room sees all of it; what only a publisher may do says so itself."""
Editor = Annotated[Staff, EDITORS]
"""The editor or publisher who asks."""


def standing(session: Session, editing: EditingServices) -> Package:
    """The package that is published now.

    Raises:
        NothingPublished: there is none yet.
    """
    _, package = published_package(session, served=editing.served)
    return package


def today() -> date:
    """The day it is in Belgium."""
    return now().astimezone(BRUSSELS).date()


@cache
def language_names(interface: str) -> dict[str, str]:
    """What somebody who reads this language calls each of ours."""
    known = Locale(interface).languages
    return {code: str(known.get(code, each.name)) for code, each in languages().items()}


@cache
def theme_names(interface: str) -> dict[str, str]:
    """What the themes are called, in their order."""
    return {theme: string(f"theme.{theme}", interface) for theme in THEMES}
