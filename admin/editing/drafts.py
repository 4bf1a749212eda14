"""Drafts: what editors are changing, kept while they type; one draft a unit, seen by all of them."""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import Session, col, delete, select

from admin.editing.forms import FieldsOf, NotWritable, checked_fields, fields_of, written
from admin.editing.tables import Draft, OpenUnit
from admin.editing.units import language_of, text_of, with_units
from admin.tables import Staff
from knowledge.pages import InvalidPackage, Package, Problem, Sources, read_package
from wegwijs.storage import now, take_write_lock

OPEN_FOR = timedelta(seconds=45)
"""Who has not said so for this long has the page open no more; browsers say so every 15 seconds."""


class DraftChangedMeanwhile(RuntimeError):
    """Somebody else saved this unit since it was read; `draft` is theirs, None when they took it away."""

    def __init__(self, draft: Draft | None) -> None:
        super().__init__("somebody else changed this meanwhile")
        self.draft = draft


class DraftIsOutdated(RuntimeError):
    """Another text was published since these drafts were begun; `units` names them."""

    def __init__(self, units: list[str]) -> None:
        super().__init__(", ".join(units))
        self.units = units


def draft_of(session: Session, unit: str) -> Draft | None:
    """The draft of a unit."""
    return session.get(Draft, unit)


def drafts(session: Session, *, by: int | None = None) -> list[Draft]:
    """All drafts, or those this member of staff saved last; by unit."""
    query = select(Draft).order_by(col(Draft.unit))
    return list(session.exec(query if by is None else query.where(Draft.edited_by == by)).all())


def fields_now(unit: str, *, draft: Draft | None, sources: Sources) -> FieldsOf | None:
    """The fields an editor goes on with: those of the draft, else of what is published; None where there is nothing."""
    if draft is not None:
        return draft.fields
    text = text_of(sources, unit)
    return fields_of(unit, text) if text is not None else None


def save_draft(
    session: Session, unit: str, fields: FieldsOf | None, *, revision: int, by: int, sources: Sources
) -> Draft | None:
    """Keep what was typed, whole or not; None takes the unit out of the package.

    Gives the draft, or None if it says what stands. `revision` is the one the editor has seen last, 0 for none;
    `sources` are the published files.

    Raises:
        DraftChangedMeanwhile: that is not the last any more; nothing is kept.
        pydantic.ValidationError: an unknown field, or a text without end; nothing is kept.
    """
    kept = checked_fields(unit, fields) if fields is not None else None
    take_write_lock(session)
    draft = session.exec(select(Draft).where(Draft.unit == unit).with_for_update()).one_or_none()
    if (draft.revision if draft else 0) != revision:
        raise DraftChangedMeanwhile(draft)
    standing = text_of(sources, unit)
    kept = _approved_by_speakers_only(session, unit, kept, before=fields_now(unit, draft=draft, sources=sources), by=by)
    if _says(unit, kept, sources) == standing and (draft is None or draft.base == standing):
        if draft is not None:
            session.delete(draft)
        return None
    if draft is None:
        draft = Draft(unit=unit, fields=kept, base=standing, edited_by=by)
    else:
        draft.fields, draft.revision, draft.edited_by, draft.edited_at = kept, draft.revision + 1, by, now()
    session.add(draft)
    session.flush()
    return draft


def _approved_by_speakers_only(
    session: Session, unit: str, fields: FieldsOf | None, *, before: FieldsOf | None, by: int
) -> FieldsOf | None:
    """What somebody who does not speak the language has changed is reviewed at most."""
    if fields is None or fields.get("status") != "approved" or fields == before:
        return fields
    return fields if language_of(unit) in session.get_one(Staff, by).speaks else fields | {"status": "reviewed"}


def _says(unit: str, fields: FieldsOf | None, sources: Sources) -> str | None:
    """The text these fields make; of those that make none yet, something that stands nowhere."""
    if fields is None:
        return None
    try:
        return written(unit, fields, sources=sources)
    except NotWritable as error:
        return str(error)


def discard_draft(session: Session, unit: str, *, revision: int) -> None:
    """Throw a draft away.

    Raises:
        DraftChangedMeanwhile: it is not the one that was seen.
    """
    draft = session.get(Draft, unit)
    if draft is None:
        return
    if draft.revision != revision:
        raise DraftChangedMeanwhile(draft)
    session.delete(draft)


def keep_in_spite(session: Session, unit: str, *, revision: int, sources: Sources) -> None:
    """The editor has seen what was published meanwhile and wants their draft to replace it.

    Raises:
        DraftChangedMeanwhile: it is not the one that was seen.
    """
    draft = session.get(Draft, unit)
    if draft is None or draft.revision != revision:
        raise DraftChangedMeanwhile(draft)
    draft.base, draft.revision = text_of(sources, unit), draft.revision + 1
    session.add(draft)


def is_outdated(draft: Draft, sources: Sources) -> bool:
    """Whether another text was published since the draft was begun."""
    return draft.base != text_of(sources, draft.unit)


def with_drafts(package: Package, some: Iterable[Draft]) -> tuple[Package, list[Problem]]:
    """The package as it would be with these drafts, and what is not whole enough yet to be in it."""
    changes: dict[str, str | None] = {}
    problems: list[Problem] = []
    for draft in some:
        try:
            changes[draft.unit] = (
                written(draft.unit, draft.fields, sources=package.sources) if draft.fields is not None else None
            )
        except NotWritable as error:
            problems.append(error.problem)
    try:
        return read_package(with_units(package.sources, changes), like=package), sorted(problems)
    except InvalidPackage as error:
        return package, sorted([*problems, *error.problems])


def has_open(session: Session, unit: str, *, staff_id: int) -> list[Staff]:
    """Note that this member of staff has the unit open; the others who have, by name."""
    moment = now()
    session.exec(delete(OpenUnit).where(col(OpenUnit.seen_at) < moment - OPEN_FOR))
    session.merge(OpenUnit(unit=unit, staff_id=staff_id, seen_at=moment))
    others = (
        select(Staff)
        .join(OpenUnit, col(OpenUnit.staff_id) == col(Staff.id))
        .where(OpenUnit.unit == unit, OpenUnit.staff_id != staff_id)
        .order_by(col(Staff.name))
    )
    return list(session.exec(others).all())
