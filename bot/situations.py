"""Whether somebody has a reception place: asked once, where the answer depends on it, and remembered."""

from dataclasses import dataclass

from bot.replies import NOT_TOLD, Reply
from knowledge.pages import Situation

QUESTION = "ask_situation"
_TYPED = {"affirm": Situation.IN, "deny": Situation.OUT}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody said of where they stay, and the topic it was asked for."""

    situation: str
    topic: str


def told_by_button(payload: str) -> Told | None:
    """What "situation:out:health/pharmacy" says; None for any other button."""
    kind, _, rest = payload.partition(":")
    situation, _, topic = rest.partition(":")
    if kind != "situation" or situation not in {*Situation, NOT_TOLD}:
        return None
    return Told(situation=situation, topic=topic)


def told_in_words(intent: str, *, open_question: str | None, asked_about: str | None) -> Told | None:
    """What a typed yes or no says while the question is open; None when it is not, or the message is something else."""
    if open_question != QUESTION or asked_about is None or intent not in _TYPED:
        return None
    return Told(situation=_TYPED[intent], topic=asked_about)


def with_situation(reply: Reply, situation: str | None) -> Reply:
    """The reply, told for whom it is, where that is known."""
    if reply.key not in {"answer", "more", "related"} or situation not in set(Situation):
        return reply
    return Reply(reply.key, {**reply.parameters, "situation": str(situation)})
