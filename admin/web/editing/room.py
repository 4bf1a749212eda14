"""What all pages of the editors' room share: who may come in, and the package that stands."""

from typing import Annotated

from sqlmodel import Session

from admin.editing.published import published_package
from admin.tables import Role, Staff
from admin.web.guards import PREFIX, requires
from admin.web.services import EditingServices
from knowledge.pages import Package

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
