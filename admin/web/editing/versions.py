"""History: every version that was published, by whom and why, and the way back to an earlier one."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from admin.editing.changes import Texts, counts_of, unit_texts
from admin.editing.history import between, files_changed
from admin.editing.published import (
    NothingChanged,
    NothingPublished,
    current_number,
    differences,
    published_package,
    return_to,
    version_with,
    versions,
)
from admin.tables import Role, Staff
from admin.web.editing.room import EDITORS, PATH, Editor
from admin.web.editing.shown import shown_units, staff_names
from admin.web.guards import requires
from admin.web.pages import render, see_other
from admin.web.services import Editing
from wegwijs.storage import reading, take_write_lock, transaction

MOST_WHY = 1000
_HERE = f"{PATH}/versions"
REFUSALS: dict[type[Exception], str] = {
    NothingChanged: "versions.stands_already",
}

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Publisher = Annotated[Staff, requires(Role.PUBLISHER)]

router = APIRouter(prefix=_HERE, include_in_schema=False, dependencies=[EDITORS])


@router.get("")
def show_all(request: Request, member: Editor) -> Response:
    """The versions, the newest first."""
    with reading() as session:
        found = versions(session)
        changed = files_changed(session, (version.number for version in found))
        names = staff_names(session, (by for each in found for by in (each.published_by, each.proposed_by)))
    return render(request, member, "package_versions.html", versions=found, changed=changed, names=names)


@router.get("/{number}")
def show(request: Request, member: Editor, editing: Editing, number: Number, unit: str | None = None) -> Response:
    """What a version changed; of very many changes `unit` is the one shown with its difference."""
    try:
        with reading() as session:
            version = version_with(session, number)
            _, package = published_package(session, served=editing.served)
            units = unit_texts(differences(session, number))
            names = staff_names(session, (version.published_by, version.proposed_by))
            current = current_number(session)
    except NothingPublished:
        return _unknown(request, member)
    return render(
        request,
        member,
        "package_version.html",
        version=version,
        units=shown_units(units, package, interface=member.interface, chosen=unit),
        counts=counts_of(units),
        names=names,
        stands=number == current,
        may_return=member.role is Role.PUBLISHER and number != current,
    )


@router.get("/{number}/return")
def ask_to_return(request: Request, member: Publisher, number: Number) -> Response:
    """What would change by returning to it, and the question why."""
    return _asked(request, member, number)


@router.post("/{number}/return")
def do_return(request: Request, member: Publisher, number: Number, why: Annotated[str, Form()] = "") -> Response:
    """Publish again what it said."""
    if not why.strip() or len(why.strip()) > MOST_WHY:
        problem = "changes.why_too_long" if why.strip() else "changes.why_missing"
        return _asked(request, member, number, problem=problem, why=why)
    try:
        with transaction() as session:
            take_write_lock(session)
            version = return_to(session, number, by=member.id, why=why.strip())
    except NothingPublished:
        return _unknown(request, member)
    except tuple(REFUSALS) as error:
        return _asked(request, member, number, problem=REFUSALS[type(error)], status=409, why=why)
    return see_other(f"{_HERE}/{version.number}")


def _asked(
    request: Request, member: Staff, number: int, *, problem: str | None = None, status: int = 422, why: str = ""
) -> Response:
    try:
        with reading() as session:
            version = version_with(session, number)
            units = _undone(session, number)
            names = staff_names(session, (version.published_by,))
    except NothingPublished:
        return _unknown(request, member)
    return render(
        request,
        member,
        "package_return.html",
        status=status if problem else 200,
        problem=problem,
        version=version,
        counts=counts_of(units),
        names=names,
        why=why,
        most_why=MOST_WHY,
    )


def _undone(session: Session, number: int) -> dict[str, Texts]:
    current = current_number(session) or number
    return unit_texts(between(session, current, number))


def _unknown(request: Request, member: Staff) -> Response:
    return render(request, member, "refused.html", status=404, problem="versions.unknown")
