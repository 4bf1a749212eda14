"""Proposals: what is proposed, how its trial goes and what that found; publishing, refusing, withdrawing."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlmodel import Session

from admin.editing.changes import counts_of
from admin.editing.proposals import (
    NotTried,
    NotYourProposal,
    OwnProposal,
    ProposalIsDecided,
    ProposalIsOutdated,
    UnknownProposal,
    WorseWithoutYes,
    ask_for_trial,
    changes_of,
    last_trial,
    outdated_units,
    proposal_with,
    proposals,
    publish_proposal,
    refuse_proposal,
    withdraw_proposal,
)
from admin.editing.published import NothingChanged, PublishedMeanwhile, published_package
from admin.editing.tables import Proposal, ProposalState, TrialState
from admin.tables import Role, Staff
from admin.web.editing.room import EDITORS, PATH, Editor
from admin.web.editing.shown import shown_units, staff_names
from admin.web.editing.trial_shown import shown_report, step_of
from admin.web.guards import requires
from admin.web.pages import render, see_other
from admin.web.services import Editing, EditingServices
from knowledge.pages import InvalidPackage
from wegwijs.storage import reading, take_write_lock, transaction

MOST_ANSWER = 1000
_HERE = f"{PATH}/proposals"
REFUSALS: dict[type[Exception], str] = {
    UnknownProposal: "proposals.unknown",
    ProposalIsDecided: "proposals.is_decided",
    OwnProposal: "proposals.own",
    NotYourProposal: "proposals.not_yours",
    ProposalIsOutdated: "proposals.outdated",
    NotTried: "proposals.not_tried",
    WorseWithoutYes: "proposals.worse_without_yes",
    InvalidPackage: "proposals.invalid",
    PublishedMeanwhile: "proposals.published_meanwhile",
    NothingChanged: "proposals.nothing_changed",
}

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Answer = Annotated[str, Form()]
Publisher = Annotated[Staff, requires(Role.PUBLISHER)]


class Decision(BaseModel):
    """What a publisher says to it; `accepts_worse`: they have seen what gets worse, and want it all the same."""

    answer: str = ""
    accepts_worse: bool = False


router = APIRouter(prefix=_HERE, include_in_schema=False, dependencies=[EDITORS])


@router.get("")
def show_all(request: Request, member: Editor) -> Response:
    """Proposals: those to be decided, then the others, the newest first."""
    with reading() as session:
        found = sorted(proposals(session), key=lambda proposal: proposal.state is not ProposalState.OPEN)
        rows = [
            (proposal, counts_of(each.unit for each in changes_of(session, proposal)), last_trial(session, proposal))
            for proposal in found
        ]
        names = staff_names(session, (proposal.proposed_by for proposal in found))
    return render(request, member, "package_proposals.html", rows=rows, names=names)


@router.get("/{number}")
def show(request: Request, member: Editor, editing: Editing, number: Number, unit: str | None = None) -> Response:
    """One proposal; of very many changes `unit` is the one shown with its difference."""
    return _page(request, member, editing, number, chosen=unit)


@router.get("/{number}/trial")
def show_trial(request: Request, member: Editor, editing: Editing, number: Number) -> Response:
    """The part of the page on the trial, for the script that follows it."""
    try:
        with reading() as session:
            values = _values(session, member, editing, proposal_with(session, number))
    except UnknownProposal as error:
        return _refused(request, member, editing, number, error)
    return render(request, member, "package_trial.html", **values)


@router.post("/{number}/trial")
def try_again(request: Request, member: Editor, editing: Editing, number: Number) -> Response:
    """Try it on what stands now."""

    def ask(session: Session) -> None:
        take_write_lock(session)
        proposal = proposal_with(session, number)
        if proposal.state is not ProposalState.OPEN:
            raise ProposalIsDecided(proposal.state)
        ask_for_trial(session, proposal)

    answer = _change(request, member, editing, number, ask)
    editing.tried()
    return answer


@router.post("/{number}/publish")
def publish(
    request: Request,
    member: Publisher,
    editing: Editing,
    number: Number,
    decision: Annotated[Decision, Form()],
) -> Response:
    """Make it what people get."""

    def do(session: Session) -> None:
        take_write_lock(session)
        _, package = published_package(session, served=editing.served)
        publish_proposal(
            session,
            number,
            by=member.id or 0,
            answer=decision.answer.strip(),
            accepts_worse=decision.accepts_worse,
            package=package,
        )

    return _with_answer(request, member, editing, number, do, answer=decision.answer)


@router.post("/{number}/refuse")
def refuse(request: Request, member: Publisher, editing: Editing, number: Number, answer: Answer = "") -> Response:
    """Do not publish it, and say why."""
    if not answer.strip():
        return _page(request, member, editing, number, problem="proposals.answer_missing")
    return _with_answer(
        request,
        member,
        editing,
        number,
        lambda session: refuse_proposal(session, number, by=member.id or 0, answer=answer.strip()),
        answer=answer,
    )


@router.post("/{number}/withdraw")
def withdraw(request: Request, member: Editor, editing: Editing, number: Number) -> Response:
    """Take it back."""
    return _change(
        request, member, editing, number, lambda session: withdraw_proposal(session, number, by=member.id or 0)
    )


def _with_answer(
    request: Request,
    member: Staff,
    editing: EditingServices,
    number: int,
    change: Callable[[Session], None],
    *,
    answer: str,
) -> Response:
    if len(answer.strip()) > MOST_ANSWER:
        return _page(request, member, editing, number, problem="proposals.answer_too_long", answer=answer)
    return _change(request, member, editing, number, change, answer=answer)


def _change(
    request: Request,
    member: Staff,
    editing: EditingServices,
    number: int,
    change: Callable[[Session], None],
    *,
    answer: str = "",
) -> Response:
    try:
        with transaction() as session:
            change(session)
    except tuple(REFUSALS) as error:
        return _refused(request, member, editing, number, error, answer=answer)
    return see_other(f"{_HERE}/{number}")


def _refused(
    request: Request, member: Staff, editing: EditingServices, number: int, error: Exception, *, answer: str = ""
) -> Response:
    problem = next(key for kind, key in REFUSALS.items() if isinstance(error, kind))
    if isinstance(error, UnknownProposal):
        return render(request, member, "refused.html", status=404, problem=problem)
    return _page(request, member, editing, number, problem=problem, status=409, answer=answer)


def _page(
    request: Request,
    member: Staff,
    editing: EditingServices,
    number: int,
    *,
    chosen: str | None = None,
    problem: str | None = None,
    status: int = 422,
    answer: str = "",
) -> Response:
    try:
        with reading() as session:
            proposal = proposal_with(session, number)
            values = _values(session, member, editing, proposal)
            changes = {each.unit: (each.base, each.text) for each in changes_of(session, proposal)}
            outdated = outdated_units(session, proposal, values["package"])
    except UnknownProposal:
        return render(request, member, "refused.html", status=404, problem=REFUSALS[UnknownProposal])
    return render(
        request,
        member,
        "package_proposal.html",
        status=status if problem else 200,
        problem=problem,
        units=shown_units(changes, values["package"], interface=member.interface, chosen=chosen),
        counts=counts_of(changes),
        outdated=outdated if proposal.state is ProposalState.OPEN else [],
        answer=answer,
        most_answer=MOST_ANSWER,
        **values,
    )


def _values(session: Session, member: Staff, editing: EditingServices, proposal: Proposal) -> dict[str, Any]:
    """What both the page and its part on the trial show."""
    number, package = published_package(session, served=editing.served)
    trial = last_trial(session, proposal)
    return {
        "proposal": proposal,
        "package": package,
        "trial": trial,
        "report": shown_report(trial, package, interface=member.interface) if trial else None,
        "step": step_of(trial) if trial else "",
        "is_under_way": trial is not None and trial.state in {TrialState.WAITING, TrialState.RUNNING},
        "is_on_what_stands": trial is not None and trial.base == number,
        "is_open": proposal.state is ProposalState.OPEN,
        "is_mine": proposal.proposed_by == member.id,
        "may_publish": member.role is Role.PUBLISHER and proposal.proposed_by != member.id,
        "names": staff_names(session, (proposal.proposed_by, proposal.decided_by)),
    }
