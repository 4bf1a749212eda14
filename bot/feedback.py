"""What people say of an answer, with a tap under it: that it helped, or that it was not what they asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.conversations import Conversation, NotUnderstood, State
from bot.replies import HELPED_PAGE, NOT_MEANT, SOMETHING_ELSE, Reply
from knowledge.understanding import Understanding

_MOST_OTHERS = 3
_LIKELY_ENOUGH = 0.1
"""Another topic is offered when it is so probable once the answered one is known to be wrong."""


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What a tap says of the answer about a topic."""

    topic: str
    helped: bool


@dataclass(frozen=True, kw_only=True)
class Question:
    """The message of a person that their tap is about. `text` is None when they have tapped that too.

    `is_rated`: the answer to it was rated before; a second tap counts nothing.
    """

    id: int | None = None
    text: str | None = None
    is_rated: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A message that no page answered, and why; `topic` is the one that was answered and not meant."""

    message_id: int
    why: NotUnderstood
    topic: str | None = None


def feedback_of(button: str | None, *, topics: Collection[str]) -> Feedback | None:
    """What "not_meant:health/pharmacy" says; None for any other button, and for a topic that there is not."""
    kind, _, topic = (button or "").partition(":")
    if kind not in {HELPED_PAGE, NOT_MEANT} or topic not in topics:
        return None
    return Feedback(topic=topic, helped=kind == HELPED_PAGE)


def is_about_a_question(button: str | None) -> bool:
    """Whether what this button says is said of a message before it."""
    return (button or "").partition(":")[0] in {HELPED_PAGE, NOT_MEANT, SOMETHING_ELSE}


def mark_of(feedback: Feedback, question: Question | None) -> Mark | None:
    """The mark on the message whose answer was not meant."""
    if feedback.helped or question is None or question.id is None:
        return None
    return Mark(message_id=question.id, why=NotUnderstood.NOT_MEANT, topic=feedback.topic)


def reply_to(feedback: Feedback, conversation: Conversation, *, in_form: bool) -> Reply | None:
    """Thanks, or a way on; while people are waited for nothing, and in a form no more than thanks."""
    if conversation.state in {State.WAITING, State.HELD}:
        return None
    if feedback.helped or in_form:
        return Reply("helped_thanks")
    return Reply("not_meant")


def other_topics(understood: Understanding, *, than: str) -> Sequence[str]:
    """What the question may have been about, now that it was not about this topic; the most probable first."""
    left = 1.0 - sum(each.probability for each in understood.topics if each.topic == than)
    others = [each for each in understood.topics if each.topic != than]
    return [each.topic for each in others if each.probability >= _LIKELY_ENOUGH * left][:_MOST_OTHERS]
