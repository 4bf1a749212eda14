"""One turn: what changes in the conversation when the dialogue engine is away, and what is never passed on to it."""

from collections.abc import Mapping

import pytest

from bot.conversations import Conversation, Kind, State
from bot.rasa_client import RasaUnavailable
from bot.replies import Reply
from bot.turn import Incoming, TurnTaker
from knowledge.understanding import Understanding
from wegwijs.storage import now

TOPICS = frozenset({"future/right-to-work"})


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


TAKER = TurnTaker(understanding=NothingTyped(), dialogue=Away(), topics=TOPICS)


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
