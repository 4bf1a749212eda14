"""What the versions of the package changed: how much each, and what lies between two of them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import union
from sqlmodel import Session, col, func, select

from admin.editing.changes import Texts
from admin.editing.published import sources_of
from admin.editing.tables import PackageFile


def files_changed(session: Session, numbers: Iterable[int]) -> dict[int, int]:
    """How many files each of these versions changed."""
    wanted = list(numbers)
    came: Any = select(col(PackageFile.since).label("number"), PackageFile.path).where(
        col(PackageFile.since).in_(wanted)
    )
    went: Any = select(col(PackageFile.until).label("number"), PackageFile.path).where(
        col(PackageFile.until).in_(wanted)
    )
    both = union(came, went).subquery()
    rows = session.exec(select(both.c.number, func.count()).group_by(both.c.number)).all()
    return dict(rows)


def between(session: Session, number: int, other: int) -> dict[str, Texts]:
    """What differs from one version to another, in whichever order they came: each file's text in both."""
    before, after = sources_of(session, number), sources_of(session, other)
    paths = sorted(before.keys() | after.keys())
    return {path: (before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)}
