"""One turn: what changes in the conversation when the dialogue engine is away, and what is never passed on to it."""

from collections.abc import Mapping

import pytest

from bot import dialogue_without_rasa
from bot.conversations import Conversation, Kind, State, drop_question
from bot.handovers import ASK_HELPED
from bot.rasa_client import RasaUnavailable
from bot.replies import Reply
from bot.routing import Routing
from bot.turn import Incoming, TurnResult, TurnTaker
from knowledge.understanding import Outcome, Understanding
from tests.bot.says import Says
from wegwijs.storage import now

TOPICS = frozenset({"future/right-to-work", "procedure/lost-papers"})
ROUTING = Routing(needs_person=frozenset({"procedure/lost-papers"}))


class NothingTyped:
    """Buttons need no understanding."""

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:
        raise AssertionError((text, conversation_language))


class Away:
    """A dialogue engine that is down."""

    async def send(
        self, *, sender: str, message_id: str, intent: str, entities: Mapping[str, str], again: bool
    ) -> list[Reply]:
        raise RasaUnavailable(f"{sender} {message_id} {intent} {entities} {again}")


TAKER = TurnTaker(understanding=NothingTyped(), dialogue=Away(), topics=TOPICS, routing=ROUTING)


def conversation(**fields: object) -> Conversation:
    given = {"id": "c", "channel": "web", "token_hash": "h", "language": "en", "noticed": True, **fields}
    return Conversation(**given)  # type: ignore[arg-type]


def pressed(button: str | None = None, **fields: object) -> Incoming:
    return Incoming(id=1, text=None, button=button, moment=now(), **fields)  # type: ignore[arg-type]


async def test_a_form_answered_without_rasa_is_not_taken_up_by_rasa_later() -> None:
    in_form = conversation(open_question="ask_town", session=4)
    result = await TAKER.take(in_form, pressed("town:Gent"), patient=False)
    assert [reply.key for reply in result.replies] == ["waiting"]
    assert result.changes["session"] == 5


async def test_an_answer_to_a_form_waits_for_rasa_a_while() -> None:
    with pytest.raises(RasaUnavailable):
        await TAKER.take(conversation(open_question="ask_town"), pressed("town:Gent"), patient=True)


@pytest.mark.parametrize("state", [State.BOT, State.WAITING, State.HELD])
async def test_who_sends_a_voice_message_is_told_that_it_was_not_kept(state: State) -> None:
    result = await TAKER.take(conversation(state=state), pressed(kind=Kind.VOICE))
    assert [reply.key for reply in result.replies] == ["attachment_voice"]


async def test_the_first_words_to_a_messenger_say_what_its_company_sees() -> None:
    new = conversation(noticed=False, channel="telegram", handle="1", language=None)
    result = await TAKER.take(new, pressed("menu", hint="fr"))
    assert [(reply.key, reply.parameters) for reply in result.replies[:2]] == [
        ("notice", {}),
        ("notice_channel", {"channel": "telegram"}),
    ]
    assert result.language == "fr"


@pytest.mark.parametrize(
    ("button", "key", "town"), [("yes", "location_kept", "Gent"), ("no", "location_dropped", None)]
)
async def test_the_town_of_a_place_is_kept_only_after_a_yes(button: str, key: str, town: str | None) -> None:
    asked = await TAKER.take(conversation(), pressed(kind=Kind.LOCATION, town="Gent"))
    assert asked.changes == {"open_question": "ask_location"}
    answered = await TAKER.take(conversation(open_question="ask_location"), pressed(button, town="Gent"))
    assert [reply.key for reply in answered.replies] == [key]
    assert answered.changes.get("town") == town


def written(text: str = "?") -> Incoming:
    return Incoming(id=1, text=text, button=None, moment=now())


def taker(outcome: Outcome, detail: str | None = None) -> TurnTaker:
    return TurnTaker(understanding=Says(outcome, detail), dialogue=Away(), topics=TOPICS, routing=ROUTING)


def after(talk: Conversation, result: TurnResult) -> Conversation:
    """The conversation with what the turn changed."""
    for name, value in result.changes.items():
        setattr(talk, name, value)
    return talk


def said(result: TurnResult) -> list[str]:
    return [reply.key for reply in result.replies]


async def test_the_third_message_in_a_row_that_is_not_understood_offers_a_person() -> None:
    talk, unclear = conversation(), taker(Outcome.UNKNOWN)
    for expected in (["unknown"], ["unknown"], ["offer_person", "ask_consent"]):
        result = await unclear.take(talk, written())
        assert said(result) == expected
        talk = after(talk, result)
    waiting = await TAKER.take(talk, pressed("yes"), patient=False)
    assert (said(waiting), waiting.changes["reason"]) == (["waiting"], "misunderstood")
    assert waiting.changes["misunderstood"] == 0


async def test_anything_understood_in_between_begins_the_count_anew() -> None:
    talk = conversation(misunderstood=2)
    talk = after(talk, await taker(Outcome.SMALLTALK, "thanks").take(talk, written()))
    assert talk.misunderstood == 0
    assert said(await taker(Outcome.UNKNOWN).take(talk, written())) == ["unknown"]


async def test_who_refuses_the_offer_is_not_offered_a_person_again_at_once() -> None:
    talk = conversation(misunderstood=2)
    talk = after(talk, await taker(Outcome.UNKNOWN).take(talk, written()))
    talk = after(talk, await TAKER.take(talk, pressed("no")))
    assert said(await taker(Outcome.UNKNOWN).take(talk, written())) == ["unknown"]


async def test_what_a_form_does_not_understand_is_no_reason_to_offer_what_it_is_asking() -> None:
    talk = conversation(misunderstood=2, open_question=dialogue_without_rasa.marked("ask_consent"))
    result = await taker(Outcome.UNKNOWN).take(talk, written())
    assert said(result) == ["unknown", "form_goes_on", "ask_consent"]


async def test_the_team_and_the_danger_are_said_to_who_waits() -> None:
    asked = dialogue_without_rasa.marked("ask_consent")
    result = await TAKER.take(conversation(open_question=asked, danger="medical"), pressed("yes"))
    assert result.replies == (Reply("waiting", {"team": "medical", "danger": "medical"}),)
    assert (result.changes["team"], result.changes["reason"]) == ("medical", "danger")


async def test_under_an_answer_that_needs_a_person_one_can_be_asked_for() -> None:
    talk = conversation()
    result = await TAKER.take(talk, pressed("topic:procedure/lost-papers"))
    assert said(result) == ["answer", "page_needs_person"]
    talk = after(talk, result)
    for button in ("person", "yes"):
        talk = after(talk, await TAKER.take(talk, pressed(button)))
    assert (talk.state, talk.reason, talk.topic) == (State.WAITING, "page", "procedure/lost-papers")


async def test_in_a_form_that_asks_for_a_person_none_is_offered() -> None:
    talk = conversation(open_question=dialogue_without_rasa.marked("ask_consent"))
    result = await TAKER.take(talk, pressed("topic:procedure/lost-papers"))
    assert said(result) == ["answer", "form_goes_on", "ask_consent"]


@pytest.mark.parametrize("state", [State.WAITING, State.HELD])
@pytest.mark.parametrize("button", ["menu", "topic:future/right-to-work", "more", "person", "language:nl", "yes"])
async def test_no_button_makes_the_bot_speak_while_people_do(state: State, button: str) -> None:
    result = await TAKER.take(conversation(state=state), pressed(button))
    learned = {"language": "nl"} if button == "language:nl" else {}
    assert (result.replies, result.changes) == ((), learned)


@pytest.mark.parametrize("state", [State.WAITING, State.HELD])
@pytest.mark.parametrize(("before", "learned"), [(None, {"language": "en"}), ("fr", {})])
async def test_while_people_talk_a_language_that_was_not_known_is_learned_without_a_word(
    state: State, before: str | None, learned: dict[str, str]
) -> None:
    result = await taker(Outcome.CHOICES).take(conversation(state=state, language=before), written())
    assert (result.replies, result.changes) == ((), learned)


@pytest.mark.parametrize("state", [State.WAITING, State.HELD])
@pytest.mark.parametrize("question", ["ask_delete", dialogue_without_rasa.marked("ask_delete")])
async def test_a_yes_to_people_never_erases(state: State, question: str) -> None:
    talk = conversation(state=state, open_question=question, session=3)
    talk = after(talk, await taker(Outcome.CHOICES).take(talk, written("i meant something else")))
    assert (talk.open_question, talk.session) == (None, 4)
    result = await TAKER.take(talk, pressed("yes"))
    assert (result.replies, result.erase) == ((), False)


@pytest.mark.parametrize(("button", "state"), [("yes", True), ("no", False)])
async def test_erasing_is_still_confirmed_while_people_talk(button: str, state: bool) -> None:
    talk = conversation(state=State.HELD, open_question=dialogue_without_rasa.marked("ask_delete"))
    assert (await TAKER.take(talk, pressed(button))).erase is state


async def test_stop_while_asked_about_erasing_stops_the_erasing() -> None:
    talk = conversation(state=State.WAITING, open_question=dialogue_without_rasa.marked("ask_delete"))
    result = await TAKER.take(talk, pressed("stop"))
    assert said(result) == ["delete_kept"]
    assert "state" not in result.changes


def test_a_question_of_the_bot_is_dropped_when_people_write() -> None:
    talk = conversation(open_question="ask_delete", session=3, turns=5)
    drop_question(talk)
    assert (talk.open_question, talk.session, talk.turns) == (None, 4, 0)
    drop_question(talk)
    assert talk.session == 4


class TestWhetherItHelped:
    @pytest.mark.parametrize(
        ("button", "helped", "thanks"),
        [("helped:yes", True, "helped_thanks"), ("helped:no", False, "helped_no_thanks")],
    )
    @pytest.mark.parametrize("state", [State.CLOSED, State.BOT])
    async def test_one_tap_is_thanked_for(self, state: State, button: str, helped: bool, thanks: str) -> None:
        result = await TAKER.take(conversation(state=state), pressed(button))
        assert (said(result), result.helped) == ([thanks], helped)

    @pytest.mark.parametrize(("detail", "helped"), [("yes", True), ("no", False)])
    async def test_a_typed_yes_or_no_is_taken_while_it_is_asked(self, detail: str, helped: bool) -> None:
        talk = conversation(state=State.CLOSED, open_question=ASK_HELPED)
        result = await taker(Outcome.SMALLTALK, detail).take(talk, written(detail))
        assert (result.helped, result.changes) == (helped, {"open_question": None})

    async def test_another_message_is_answered_and_ends_the_asking(self) -> None:
        talk = conversation(state=State.CLOSED, open_question=ASK_HELPED)
        result = await taker(Outcome.SMALLTALK, "thanks").take(talk, written("thanks"))
        assert (said(result), result.helped) == (["thanks"], None)
        assert (result.changes["open_question"], result.changes["state"]) == (None, State.BOT)

    async def test_a_tap_in_a_form_leaves_it_open(self) -> None:
        result = await TAKER.take(conversation(open_question="ask_town"), pressed("helped:yes"))
        assert (result.helped, result.changes) == (True, {})

    @pytest.mark.parametrize("state", [State.WAITING, State.HELD])
    async def test_while_people_talk_it_counts_in_silence(self, state: State) -> None:
        result = await TAKER.take(conversation(state=state), pressed("helped:no"))
        assert (result.replies, result.helped) == ((), False)
