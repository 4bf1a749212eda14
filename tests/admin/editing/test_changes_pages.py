"""The pages of changes, proposals and versions, as forms without a script: what each says, and what each refuses."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from admin.editing.drafts import drafts
from admin.editing.proposals import proposals
from admin.editing.published import current_number
from admin.editing.tables import ProposalState, Trial, TrialError, TrialState
from admin.tables import Role, Staff
from admin.texts import INTERFACES, text, texts
from admin.web.editing import proposals as proposals_room
from admin.web.editing import versions as versions_room
from admin.web.editing.trial_shown import FIGURES, STEPS
from knowledge.evaluation.figures import Figures, Share
from knowledge.pages import Problem
from knowledge.served import ServedPackage
from knowledge.trial.report import ALL, Asked, Confusable, Heard, Move, TrialReport, Verdict, Worsening
from knowledge.understanding import Outcome
from tests.admin.editing.proposing import ADDRESS, AR, EN, FR, NL, draft, proposal_now, proposed, trial_of, tried
from tests.admin.people import as_member, make_staff, send
from wegwijs.storage import transaction

CHANGES, PROPOSALS, VERSIONS = "/desk/package/changes", "/desk/package/proposals", "/desk/package/versions"
TOPIC = "health/doctor-in-centre"


class Room:
    """The room, with who is in it; `woken` counts how often the runner of trials was."""

    def __init__(self, browser: httpx.AsyncClient, served: ServedPackage) -> None:
        self.browser = browser
        self.served = served
        self.woken = 0
        self.eva = make_staff(Role.EDITOR, name="Eva")
        self.pia = make_staff(Role.PUBLISHER, name="Pia")

    def wake(self) -> None:
        """Count."""
        self.woken += 1

    async def see(self, person: Staff, path: str) -> str:
        """What this person sees there."""
        as_member(self.browser, person)
        answer = await self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(self, person: Staff, path: str, **form: str | list[str]) -> httpx.Response:
        """Send a form as this person."""
        as_member(self.browser, person)
        return await send(self.browser, path, **form)


@pytest.fixture
def room(app: FastAPI, browser: httpx.AsyncClient, served: ServedPackage) -> Room:
    """The room with two topics published."""
    made = Room(browser, served)
    app.state.editing = replace(app.state.editing, served=served, tried=made.wake)
    return made


def say(key: str, **values: str | int) -> str:
    return text(key, "en", **values).replace("'", "&#39;")


def figures(right: int) -> Figures:
    """The figures of a hundred messages of which so many came to the right topic."""
    whole = {
        name: Share(part=50, whole=100) for name, field in Figures.model_fields.items() if field.annotation is Share
    }
    return Figures(
        messages=100,
        **{**whole, "first": Share(part=right, whole=100)},
        calibration_error=None,
        milliseconds_p50=1,
        milliseconds_p95=1,
    )


def report(*, worse: bool = False) -> dict[str, object]:
    """A report with something of everything."""
    return TrialReport(
        models_before="a",
        models_after="b",
        problems=(Problem(path=NL, line=1, message="unknown fact a.b"),),
        asked=Asked(questions=600, questions_run=40, held_out=100, retired=0),
        moves=(
            Move(
                text="وين الدكتور <script>",
                language="ar",
                kind="information",
                topics=(TOPIC,),
                held_out=True,
                before=Heard(outcome=Outcome.ANSWER, topics=(TOPIC,)),
                after=Heard(outcome=Outcome.UNKNOWN),
                verdict=Verdict.WORSE,
            ),
        ),
        before={ALL: figures(80), "ar": figures(70)},
        after={ALL: figures(75), "ar": figures(70)},
        confusable=(
            Confusable(
                asked=TOPIC,
                taken_for="health/care-outside-reception",
                before=1,
                after=4,
                examples=("waar is de dokter",),
            ),
        ),
        worsening=(Worsening(figure="R@1", language=ALL, before=80, after=75, limit=0.5),) if worse else (),
        seconds={"checking": 0.5},
    ).model_dump(mode="json")


async def test_every_draft_is_shown_with_its_difference_mine_first(room: Room) -> None:
    draft(room.served, FR, room.pia, title="Le médecin du centre d'accueil")
    draft(room.served, AR, room.eva, title="طبيب المركز الجديد")
    page = await room.see(room.eva, CHANGES)
    assert page.index("العربية") < page.index("Français")
    assert '<p class="difference" dir="rtl" lang="ar">' in page
    assert "الجديد</ins>" in page
    assert f'value="{AR}" checked' in page
    assert f'value="{FR}" checked' not in page, "what a colleague is still at is not proposed unasked"
    assert f'href="/desk/package/pages/{TOPIC}/ar"' in page


async def test_a_changed_fact_shows_every_page_it_touches_before_it_is_proposed(room: Room) -> None:
    draft(room.served, ADDRESS, room.eva, value="Nieuwstraat 1, 1000 Brussel")
    page = await room.see(room.eva, CHANGES)
    assert say("changes.reach", pages=14, languages=14) in page
    assert page.count('href="/desk/package/pages/health/care-outside-reception/') == 14


async def test_a_change_of_the_source_tells_which_translations_fall_behind(room: Room) -> None:
    draft(room.served, EN, room.eva, title="The doctor of your centre")
    assert say("changes.behind", number=13) in await room.see(room.eva, CHANGES)


async def test_what_is_chosen_is_proposed_and_its_trial_begins(room: Room) -> None:
    draft(room.served, NL, room.eva, title="Anders")
    draft(room.served, FR, room.eva, title="Autrement")
    answer = await room.send(room.eva, CHANGES, unit=[NL], why=" the name changed ")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PROPOSALS}/1")
    assert (proposal_now(1).why, trial_of(1).state, room.woken) == ("the name changed", TrialState.WAITING, 1)
    with transaction() as session:
        assert [each.unit for each in drafts(session)] == [FR]


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"unit": [NL], "why": "  "}, "changes.why_missing"),
        ({"unit": [NL], "why": "x" * 1001}, "changes.why_too_long"),
        ({"why": "because"}, "changes.nothing_chosen"),
        ({"unit": [FR], "why": "because"}, "changes.nothing_chosen"),
        ({"unit": [NL], "why": "because"}, "changes.some_invalid"),
    ],
)
async def test_what_cannot_be_proposed_is_refused_in_words_and_stays(
    room: Room, form: dict[str, str | list[str]], problem: str
) -> None:
    draft(room.served, NL, room.eva, title="Bel 0800 32 745")
    answer = await room.send(room.eva, CHANGES, **form)
    assert answer.status_code == 422
    assert say(problem) in answer.text
    assert str(form["why"]) in answer.text
    assert ("unit" in form and NL in form["unit"]) == (f'value="{NL}" checked' in answer.text)
    with transaction() as session:
        assert len(drafts(session)) == 1
        assert proposals(session) == []


async def test_what_blocks_and_what_is_only_not_there_yet_are_told_apart(room: Room) -> None:
    draft(room.served, NL, room.eva, title="Bel 0800 32 745", questions=["waar is de dokter"])
    page = await room.see(room.eva, CHANGES)
    assert page.count('<li class="blocks">') == 1
    assert page.count('<li class="lacks">') == 1
    assert f'value="{NL}" checked' not in page


async def test_a_draft_of_what_was_published_meanwhile_says_so(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    draft(room.served, NL, room.eva, title="Nog anders")
    tried(number, **report())
    await room.send(room.pia, f"{PROPOSALS}/{number}/publish")
    assert say("changes.is_outdated") in await room.see(room.eva, CHANGES)
    refused = await room.send(room.eva, CHANGES, unit=[NL], why="over it")
    assert say("changes.some_outdated") in refused.text


async def test_a_trial_under_way_shows_its_step_and_can_be_followed_without_a_script(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    assert say("trial.waits") in await room.see(room.pia, f"{PROPOSALS}/{number}")
    with transaction() as session:
        trial = session.get_one(Trial, trial_of(number).id)
        trial.state, trial.step, trial.done, trial.total = TrialState.RUNNING, "asking the package's questions", 30, 40
        session.add(trial)
    page = await room.see(room.pia, f"{PROPOSALS}/{number}")
    assert say("trial.step.questions") in page
    assert '<progress max="40" value="30"' in page
    assert f'<noscript><p><a href="{PROPOSALS}/{number}">' in page
    part = await room.see(room.pia, f"{PROPOSALS}/{number}/trial")
    assert "<html" not in part
    assert part.strip() in page


async def test_the_report_says_what_moves_in_words_and_nothing_of_it_is_markup(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    tried(number, **report(worse=True))
    page = await room.see(room.pia, f"{PROPOSALS}/{number}")
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    for said in (
        say("trial.moves_one"),
        say("trial.verdict.worse", number=1),
        say("trial.figure.first"),
        "80.0 %",
        "75.0 %",
        say("trial.taken_for", before=1, after=4),
        say("trial.outcome.unknown"),
        text("problem.unknown_fact", "en", fact="a.b"),
    ):
        assert said in page


async def test_a_worsening_needs_the_publishers_tick(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    tried(number, **report(worse=True))
    assert 'name="accepts_worse"' in await room.see(room.pia, f"{PROPOSALS}/{number}")
    refused = await room.send(room.pia, f"{PROPOSALS}/{number}/publish")
    assert (refused.status_code, say("proposals.worse_without_yes") in refused.text) == (409, True)
    done = await room.send(room.pia, f"{PROPOSALS}/{number}/publish", accepts_worse="true", answer="seen")
    assert (done.status_code, proposal_now(number).state) == (303, ProposalState.PUBLISHED)
    page = await room.see(room.eva, f"{PROPOSALS}/{number}")
    assert "seen" in page
    assert f"{VERSIONS}/2" in page


async def test_who_may_not_publish_is_told_why(room: Room) -> None:
    number = proposed(room.served, NL, room.pia)
    tried(number, **report())
    assert say("proposals.own") in await room.see(room.pia, f"{PROPOSALS}/{number}")
    assert say("proposals.only_publishers") in await room.see(room.eva, f"{PROPOSALS}/{number}")
    own = await room.send(room.pia, f"{PROPOSALS}/{number}/publish")
    assert (own.status_code, say("proposals.own") in own.text) == (409, True)
    assert (await room.send(room.eva, f"{PROPOSALS}/{number}/publish")).status_code == 403
    assert (await room.send(room.eva, f"{PROPOSALS}/{number}/refuse", answer="no")).status_code == 403
    assert (await room.send(room.eva, f"{PROPOSALS}/{number}/withdraw")).status_code == 409
    assert proposal_now(number).state is ProposalState.OPEN


async def test_what_was_not_tried_on_what_stands_can_be_tried_again(room: Room) -> None:
    first, second = proposed(room.served, NL, room.eva), proposed(room.served, FR, room.eva)
    tried(first, **report())
    tried(second, **report())
    await room.send(room.pia, f"{PROPOSALS}/{first}/publish")
    assert say("trial.on_older") in await room.see(room.pia, f"{PROPOSALS}/{second}")
    refused = await room.send(room.pia, f"{PROPOSALS}/{second}/publish")
    assert (refused.status_code, say("proposals.not_tried") in refused.text) == (409, True)
    again = await room.send(room.eva, f"{PROPOSALS}/{second}/trial")
    assert (again.status_code, trial_of(second).base, trial_of(second).state) == (303, 2, TrialState.WAITING)
    assert room.woken == 1
    decided = await room.send(room.eva, f"{PROPOSALS}/{first}/trial")
    assert (decided.status_code, say("proposals.is_decided") in decided.text) == (409, True)


async def test_an_outdated_proposal_says_of_what(room: Room) -> None:
    first, second = proposed(room.served, NL, room.eva), proposed(room.served, NL, room.eva, title="Nog anders")
    for number in (first, second):
        tried(number, **report())
    await room.send(room.pia, f"{PROPOSALS}/{first}/publish")
    assert say("proposals.outdated") in await room.see(room.pia, f"{PROPOSALS}/{second}")
    assert (await room.send(room.pia, f"{PROPOSALS}/{second}/publish")).status_code == 409


async def test_a_refusal_needs_a_reason_and_the_editor_reads_it(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    silent = await room.send(room.pia, f"{PROPOSALS}/{number}/refuse", answer=" ")
    assert (silent.status_code, say("proposals.answer_missing") in silent.text) == (422, True)
    long = await room.send(room.pia, f"{PROPOSALS}/{number}/refuse", answer="x" * 1001)
    assert (long.status_code, "x" * 1001 in long.text) == (422, True)
    assert (await room.send(room.pia, f"{PROPOSALS}/{number}/refuse", answer="say where")).status_code == 303
    assert "say where" in await room.see(room.eva, f"{PROPOSALS}/{number}")
    assert "Anders" in await room.see(room.eva, CHANGES)


async def test_who_proposed_it_takes_it_back(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    assert (await room.send(room.eva, f"{PROPOSALS}/{number}/withdraw")).status_code == 303
    assert proposal_now(number).state is ProposalState.WITHDRAWN
    assert say("proposals.state.withdrawn") in await room.see(room.eva, PROPOSALS)


async def test_what_is_not_there_is_said_kindly(room: Room) -> None:
    as_member(room.browser, room.pia)
    for path in (f"{PROPOSALS}/9", f"{PROPOSALS}/9/trial", f"{VERSIONS}/9", f"{VERSIONS}/9/return"):
        answer = await room.browser.get(path)
        assert (answer.status_code, 'role="alert"' in answer.text) == (404, True), path
    assert (await room.send(room.pia, f"{PROPOSALS}/9/refuse", answer="no")).status_code == 404


async def test_a_report_of_another_version_of_the_program_does_no_harm(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    tried(number, of="long ago")
    assert say("trial.unreadable") in await room.see(room.pia, f"{PROPOSALS}/{number}")


async def test_the_history_tells_who_when_why_and_what(room: Room) -> None:
    number = proposed(room.served, ADDRESS, room.eva, value="Nieuwstraat 1, 1000 Brussel")
    tried(number, **report())
    await room.send(room.pia, f"{PROPOSALS}/{number}/publish")
    page = await room.see(room.eva, VERSIONS)
    assert all(said in page for said in ("it changed", "Pia", "Eva", say("versions.files_one"), say("versions.stands")))
    version = await room.see(room.eva, f"{VERSIONS}/2")
    assert "Nieuwstraat 1</ins>" in version
    assert say("changes.reach", pages=14, languages=14) in version
    first = await room.see(room.eva, f"{VERSIONS}/1")
    assert first.count('class="difference"') < 40, "of very many changes only names are shown"
    one = await room.see(room.eva, f"{VERSIONS}/1?unit={AR}")
    assert '<p class="difference" dir="rtl" lang="ar">' in one


async def test_a_publisher_returns_to_an_earlier_version_after_a_second_thought(room: Room) -> None:
    number = proposed(room.served, NL, room.eva)
    tried(number, **report())
    await room.send(room.pia, f"{PROPOSALS}/{number}/publish")
    asked = await room.see(room.pia, f"{VERSIONS}/1/return")
    assert say("changes.pages_one") in asked
    no_reason = await room.send(room.pia, f"{VERSIONS}/1/return")
    assert (no_reason.status_code, say("changes.why_missing") in no_reason.text) == (422, True)
    done = await room.send(room.pia, f"{VERSIONS}/1/return", why="it was wrong")
    assert (done.status_code, done.headers["location"]) == (303, f"{VERSIONS}/3")
    assert say("versions.returned_to", number=1) in await room.see(room.eva, VERSIONS)
    again = await room.send(room.pia, f"{VERSIONS}/3/return", why="again")
    assert (again.status_code, say("versions.stands_already") in again.text) == (409, True)
    assert (await room.send(room.eva, f"{VERSIONS}/1/return", why="me too")).status_code == 403
    with transaction() as session:
        assert current_number(session) == 3


def test_everything_that_can_be_said_of_a_change_or_trial_has_its_words() -> None:
    keys = {
        *(f"trial.error.{error}" for error in TrialError),
        *(f"trial.state.{state}" for state in TrialState),
        *(f"trial.step.{step}" for step in {*STEPS.values(), "beginning"}),
        *(f"trial.figure.{name}" for name in FIGURES),
        *(f"trial.outcome.{outcome}" for outcome in Outcome),
        *(f"trial.verdict.{verdict}" for verdict in Verdict),
        *(f"proposals.state.{state}" for state in ProposalState),
        *(f"proposals.decided.{state}" for state in ProposalState if state is not ProposalState.OPEN),
        *proposals_room.REFUSALS.values(),
        *versions_room.REFUSALS.values(),
    }
    assert keys <= texts().keys()
    assert len(INTERFACES) == 3


def test_every_field_of_every_form_has_a_name() -> None:
    from admin.editing.forms import FactFields, PageFields, TextFields, TopicFields  # noqa: PLC0415

    forms = (PageFields, TextFields, TopicFields, FactFields)
    names = {name for form in forms for name in form.model_fields}
    assert {f"changes.field.{name}" for name in names} <= texts().keys()
