"""What Rasa hears of a message: an intent and what comes with it, never the words."""

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.replies import SOMETHING_ELSE
from bot.towns import known_town, town_as_written
from knowledge.understanding import Outcome, Understanding
from translations.languages import languages

_SMALLTALK = {"yes": "affirm", "no": "deny", "greet": "greet", "thanks": "thanks", "goodbye": "goodbye"}
_BUTTONS = {
    "start": "change_language",
    "menu": "menu",
    "more": "more",
    "person": "person",
    "yes": "affirm",
    "no": "deny",
    "skip_town": "skip",
    "stop": "stop",
    "stop_waiting": "stop",
    "delete": "delete",
    SOMETHING_ELSE: "menu",
    "language": "change_language",
}
_SURE = 0.9
"""An answer to "which town?" that is so surely a question about a topic is that question."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A message as Rasa hears of it."""

    name: str
    entities: dict[str, str] = field(default_factory=dict)


UNKNOWN = Intent(name="unknown")


def intent_of_button(payload: str, *, topics: Collection[str]) -> Intent:
    """The intent of a pressed button; a payload that no button of ours sends is "unknown"."""
    kind, _, value = payload.partition(":")
    match kind:
        case "topic" if value in topics:
            return Intent(name="answer", entities={"topic": value})
        case "more" if not value or value in topics:
            return Intent(name="more")
        case "theme" if any(topic.startswith(f"{value}/") for topic in topics):
            return Intent(name="theme", entities={"theme": value})
        case "language" if value in languages():
            return Intent(name="language_chosen", entities={"language": value})
        case "person" if value in {"", *languages()}:
            return Intent(name="person")
        case "town" if town_as_written(value):
            return Intent(name="inform", entities={"town": value})
        case _:
            return Intent(name=_BUTTONS.get(payload, UNKNOWN.name))


def intent_of_text(text: str, understood: Understanding, *, open_question: str | None) -> Intent:
    """The intent of a typed message, given what it was understood to mean and what the person is asked right now."""
    town = _town(text, understood) if open_question == "ask_town" else None
    if town:
        return Intent(name="inform", entities={"town": town})
    match understood.outcome:
        case Outcome.ANSWER if understood.term is not None:
            return Intent(name="explain", entities={"term": understood.term})
        case Outcome.ANSWER:
            return Intent(name="answer", entities={"topic": understood.topics[0].topic})
        case Outcome.DANGER:
            return Intent(name="danger", entities={"danger": understood.detail or "medical"})
        case Outcome.SMALLTALK:
            return Intent(name=_SMALLTALK.get(understood.detail or "", "smalltalk"))
        case Outcome.COMMAND:
            return Intent(name=understood.detail or "menu")
        case Outcome.UNKNOWN:
            return Intent(name="off_topic") if understood.detail == "off_topic" else UNKNOWN
        case Outcome.CHOICES | Outcome.PERSON:
            return Intent(name=understood.outcome.value)


def _town(text: str, understood: Understanding) -> str | None:
    """The town in an answer to "which town are you in?"; None when the message is something else."""
    if understood.outcome is Outcome.DANGER:
        return None
    town = known_town(text)
    if town:
        return town
    # A name we do not know looks like a question we do not know: short and without a sure topic, it is a name.
    a_question = understood.outcome in {Outcome.ANSWER, Outcome.CHOICES, Outcome.UNKNOWN}
    return town_as_written(text) if a_question and understood.confidence < _SURE else None
