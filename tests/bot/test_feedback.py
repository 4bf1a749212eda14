"""The taps under an answer: thanked for, counted once, and never in the way of a form or of people."""

import pytest

from bot import dialogue_without_rasa
from bot.conversations import Conversation, NotUnderstood, State
from bot.feedback import Feedback, Mark, Question, feedback_of
from bot.replies import Renderer, Reply
from bot.turn import Incoming, TurnResult, TurnTaker
from knowledge.pages import Package
from knowledge.understanding import Candidate, LanguageFound, Outcome, Understanding
from tests.bot.test_turn import Away
from translations.interface import string
from translations.languages import languages
from wegwijs.storage import now

WORK, PAPERS, SCHOOL = "future/right-to-work", "procedure/lost-papers", "future/school"
ASKED = Question(id=7, text="may my daughter learn")


class Ranks:
    """Understanding that takes every text for the same few topics."""

    def __init__(self, outcome: Outcome = Outcome.ANSWER, detail: str | None = None, **probabilities: float) -> None:
        named = {"work": WORK, "papers": PAPERS, "school": SCHOOL}
        self.asked: list[str] = []
        self.understood = Understanding(
            language="en",
            language_found=LanguageFound.KNOWN,
            outcome=outcome,
            detail=detail,
            topics=tuple(Candidate(topic=named[name], probability=each) for name, each in probabilities.items()),
            confidence=1.0,
        )

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:  # noqa: ARG002
        self.asked.append(text)
        return self.understood


def taker(understanding: Ranks) -> TurnTaker:
    return TurnTaker(understanding=understanding, dialogue=Away(), topics=frozenset({WORK, PAPERS, SCHOOL}))


def conversation(**fields: object) -> Conversation:
    given = {"id": "c", "channel": "web", "token_hash": "h", "language": "ps", "noticed": True, **fields}
    return Conversation(**given)  # type: ignore[arg-type]


def tap(button: str, question: Question | None = ASKED) -> Incoming:
    return Incoming(id=9, text=None, button=button, moment=now(), question=question)


def said(result: TurnResult) -> list[str]:
    return [reply.key for reply in result.replies]


@pytest.mark.parametrize("button", [None, "helped:yes", "not_meant", "not_meant:", "not_meant:no/such", "more:" + WORK])
def test_only_our_own_buttons_about_topics_that_there_are_say_something_of_an_answer(button: str | None) -> None:
    assert feedback_of(button, topics={WORK}) is None


async def test_that_it_helped_is_thanked_for_and_counted_without_understanding_anything() -> None:
    understanding = Ranks()
    result = await taker(understanding).take(conversation(), tap(f"helped_page:{WORK}"))
    assert (said(result), result.language, result.changes) == (["helped_thanks"], "ps", {})
    assert (result.feedback, result.mark) == (Feedback(topic=WORK, helped=True), None)
    assert understanding.asked == []


async def test_who_was_answered_past_their_question_is_offered_what_else_it_may_have_been() -> None:
    result = await taker(Ranks(work=0.9, school=0.06, papers=0.004)).take(conversation(), tap(f"not_meant:{WORK}"))
    assert (said(result), result.choices) == (["not_meant"], (SCHOOL,))
    assert result.mark == Mark(message_id=7, why=NotUnderstood.NOT_MEANT, topic=WORK)
    assert result.feedback == Feedback(topic=WORK, helped=False)


async def test_of_a_question_that_is_not_known_any_more_nothing_is_marked_or_counted() -> None:
    result = await taker(Ranks()).take(conversation(), tap(f"not_meant:{WORK}", question=None))
    assert (said(result), result.choices, result.mark, result.feedback) == (["not_meant"], (), None, None)


async def test_a_second_tap_is_answered_but_not_counted_again() -> None:
    again = Question(id=7, text="x", is_rated=True)
    result = await taker(Ranks(work=0.9)).take(conversation(), tap(f"helped_page:{WORK}", question=again))
    assert (said(result), result.feedback) == (["helped_thanks"], None)


@pytest.mark.parametrize("question", ["ask_consent", "ask_town", dialogue_without_rasa.marked("ask_delete")])
@pytest.mark.parametrize("kind", ["helped_page", "not_meant"])
async def test_in_a_form_a_tap_changes_nothing_and_asks_nothing(kind: str, question: str) -> None:
    result = await taker(Ranks()).take(conversation(open_question=question), tap(f"{kind}:{WORK}"))
    assert (said(result), result.changes) == (["helped_thanks"], {})


@pytest.mark.parametrize("state", [State.WAITING, State.HELD])
@pytest.mark.parametrize("kind", ["helped_page", "not_meant"])
async def test_while_people_are_waited_for_or_talk_a_tap_only_counts(kind: str, state: State) -> None:
    result = await taker(Ranks()).take(conversation(state=state), tap(f"{kind}:{WORK}"))
    assert (result.replies, result.changes) == ((), {})
    assert result.feedback == Feedback(topic=WORK, helped=kind == "helped_page")


async def test_something_else_marks_the_question_that_the_choices_were_for() -> None:
    result = await taker(Ranks()).take(conversation(), tap("something_else"))
    assert result.mark == Mark(message_id=7, why=NotUnderstood.NO_CHOICE)
    assert said(result) == ["menu"]


def written(text: str = "?") -> Incoming:
    return Incoming(id=9, text=text, button=None, moment=now())


@pytest.mark.parametrize("detail", [None, "off_topic"])
async def test_what_no_page_answers_is_marked(detail: str | None) -> None:
    result = await taker(Ranks(Outcome.UNKNOWN, detail)).take(conversation(), written())
    assert result.mark == Mark(message_id=9, why=NotUnderstood.UNKNOWN)


@pytest.mark.parametrize(
    ("outcome", "detail"),
    [(Outcome.ANSWER, None), (Outcome.CHOICES, None), (Outcome.SMALLTALK, "thanks"), (Outcome.DANGER, "suicide")],
)
async def test_what_is_answered_small_talk_or_a_cry_for_help_is_not(outcome: Outcome, detail: str | None) -> None:
    result = await taker(Ranks(outcome, detail, work=0.9)).take(conversation(), written())
    assert result.mark is None


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.WAITING},
        {"state": State.HELD},
        {"open_question": "ask_town"},
        {"open_question": dialogue_without_rasa.marked("ask_consent")},
    ],
)
async def test_what_is_written_to_people_or_to_a_form_is_not_for_the_editors(fields: dict[str, object]) -> None:
    result = await taker(Ranks(Outcome.UNKNOWN)).take(conversation(**fields), written(), patient=False)
    assert result.mark is None


@pytest.mark.parametrize("code", list(languages()))
def test_under_an_answer_three_short_buttons_fit_every_messenger(package: Package, code: str) -> None:
    answer = Reply("answer", {"topic": "future/school", "may_be_rated": "yes"})
    rendered = Renderer(package=package).render(answer, language=code, moment=now())
    assert [button.payload.partition(":")[0] for button in rendered.buttons] == ["more", "helped_page", "not_meant"]
    assert all(len(button.label) <= 20 for button in rendered.buttons)


def test_who_was_answered_past_their_question_can_choose_another_theme_or_a_person(package: Package) -> None:
    rendered = Renderer(package=package).render(
        Reply("not_meant"), language="ti", moment=now(), choices=["future/school"]
    )
    assert [button.payload for button in rendered.buttons] == ["topic:future/school", "menu", "person"]
    assert rendered.text == string("bot.not_meant", "ti")
