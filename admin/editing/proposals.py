"""Proposals: an editor puts drafts together and says why; another person publishes them, once they were tried."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, desc, select

from admin.audit import note_access
from admin.editing.drafts import DraftIsOutdated, is_outdated, with_drafts
from admin.editing.published import Publishing, current_number, lock_versions, publish
from admin.editing.rules import broken_rules
from admin.editing.tables import (
    Draft,
    PackageVersion,
    Proposal,
    ProposalState,
    ProposedChange,
    Trial,
    TrialState,
)
from admin.editing.units import text_of, with_units
from knowledge.pages import InvalidPackage, Package, read_package
from wegwijs.storage import now, take_write_lock


class NothingProposed(ValueError):
    """No draft among those that were named."""


class UnknownProposal(LookupError):
    """No proposal with this number."""


class ProposalIsDecided(RuntimeError):
    """It was published, refused or withdrawn already."""


class OwnProposal(PermissionError):
    """Nobody publishes what they proposed themselves."""


class NotYourProposal(PermissionError):
    """Only who proposed it withdraws it."""


class ProposalIsOutdated(RuntimeError):
    """Another text was published of what it changes; `units` names it."""

    def __init__(self, units: list[str]) -> None:
        super().__init__(", ".join(units))
        self.units = units


class NotTried(RuntimeError):
    """It was not tried on the version that stands."""


class WorseWithoutYes(RuntimeError):
    """The trial says that something gets worse, and the publisher did not say yes to that."""


def propose(session: Session, units: Sequence[str], *, why: str, by: int, package: Package) -> Proposal:
    """Put these drafts together for a publisher; they are drafts no more.

    Raises:
        NothingProposed: none of them is a draft.
        DraftIsOutdated: another text was published since one was begun.
        InvalidPackage: one is not whole, or breaks a rule; the problems say where. Nothing is lost.
    """
    chosen = [draft for draft in (session.get(Draft, unit) for unit in dict.fromkeys(units)) if draft is not None]
    if not chosen:
        raise NothingProposed
    outdated = [draft.unit for draft in chosen if is_outdated(draft, package.sources)]
    if outdated:
        raise DraftIsOutdated(outdated)
    changed, problems = with_drafts(package, chosen)
    problems += broken_rules(changed, before=package)
    if problems:
        raise InvalidPackage(problems)
    proposal = Proposal(why=why, proposed_by=by)
    session.add(proposal)
    session.flush()
    number = proposal.id or 0
    for draft in chosen:
        text = text_of(changed.sources, draft.unit)
        session.add(
            ProposedChange(proposal_id=number, unit=draft.unit, text=text, base=draft.base, fields=draft.fields)
        )
        session.delete(draft)
    note_access(session, staff_id=by, action="proposed", proposal=number, units=len(chosen))
    session.flush()
    return proposal


def proposals(session: Session, *, state: ProposalState | None = None, most: int = 100) -> list[Proposal]:
    """Proposals, the newest first."""
    query = select(Proposal).order_by(desc(col(Proposal.id))).limit(most)
    return list(session.exec(query if state is None else query.where(Proposal.state == state)).all())


def proposal_with(session: Session, number: int) -> Proposal:
    """The proposal with this number.

    Raises:
        UnknownProposal: there is none.
    """
    found = session.get(Proposal, number)
    if found is None:
        raise UnknownProposal(number)
    return found


def changes_of(session: Session, proposal: Proposal) -> list[ProposedChange]:
    """What a proposal changes, by unit."""
    query = select(ProposedChange).where(ProposedChange.proposal_id == proposal.id).order_by(col(ProposedChange.unit))
    return list(session.exec(query).all())


def outdated_units(session: Session, proposal: Proposal, package: Package) -> list[str]:
    """The units of a proposal of which another text was published since."""
    changes = changes_of(session, proposal)
    return [change.unit for change in changes if change.base != text_of(package.sources, change.unit)]


def proposed_package(session: Session, proposal: Proposal, package: Package) -> Package:
    """The package as it would be with this proposal.

    Raises:
        ProposalIsOutdated: another text was published of what it changes.
        InvalidPackage: with what was published meanwhile it cannot be read.
    """
    outdated = outdated_units(session, proposal, package)
    if outdated:
        raise ProposalIsOutdated(outdated)
    texts = {change.unit: change.text for change in changes_of(session, proposal)}
    return read_package(with_units(package.sources, texts), like=package)


def last_trial(session: Session, proposal: Proposal) -> Trial | None:
    """The last trial of a proposal."""
    query = select(Trial).where(Trial.proposal_id == proposal.id).order_by(desc(col(Trial.id))).limit(1)
    return session.exec(query).first()


def ask_for_trial(session: Session, proposal: Proposal) -> Trial:
    """Have a proposal tried on the version that stands; the trial that is asked for already, when there is one."""
    number, last = current_number(session) or 0, last_trial(session, proposal)
    if last is not None and last.base == number and last.state in {TrialState.WAITING, TrialState.RUNNING}:
        return last
    trial = Trial(proposal_id=proposal.id or 0, base=number)
    session.add(trial)
    session.flush()
    return trial


def publish_proposal(
    session: Session, number: int, *, by: int, answer: str, accepts_worse: bool, package: Package
) -> PackageVersion:
    """Make the package with this proposal the version that stands; `package` is the one that does now.

    Raises:
        UnknownProposal, ProposalIsDecided, OwnProposal, ProposalIsOutdated, NotTried, WorseWithoutYes.
        InvalidPackage: it breaks a rule.
        PublishedMeanwhile: another stands by now.
    """
    lock_versions(session)
    proposal = _open_proposal(session, number)
    if proposal.proposed_by == by:
        raise OwnProposal
    changed = proposed_package(session, proposal, package)
    report = _report_on_what_stands(session, proposal)
    if broken := broken_rules(changed, before=package):
        raise InvalidPackage(broken)
    if report.get("worsening") and not accepts_worse:
        raise WorseWithoutYes
    publishing = Publishing(why=proposal.why, by=by, proposed_by=proposal.proposed_by)
    version = publish(session, changed, publishing, onto=package)
    _decide(proposal, ProposalState.PUBLISHED, by=by, answer=answer)
    proposal.version = version.number
    session.add(proposal)
    return version


def _report_on_what_stands(session: Session, proposal: Proposal) -> dict[str, Any]:
    trial = last_trial(session, proposal)
    if trial is None or trial.report is None or trial.base != current_number(session):
        raise NotTried
    return trial.report


def refuse_proposal(session: Session, number: int, *, by: int, answer: str) -> None:
    """Do not publish it, and say why; its drafts are given back to be worked on.

    Raises:
        UnknownProposal, ProposalIsDecided.
    """
    proposal = _open_proposal(session, number)
    _give_back(session, proposal)
    _decide(proposal, ProposalState.REFUSED, by=by, answer=answer)
    session.add(proposal)
    note_access(session, staff_id=by, action="refused_proposal", proposal=number)


def withdraw_proposal(session: Session, number: int, *, by: int) -> None:
    """Take it back, to work on its drafts again.

    Raises:
        UnknownProposal, ProposalIsDecided, NotYourProposal.
    """
    proposal = _open_proposal(session, number)
    if proposal.proposed_by != by:
        raise NotYourProposal
    _give_back(session, proposal)
    _decide(proposal, ProposalState.WITHDRAWN, by=by, answer="")
    session.add(proposal)
    note_access(session, staff_id=by, action="withdrew_proposal", proposal=number)


def _open_proposal(session: Session, number: int) -> Proposal:
    take_write_lock(session)
    query = select(Proposal).where(Proposal.id == number).with_for_update()
    proposal = session.exec(query).one_or_none()
    if proposal is None:
        raise UnknownProposal(number)
    if proposal.state is not ProposalState.OPEN:
        raise ProposalIsDecided(proposal.state)
    return proposal


def _give_back(session: Session, proposal: Proposal) -> None:
    """Make drafts again of what was proposed; a draft begun since stays, being the later one."""
    for change in changes_of(session, proposal):
        if session.get(Draft, change.unit) is None:
            session.add(Draft(unit=change.unit, fields=change.fields, base=change.base, edited_by=proposal.proposed_by))


def _decide(proposal: Proposal, state: ProposalState, *, by: int, answer: str) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.answer = state, by, now(), answer
