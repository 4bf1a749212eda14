"""My changes: what is being changed, what is wrong with it, and proposing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from admin.editing.changes import UnitChange, counts_of, left_behind
from admin.editing.drafts import DraftIsOutdated, drafts, is_outdated, with_drafts
from admin.editing.explained import Explained, explained
from admin.editing.proposals import NothingProposed, ask_for_trial, propose
from admin.editing.published import published_package
from admin.editing.rules import broken_beside
from admin.editing.tables import Draft
from admin.editing.units import UnitKind, kind_of, language_of, topic_of, topic_unit
from admin.tables import Staff
from admin.web.editing.room import EDITORS, PATH, Editor
from admin.web.editing.shown import ShownUnit, reach_of_change, staff_names, titled
from admin.web.pages import render, see_other
from admin.web.services import Editing, EditingServices
from knowledge.check import check_package
from knowledge.pages import InvalidPackage, Package, Problem
from wegwijs.storage import reading, take_write_lock, transaction

MOST_WHY = 1000

router = APIRouter(prefix=f"{PATH}/changes", include_in_schema=False, dependencies=[EDITORS])


class Proposing(BaseModel):
    """What is chosen, and why."""

    unit: list[str] = Field(default_factory=list)
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class _Overview:
    """All drafts as they are shown; `elsewhere` is what they break in places that nobody is changing."""

    units: list[ShownUnit]
    elsewhere: list[tuple[str, Explained]]
    names: dict[int | None, str]


@router.get("")
def show(request: Request, member: Editor, editing: Editing) -> Response:
    """All drafts, mine first."""
    return _page(request, member, editing)


@router.post("")
def put_forward(
    request: Request, member: Editor, editing: Editing, proposing: Annotated[Proposing, Form()]
) -> Response:
    """Propose what is chosen; when that cannot be, nothing changes and the page says why."""
    why = proposing.why.strip()
    if not why or len(why) > MOST_WHY:
        problem = "changes.why_too_long" if why else "changes.why_missing"
        return _page(request, member, editing, proposing=proposing, problem=problem)
    try:
        with transaction() as session:
            take_write_lock(session)
            _, package = published_package(session, served=editing.served)
            proposal = propose(session, proposing.unit, why=why, by=member.id or 0, package=package)
            ask_for_trial(session, proposal)
    except NothingProposed:
        return _page(request, member, editing, proposing=proposing, problem="changes.nothing_chosen")
    except DraftIsOutdated:
        return _page(request, member, editing, proposing=proposing, problem="changes.some_outdated")
    except InvalidPackage as error:
        found = error.problems
        return _page(request, member, editing, proposing=proposing, problem="changes.some_invalid", found=found)
    editing.tried()
    return see_other(f"{PATH}/proposals/{proposal.id}")


def _page(
    request: Request,
    member: Staff,
    editing: EditingServices,
    *,
    proposing: Proposing | None = None,
    problem: str | None = None,
    found: Iterable[Problem] = (),
) -> Response:
    with reading() as session:
        overview = _overview(session, member, editing, found=found)
    proposable = [unit.change.unit for unit in overview.units if unit.by == member.id and not unit.blocks]
    return render(
        request,
        member,
        "package_changes.html",
        status=422 if problem else 200,
        overview=overview,
        counts=counts_of(unit.change.unit for unit in overview.units),
        chosen=proposing.unit if proposing else proposable,
        why=proposing.why if proposing else "",
        most_why=MOST_WHY,
        problem=problem,
    )


def _overview(session: Session, member: Staff, editing: EditingServices, *, found: Iterable[Problem]) -> _Overview:
    """Every draft with its problems: those that were just found, else what the check says of all drafts together."""
    _, package = published_package(session, served=editing.served)
    every = sorted(drafts(session), key=lambda draft: draft.edited_by != member.id)
    changed, problems = with_drafts(package, every)
    if changed is not package:
        problems = [*problems, *check_package(changed, before=package), *broken_beside(changed, before=package)]
    placed = _placed({*problems, *found}, every, package)
    behind = left_behind(package, changed)
    units = [
        _shown(draft, package, changed, member=member, problems=placed.pop(draft.unit, []), behind=behind)
        for draft in every
    ]
    elsewhere = [problem for some in placed.values() for problem in some if problem.blocks]
    return _Overview(
        units=units,
        elsewhere=[(problem.path, _said(problem, changed, member)) for problem in elsewhere],
        names=staff_names(session, (draft.edited_by for draft in every)),
    )


def _placed(problems: Iterable[Problem], some: list[Draft], package: Package) -> dict[str, list[Problem]]:
    """The problems by the unit where they are shown: a language that a new topic does not have yet, with the topic."""
    units = {draft.unit for draft in some}
    placed: dict[str, list[Problem]] = {}
    for problem in sorted(problems):
        unit = problem.path
        if unit not in units and unit.endswith(".md") and topic_of(unit) not in package.topics:
            unit = topic_unit(topic_of(unit))
        placed.setdefault(unit, []).append(problem)
    return placed


def _shown(
    draft: Draft,
    package: Package,
    changed: Package,
    *,
    member: Staff,
    problems: list[Problem],
    behind: dict[str, list[str]],
) -> ShownUnit:
    change = UnitChange.of_draft(draft)
    return ShownUnit(
        change=change,
        title=titled(change, changed, interface=member.interface),
        reach=reach_of_change(change, changed),
        problems=[_said(problem, changed, member) for problem in problems],
        behind=behind.get(draft.unit, []),
        is_outdated=is_outdated(draft, package.sources),
        by=draft.edited_by,
        at=draft.edited_at,
    )


def _said(problem: Problem, changed: Package, member: Staff) -> Explained:
    is_page = kind_of(problem.path) is UnitKind.PAGE and problem.path.endswith(".md")
    page = changed.pages.get((topic_of(problem.path), language_of(problem.path))) if is_page else None
    return explained(problem, interface=member.interface, page=page)
