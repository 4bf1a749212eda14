"""One conversation turn: from a stored message to replies. Decides nothing about dialogue; that is Rasa's."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot import dialogue_without_rasa
from bot.actions import NO_TOWN
from bot.conversations import Conversation, State
from bot.rasa_client import RasaUnavailable
from bot.replies import Reply
from bot.towns import known_town, town_as_written
from knowledge.understanding import LanguageFound, Outcome, Understanding
from translations.languages import languages
from wegwijs.logs import logger

log = logger(__name__)

FORM_QUESTIONS = frozenset({"ask_consent", "ask_town", "ask_delete"})
TURNS_PER_SESSION = 60
"""Rasa reads the whole history at each turn (5 ms, 27 ms after 100 turns): after this many a fresh tracker is begun."""

_DELETE_QUESTIONS = frozenset({"ask_delete", dialogue_without_rasa.marked("ask_delete")})

_SMALLTALK_INTENTS = {
    "yes": "affirm",
    "no": "deny",
    "greet": "greet",
    "thanks": "thanks",
    "goodbye": "goodbye",
}
_PLAIN_BUTTONS = {
    "menu": "menu",
    "person": "person",
    "yes": "affirm",
    "no": "deny",
    "skip_town": "skip",
    "stop": "stop",
    "delete": "delete",
    "something_else": "menu",
    "language": "change_language",
}


class Understands(Protocol):
    """What a turn needs of understanding."""

    def understand(self, text: str, conversation_language: str | None) -> Understanding:
        """What a message means."""
        ...


class Dialogue(Protocol):
    """What a turn needs of the dialogue engine."""

    async def send(self, *, sender: str, message_id: str, intent: str, entities: Mapping[str, str]) -> list[Reply]:
        """The replies to one understood message.

        Raises:
            RasaUnavailable: no usable answer.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A message as Rasa hears of it: never the words."""

    name: str
    entities: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A stored message of a person: what they typed, or what the button they pressed sends."""

    id: int
    text: str | None
    button: str | None
    moment: datetime


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a message comes down to: the intent, what understanding said of typed text, the language to answer in."""

    intent: Intent
    understood: Understanding | None
    language: str


@dataclass(frozen=True, kw_only=True)
class TurnResult:
    """What came of a turn: replies in order, fields of the conversation to set, and whether to erase it first.

    `choices` are the topics for the reply keys that offer some.
    """

    replies: tuple[Reply, ...]
    language: str
    changes: dict[str, Any]
    choices: tuple[str, ...] = ()
    erase: bool = False


@dataclass(frozen=True, kw_only=True)
class TurnTaker:
    """Takes turns with the understanding and the dialogue it was given."""

    understanding: Understands
    dialogue: Dialogue

    async def take(self, conversation: Conversation, message: Incoming, *, patient: bool = True) -> TurnResult:
        """One turn. The conversation is read, never changed: the changes are in the result.

        Raises:
            RasaUnavailable: the message answers a question Rasa asked, and Rasa is away. Try again soon, and when
                it stays away with `patient=False`, which goes on without Rasa.
        """
        button = message.button
        understood = None
        if button is None:
            # Encoding is native code that lets the event loop go on.
            understood = await asyncio.to_thread(
                self.understanding.understand, message.text or "", conversation.language
            )
        intent = _intent_of_button(button) if button else _intent_of_text(conversation, message.text or "", understood)
        language = _language_of(conversation, button, understood)
        meaning = Meaning(intent=intent, understood=understood, language=language or conversation.language or "en")
        if conversation.state in {State.WAITING, State.HELD}:
            return await self._silent_turn(conversation, message, meaning, patient=patient)
        if language is None and understood is not None and intent.name not in {"person", "delete"}:
            return _ask_language(conversation, understood, message.id)
        return await self._bot_turn(conversation, message, meaning, patient=patient)

    async def _silent_turn(
        self, conversation: Conversation, message: Incoming, meaning: Meaning, *, patient: bool
    ) -> TurnResult:
        """While a person is waiting for or talking to a person, only danger, delete and stop-waiting are heard."""
        intent = meaning.intent
        spoken = conversation.language or meaning.language
        if intent.name == "stop" and conversation.state is State.WAITING:
            changes: dict[str, Any] = {"state": State.BOT, "reason": None, "waiting_since": None, "team": None}
            return TurnResult(replies=(Reply("waiting_stopped"),), language=spoken, changes=changes)
        if intent.name == "danger":
            changes = {"danger": intent.entities["danger"]}
            return TurnResult(replies=(Reply("danger", intent.entities),), language=spoken, changes=changes)
        if intent.name == "delete" or conversation.open_question in _DELETE_QUESTIONS:
            return await self._bot_turn(conversation, message, meaning, patient=patient)
        return TurnResult(replies=(), language=spoken, changes={})

    async def _bot_turn(
        self, conversation: Conversation, message: Incoming, meaning: Meaning, *, patient: bool
    ) -> TurnResult:
        replies, without_rasa = await self._ask_dialogue(conversation, message, meaning.intent, patient=patient)
        replies = [_with_named_topic(reply, meaning.intent, message.button) for reply in replies]
        changes = _changes(conversation, replies, message=message, language=meaning.language)
        if without_rasa:
            changes["open_question"] = dialogue_without_rasa.marked(changes["open_question"])
        erase = any(reply.key == "deleted" for reply in replies)
        if erase:
            changes = {"open_question": None}
        if not conversation.noticed and not erase:
            replies.insert(0, Reply("notice"))
            changes["noticed"] = True
        choices = meaning.understood.choices if meaning.understood is not None else ()
        language = changes.get("language", meaning.language)
        return TurnResult(replies=tuple(replies), language=language, changes=changes, choices=choices, erase=erase)

    async def _ask_dialogue(
        self, conversation: Conversation, message: Incoming, intent: Intent, *, patient: bool
    ) -> tuple[list[Reply], bool]:
        """The replies, and whether the open question (if any) is now asked without Rasa."""
        question = conversation.open_question
        if dialogue_without_rasa.owns(question):
            return dialogue_without_rasa.replies(intent.name, intent.entities, question), True
        try:
            replies = await self.dialogue.send(
                sender=f"{conversation.id}.{conversation.session}",
                message_id=str(message.id),
                intent=intent.name,
                entities=intent.entities,
            )
            return replies, False
        except RasaUnavailable:
            if patient and question in FORM_QUESTIONS:
                raise
            log.warning("dialogue_away", conversation=conversation.id, intent=intent.name)
            return dialogue_without_rasa.replies(intent.name, intent.entities, question), True


def _intent_of_button(payload: str) -> Intent:
    kind, _, value = payload.partition(":")
    match kind:
        case "topic":
            return Intent(name="answer", entities={"topic": value})
        case "theme":
            return Intent(name="theme", entities={"theme": value})
        case "language":
            return (
                Intent(name="language_chosen", entities={"language": value})
                if value
                else Intent(name="change_language")
            )
        case "town":
            return Intent(name="inform", entities={"town": value})
        case "more":
            return Intent(name="more")
        case "person":
            return Intent(name="person")
        case "stop_waiting":
            return Intent(name="stop")
        case _:
            return Intent(name=_PLAIN_BUTTONS.get(payload, "unknown"))


def _intent_of_text(conversation: Conversation, text: str, understood: Understanding | None) -> Intent:
    if understood is None or not text:
        return Intent(name="unknown")
    if conversation.open_question == "ask_town":
        town = _town_answered(text, understood)
        if town:
            return Intent(name="inform", entities={"town": town})
    match understood.outcome:
        case Outcome.ANSWER:
            return Intent(name="answer", entities={"topic": understood.topics[0].topic})
        case Outcome.DANGER:
            return Intent(name="danger", entities={"danger": understood.detail or "medical"})
        case Outcome.SMALLTALK:
            return Intent(name=_SMALLTALK_INTENTS.get(understood.detail or "", "smalltalk"))
        case Outcome.COMMAND:
            return Intent(name=understood.detail or "menu")
        case Outcome.UNKNOWN:
            return Intent(name="off_topic" if understood.detail == "off_topic" else "unknown")
        case _:
            return Intent(name=understood.outcome.value)


def _town_answered(text: str, understood: Understanding) -> str | None:
    """The town in an answer to "which town are you in?"; None when the message is something else."""
    if understood.outcome is Outcome.DANGER:
        return None
    town = known_town(text)
    if town:
        return town
    if understood.outcome in {Outcome.ANSWER, Outcome.CHOICES, Outcome.UNKNOWN}:
        # A name we do not know looks like a question we do not know: short and without a sure topic is a name.
        return town_as_written(text) if understood.confidence < 0.9 else None
    return None


def _language_of(conversation: Conversation, button: str | None, understood: Understanding | None) -> str | None:
    if button is not None:
        _, _, code = button.partition(":")
        chosen = code if button.startswith(("language:", "person:")) and code in languages() else None
        return chosen or conversation.language or "en"
    return understood.language if understood is not None else conversation.language


def _ask_language(conversation: Conversation, understood: Understanding, message_id: int) -> TurnResult:
    not_ours = understood.language_found is LanguageFound.NOT_OURS
    if understood.outcome is Outcome.DANGER:
        # Help first, in the languages of the country; the language is asked after that.
        replies: tuple[Reply, ...] = (
            Reply("danger", {"danger": understood.detail or "medical"}),
            Reply("ask_language"),
        )
        return TurnResult(
            replies=replies, language="en", changes={"danger": understood.detail, "unanswered": message_id}
        )
    reply = Reply("not_our_language") if not_ours else Reply("ask_language")
    changes: dict[str, Any] = {} if not_ours else {"unanswered": message_id}
    return TurnResult(replies=(reply,), language=conversation.language or "en", changes=changes)


def _with_named_topic(reply: Reply, intent: Intent, button: str | None) -> Reply:
    """ "Tell me more" under an older answer means that answer, not the last one."""
    if intent.name != "more" or not button:
        return reply
    topic = button.partition(":")[2]
    if topic and reply.key in {"more", "more_nothing"}:
        return Reply("more", {"topic": topic})
    return reply


def _changes(
    conversation: Conversation, replies: Sequence[Reply], *, message: Incoming, language: str
) -> dict[str, Any]:
    question = next((reply.key for reply in reversed(replies) if reply.key in FORM_QUESTIONS), None)
    changes: dict[str, Any] = {
        "language": language,
        "open_question": question,
        "turns": conversation.turns + 1,
    }
    if conversation.state is State.CLOSED:
        changes["state"] = State.BOT
    if question is None and conversation.turns >= TURNS_PER_SESSION:
        changes |= {"turns": 0, "session": conversation.session + 1}
    for reply in replies:
        if reply.key == "waiting":
            changes |= _waiting(town=reply.parameters.get("town", NO_TOWN), since=message.moment)
        elif reply.key == "danger":
            changes["danger"] = reply.parameters["danger"]
        elif reply.key == "language_changed":
            changes["language"] = reply.parameters["language"]
    return changes


def _waiting(*, town: str, since: datetime) -> dict[str, Any]:
    return {
        "state": State.WAITING,
        "reason": "asked",
        "team": "infopunt",
        "town": None if town == NO_TOWN else town,
        "waiting_since": since,
    }
