"""Nothing is published but what another person agreed to, tried on what stands; and nothing an editor made is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import select

from admin.editing.drafts import DraftIsOutdated, draft_of, drafts
from admin.editing.proposals import (
    NothingProposed,
    NotTried,
    NotYourProposal,
    OwnProposal,
    ProposalIsDecided,
    ProposalIsOutdated,
    UnknownProposal,
    WorseWithoutYes,
    ask_for_trial,
    proposal_with,
    proposals,
    propose,
    publish_proposal,
    refuse_proposal,
    withdraw_proposal,
)
from admin.editing.published import PublishedMeanwhile, current_number, published_package
from admin.editing.tables import PackageVersion, ProposalState, Trial, TrialState
from admin.tables import AuditEntry, Staff
from knowledge.pages import InvalidPackage, Package
from knowledge.served import ServedPackage
from tests.admin.editing.proposing import AR, EN, FR, NL, PHONE, draft, proposal_now, proposed, trial_of, tried
from wegwijs.storage import transaction


def published(served: ServedPackage, number: int, by: Staff, *, accepts_worse: bool = False) -> PackageVersion:
    with transaction() as session:
        _, package = published_package(session, served=served)
        return publish_proposal(
            session, number, by=by.id or 0, answer="good", accepts_worse=accepts_worse, package=package
        )


def standing(served: ServedPackage) -> Package:
    with transaction() as session:
        return published_package(session, served=served)[1]


def test_what_an_editor_proposes_another_publishes(served: ServedPackage, editor: Staff, publisher: Staff) -> None:
    number = proposed(served, NL, editor, title="De dokter in jouw centrum")
    tried(number)
    version = published(served, number, publisher)
    assert standing(served).page("health/doctor-in-centre", "nl").title == "De dokter in jouw centrum"
    proposal = proposal_now(number)
    assert (proposal.state, proposal.version, proposal.decided_by) == (ProposalState.PUBLISHED, 2, publisher.id)
    assert (version.published_by, version.proposed_by, version.why) == (publisher.id, editor.id, "it changed")
    with transaction() as session:
        assert [entry.action for entry in session.exec(select(AuditEntry)).all()][-2:] == ["proposed", "published"]


def test_nobody_publishes_what_they_proposed_themselves(served: ServedPackage, publisher: Staff) -> None:
    number = proposed(served, NL, publisher)
    tried(number)
    with pytest.raises(OwnProposal):
        published(served, number, publisher)
    assert proposal_now(number).state is ProposalState.OPEN


def test_nothing_is_proposed_without_a_draft(served: ServedPackage, editor: Staff) -> None:
    with transaction() as session, pytest.raises(NothingProposed):
        propose(session, [NL], why="no draft", by=editor.id or 0, package=served.package)


def test_a_draft_that_breaks_a_rule_stays_a_draft(served: ServedPackage, editor: Staff) -> None:
    draft(served, NL, editor, title="Bel 0800 32 745 nu")
    with pytest.raises(InvalidPackage) as refused, transaction() as session:
        propose(session, [NL], why="a number", by=editor.id or 0, package=served.package)
    assert [problem.path for problem in refused.value.problems] == [NL]
    with transaction() as session:
        assert [each.unit for each in drafts(session)] == [NL]
        assert proposals(session) == []


def test_only_what_is_chosen_is_proposed(served: ServedPackage, editor: Staff) -> None:
    draft(served, FR, editor, title="Le médecin")
    proposed(served, NL, editor)
    with transaction() as session:
        assert [each.unit for each in drafts(session)] == [FR]


def test_a_draft_of_what_was_published_meanwhile_is_not_proposed_as_if_nothing_happened(
    served: ServedPackage, editor: Staff, colleague: Staff, publisher: Staff
) -> None:
    number = proposed(served, NL, editor)
    draft(served, NL, colleague, title="Nog anders")
    tried(number)
    published(served, number, publisher)
    with transaction() as session, pytest.raises(DraftIsOutdated):
        propose(session, [NL], why="over it", by=colleague.id or 0, package=standing(served))


def test_a_second_proposal_on_a_page_is_outdated_when_the_first_is_published(
    served: ServedPackage, editor: Staff, colleague: Staff, publisher: Staff
) -> None:
    first = proposed(served, NL, editor)
    second = proposed(served, NL, colleague, title="Nog anders")
    tried(first)
    tried(second)
    published(served, first, publisher)
    with pytest.raises(ProposalIsOutdated) as refused:
        published(served, second, publisher)
    assert refused.value.units == [NL]


def test_two_facts_proposed_apart_are_both_published(
    served: ServedPackage, editor: Staff, colleague: Staff, publisher: Staff
) -> None:
    first = proposed(served, PHONE, editor, value="1733 1733")
    second = proposed(served, "facts.yaml#emergency.phone", colleague, value="113")
    for number in (first, second):
        with transaction() as session:
            ask_for_trial(session, proposal_with(session, number))
        tried(number)
        published(served, number, publisher)
    facts = standing(served).facts
    assert (facts["doctor-on-duty.phone"].text("nl"), facts["emergency.phone"].text("nl")) == ("1733 1733", "113")


def test_what_was_not_tried_is_not_published(served: ServedPackage, editor: Staff, publisher: Staff) -> None:
    number = proposed(served, NL, editor)
    with pytest.raises(NotTried):
        published(served, number, publisher)


def test_what_was_tried_on_an_earlier_version_is_not_published(
    served: ServedPackage, editor: Staff, publisher: Staff
) -> None:
    first, second = proposed(served, NL, editor), proposed(served, FR, editor)
    tried(first)
    tried(second)
    published(served, first, publisher)
    with pytest.raises(NotTried):
        published(served, second, publisher)
    with transaction() as session:
        again = ask_for_trial(session, proposal_with(session, second))
    assert (again.base, again.state) == (2, TrialState.WAITING)
    tried(second)
    assert published(served, second, publisher).number == 3


def test_what_gets_worse_needs_a_yes(served: ServedPackage, editor: Staff, publisher: Staff) -> None:
    number = proposed(served, NL, editor)
    tried(number, worsening=[{"figure": "R@1"}])
    with pytest.raises(WorseWithoutYes):
        published(served, number, publisher)
    assert published(served, number, publisher, accepts_worse=True).number == 2


def test_who_is_refused_has_their_drafts_back(served: ServedPackage, editor: Staff, publisher: Staff) -> None:
    number = proposed(served, NL, editor, title="Anders")
    with transaction() as session:
        refuse_proposal(session, number, by=publisher.id or 0, answer="say where")
    proposal = proposal_now(number)
    assert (proposal.state, proposal.answer) == (ProposalState.REFUSED, "say where")
    with transaction() as session:
        back = draft_of(session, NL)
    assert back is not None
    assert back.fields is not None
    assert (back.fields["title"], back.edited_by) == ("Anders", editor.id)


def test_a_draft_begun_since_is_not_overwritten_by_what_comes_back(served: ServedPackage, editor: Staff) -> None:
    number = proposed(served, NL, editor, title="Anders")
    draft(served, NL, editor, title="Later")
    with transaction() as session:
        withdraw_proposal(session, number, by=editor.id or 0)
        back = draft_of(session, NL)
    assert back is not None
    assert back.fields is not None
    assert back.fields["title"] == "Later"


def test_only_who_proposed_it_withdraws_it(served: ServedPackage, editor: Staff, colleague: Staff) -> None:
    number = proposed(served, NL, editor)
    with pytest.raises(NotYourProposal), transaction() as session:
        withdraw_proposal(session, number, by=colleague.id or 0)
    assert proposal_now(number).state is ProposalState.OPEN


@pytest.mark.parametrize("decide", ["publish", "refuse", "withdraw"])
def test_what_is_decided_is_not_decided_again(
    served: ServedPackage, editor: Staff, publisher: Staff, decide: str
) -> None:
    number = proposed(served, NL, editor)
    tried(number)
    published(served, number, publisher)

    def refuse() -> None:
        with transaction() as session:
            refuse_proposal(session, number, by=publisher.id or 0, answer="no")

    def withdraw() -> None:
        with transaction() as session:
            withdraw_proposal(session, number, by=editor.id or 0)

    def publish() -> None:
        published(served, number, publisher)

    with pytest.raises(ProposalIsDecided):
        {"publish": publish, "refuse": refuse, "withdraw": withdraw}[decide]()


def test_a_proposal_that_is_not_there_is_unknown(served: ServedPackage, publisher: Staff) -> None:
    with transaction() as session, pytest.raises(UnknownProposal):
        refuse_proposal(session, 99, by=publisher.id or 0, answer="no")


def test_a_trial_is_asked_for_once_and_again_when_it_ended(served: ServedPackage, editor: Staff) -> None:
    number = proposed(served, EN, editor)
    with transaction() as session:
        assert ask_for_trial(session, proposal_with(session, number)).id == trial_of(number).id
        assert len(session.exec(select(Trial)).all()) == 1
    tried(number)
    with transaction() as session:
        ask_for_trial(session, proposal_with(session, number))
        assert len(session.exec(select(Trial)).all()) == 2


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each of these gives or raises, begun at the same moment."""
    start = Barrier(len(works))

    def begun(work: Callable[[], object]) -> object:
        start.wait()
        try:
            return work()
        except (ProposalIsDecided, NotTried, PublishedMeanwhile) as error:
            return type(error)

    with ThreadPoolExecutor(len(works)) as people:
        return [each.result() for each in [people.submit(begun, work) for work in works]]


def test_of_two_publishers_at_once_one_publishes_a_proposal(
    served: ServedPackage, editor: Staff, publisher: Staff
) -> None:
    number = proposed(served, NL, editor)
    tried(number)
    with transaction() as session:
        other = Staff(login="paul", name="Paul", role=publisher.role)
        session.add(other)
    done = at_once(lambda: published(served, number, publisher), lambda: published(served, number, other))
    assert len([each for each in done if isinstance(each, PackageVersion)]) == 1
    with transaction() as session:
        assert current_number(session) == 2


def test_of_two_proposals_published_at_once_none_undoes_the_other(
    served: ServedPackage, editor: Staff, publisher: Staff
) -> None:
    numbers = [proposed(served, NL, editor, title="Anders"), proposed(served, FR, editor, title="Autrement")]
    for number in numbers:
        tried(number)
    done = at_once(*(lambda number=number: published(served, number, publisher) for number in numbers))
    assert len([each for each in done if isinstance(each, PackageVersion)]) == 1
    with transaction() as session:
        assert current_number(session) == 2
    titles = [standing(served).page("health/doctor-in-centre", code).title for code in ("nl", "fr")]
    assert len({"Anders", "Autrement"} & set(titles)) == 1


def test_who_withdraws_while_another_publishes_gets_one_or_the_other(
    served: ServedPackage, editor: Staff, publisher: Staff
) -> None:
    number = proposed(served, NL, editor)
    tried(number)

    def withdrawn() -> None:
        with transaction() as session:
            withdraw_proposal(session, number, by=editor.id or 0)

    at_once(lambda: published(served, number, publisher), withdrawn)
    state = proposal_now(number).state
    with transaction() as session:
        assert (current_number(session), draft_of(session, NL) is not None) == (
            (2, False) if state is ProposalState.PUBLISHED else (1, True)
        )


def test_nobody_approves_a_language_they_do_not_speak(served: ServedPackage, editor: Staff) -> None:
    assert draft(served, NL, editor, status="approved").fields["status"] == "approved"  # type: ignore[index]
    assert draft(served, AR, editor, status="approved").fields["status"] == "reviewed"  # type: ignore[index]
