"""What people send besides text: nothing of it is kept but, when they agree, the town they are in."""

from typing import Any

from bot.conversations import Kind
from bot.replies import Reply

ASK_LOCATION = "ask_location"
"""The question, kept as the conversation's open one, whether the town of a place may be kept."""
_WITH_WORDS = frozenset({Kind.TEXT, Kind.BUTTON})


def is_wordless(kind: Kind) -> bool:
    """Whether there is nothing to read in such a message."""
    return kind not in _WITH_WORDS


def reply_to(kind: Kind, town: str | None) -> tuple[Reply, str | None]:
    """What to say to it, and the question that is open then; `town` is the one of a place."""
    if kind is not Kind.LOCATION:
        return Reply(f"attachment_{kind.value}"), None
    if town is None:
        return Reply("location_unknown"), None
    return Reply(ASK_LOCATION, {"town": town}), ASK_LOCATION


def answer_about_place(open_question: str | None, intent: str, town: str | None) -> tuple[Reply, dict[str, Any]] | None:
    """The reply to yes or no, and what to change; None when that was not asked, or not answered."""
    if open_question != ASK_LOCATION or intent not in {"affirm", "deny"}:
        return None
    if intent == "deny" or town is None:
        return Reply("location_dropped"), {"open_question": None}
    return Reply("location_kept", {"town": town}), {"open_question": None, "town": town}
