"""The message of a person that a tap is about which says something of its answer."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from bot.conversations import Author, Message
from bot.feedback import Question
from bot.replies import HELPED_PAGE, NOT_MEANT, SOMETHING_ELSE
from channels.numbered_choice import number_in

_LOOKED_BACK = 60
"""A tap under something older is heard, but of what it was about nothing is known."""
_BESIDE = frozenset({"language", "situation"})
"""Taps that a question waits for: who asked goes on asking the same."""


def question_of(session: Session, message: Message, button: str) -> Question | None:
    """What was asked when the answer came that this button rates, or the choices that it turns down.

    None when no such answer was given lately.
    """
    said_before = _before(session, message)
    kind, _, topic = button.partition(":")
    is_rated = False
    for earlier in said_before:
        content = earlier.content
        if earlier.author is Author.PERSON:
            is_rated |= content.get("button") in {f"{HELPED_PAGE}:{topic}", f"{NOT_MEANT}:{topic}"}
        elif _is_it(kind, topic, content):
            asked = _asked(said_before)
            if asked is None:
                return Question(is_rated=is_rated)
            return Question(id=asked.id, text=asked.content["text"], is_rated=is_rated)
    return None


def _before(session: Session, message: Message) -> Iterator[Message]:
    """What was said before this, the latest first."""
    query = (
        select(Message)
        .where(Message.conversation_id == message.conversation_id, col(Message.id) < message.id)
        .order_by(col(Message.id).desc())
        .limit(_LOOKED_BACK)
    )
    return iter(session.exec(query).all())


def _is_it(kind: str, topic: str, content: dict[str, object]) -> bool:
    if kind == SOMETHING_ELSE:
        return content.get("key") == "choices"
    return content.get("key") == "answer" and content.get("topic") == topic


def _asked(said_before: Iterator[Message]) -> Message | None:
    """The question in words; None when the answer was asked for by a tap on a topic that no choices had offered."""
    from_choices = False
    for earlier in said_before:
        content = earlier.content
        if earlier.author is not Author.PERSON:
            if from_choices and content.get("key") != "choices":
                return None
            from_choices = False
            continue
        tapped = (content.get("button") or "").partition(":")[0]
        if tapped in _BESIDE:
            continue
        if tapped == "topic" or number_in(content.get("text") or "") is not None:
            from_choices = True
            continue
        return earlier if content.get("text") and not tapped else None
    return None
