"""Changes and proposals as editors make them, for tests."""

from typing import Any

from admin.editing.drafts import draft_of, fields_now, save_draft
from admin.editing.proposals import ask_for_trial, last_trial, proposal_with, propose
from admin.editing.published import published_package
from admin.editing.tables import Draft, Proposal, Trial, TrialState
from admin.tables import Staff
from knowledge.served import ServedPackage
from wegwijs.storage import transaction

NL = "health/doctor-in-centre/nl.md"
FR = "health/doctor-in-centre/fr.md"
AR = "health/doctor-in-centre/ar.md"
EN = "health/doctor-in-centre/en.md"
ADDRESS = "facts.yaml#medical-costs.address"
PHONE = "facts.yaml#doctor-on-duty.phone"


def draft(served: ServedPackage, unit: str, by: Staff, **changed: Any) -> Draft:
    """The draft of a unit in which these fields say something else."""
    with transaction() as session:
        _, package = published_package(session, served=served)
        before = draft_of(session, unit)
        fields = fields_now(unit, draft=before, sources=package.sources)
        assert fields is not None
        revision = before.revision if before else 0
        saved = save_draft(session, unit, fields | changed, revision=revision, by=by.id or 0, sources=package.sources)
    assert saved is not None
    return saved


def proposed(served: ServedPackage, unit: str, by: Staff, **changed: Any) -> int:
    """The number of a proposal with such a draft."""
    draft(served, unit, by, **(changed or {"title": "Anders"}))
    with transaction() as session:
        _, package = published_package(session, served=served)
        proposal = propose(session, [unit], why="it changed", by=by.id or 0, package=package)
        ask_for_trial(session, proposal)
    return proposal.id or 0


def tried(number: int, **report: Any) -> None:
    """The trial of this proposal is done, and found this."""
    with transaction() as session:
        trial = session.get_one(Trial, trial_of(number).id)
        trial.state, trial.report = TrialState.DONE, {"worsening": [], **report}
        session.add(trial)


def trial_of(number: int) -> Trial:
    """Its last trial."""
    with transaction() as session:
        trial = last_trial(session, proposal_with(session, number))
    assert trial is not None
    return trial


def proposal_now(number: int) -> Proposal:
    """The proposal as the database has it."""
    with transaction() as session:
        return proposal_with(session, number)
