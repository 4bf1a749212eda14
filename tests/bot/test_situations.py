"""Where the answer depends on a reception place: asked once, remembered, and never asked again."""

from collections.abc import Mapping

import pytest

from bot import dialogue_without_rasa
from bot.conversations import Conversation
from bot.replies import Reply
from bot.turn import Incoming, TurnResult, TurnTaker
from knowledge.understanding import Outcome
from tests.bot.says import Says
from wegwijs.storage import now

TOPIC = "health/pharmacy"
PLAIN_TOPIC = "health/emergency"


class Dialogue:
    """What Rasa's rules say of these intents, without its forms."""

    async def send(
        self,
        *,
        sender: str,  # noqa: ARG002
        message_id: str,  # noqa: ARG002
        intent: str,
        entities: Mapping[str, str],
        again: bool,  # noqa: ARG002
    ) -> list[Reply]:
        return dialogue_without_rasa.replies(intent, dict(entities), None)


def taker(outcome: Outcome = Outcome.UNKNOWN, detail: str = "") -> TurnTaker:
    return TurnTaker(
        understanding=Says(outcome, detail),
        dialogue=Dialogue(),
        topics=frozenset({TOPIC, PLAIN_TOPIC}),
        by_situation=frozenset({TOPIC}),
    )


def conversation(**fields: object) -> Conversation:
    given = {"id": "c", "channel": "web", "token_hash": "h", "language": "en", "noticed": True, **fields}
    return Conversation(**given)  # type: ignore[arg-type]


def pressed(button: str) -> Incoming:
    return Incoming(id=1, text=None, button=button, moment=now())


def written(text: str) -> Incoming:
    return Incoming(id=1, text=text, button=None, moment=now())


def said(result: TurnResult) -> list[tuple[str, dict[str, str]]]:
    about = [{k: v for k, v in reply.parameters.items() if k != "may_be_rated"} for reply in result.replies]
    return [(reply.key, parameters) for reply, parameters in zip(result.replies, about, strict=True)]


async def test_the_first_such_question_is_answered_with_a_question() -> None:
    result = await taker().take(conversation(), pressed(f"topic:{TOPIC}"))
    assert said(result) == [("ask_situation", {"topic": TOPIC})]
    assert result.changes["situation"] == "not_told"
    assert (result.changes["open_question"], result.changes["asked_about"]) == ("ask_situation", TOPIC)


async def test_other_answers_come_without_a_question() -> None:
    result = await taker().take(conversation(), pressed(f"topic:{PLAIN_TOPIC}"))
    assert said(result) == [("answer", {"topic": PLAIN_TOPIC})]


@pytest.mark.parametrize("situation", ["in", "out"])
async def test_the_button_brings_the_right_answer_and_is_remembered(situation: str) -> None:
    result = await taker().take(conversation(situation="not_told"), pressed(f"situation:{situation}:{TOPIC}"))
    assert said(result) == [("answer", {"topic": TOPIC, "situation": situation})]
    assert result.changes["situation"] == situation


@pytest.mark.parametrize(("detail", "situation"), [("yes", "in"), ("no", "out")])
async def test_a_typed_yes_or_no_is_understood_while_it_is_asked(detail: str, situation: str) -> None:
    asked = conversation(situation="not_told", open_question="ask_situation", asked_about=TOPIC)
    result = await taker(Outcome.SMALLTALK, detail).take(asked, written(detail))
    assert said(result) == [("answer", {"topic": TOPIC, "situation": situation})]
    assert result.changes["situation"] == situation
    assert result.changes["open_question"] is None


async def test_who_is_not_sure_gets_both_answers() -> None:
    result = await taker().take(conversation(situation="not_told"), pressed(f"situation:not_told:{TOPIC}"))
    assert said(result) == [("answer", {"topic": TOPIC})]


async def test_who_did_not_answer_is_not_asked_again() -> None:
    result = await taker().take(conversation(situation="not_told"), pressed(f"topic:{TOPIC}"))
    assert said(result) == [("answer", {"topic": TOPIC})]


async def test_what_was_told_holds_for_later_questions_and_for_more() -> None:
    result = await taker().take(conversation(situation="out"), pressed(f"topic:{TOPIC}"))
    assert said(result) == [("answer", {"topic": TOPIC, "situation": "out"})]
    assert "situation" not in result.changes


async def test_a_made_up_button_changes_nothing() -> None:
    for payload in ("situation:in:health/nothing", "situation:both:health/pharmacy", "situation:in"):
        result = await taker().take(conversation(), pressed(payload))
        assert [reply.key for reply in result.replies] == ["unknown"], payload
        assert "situation" not in result.changes, payload
