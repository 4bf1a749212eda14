"""What people send besides text: nothing of it is kept but, when they agree, the town they are in."""

from typing import TYPE_CHECKING

from bot.conversations import Conversation
from bot.replies import Reply

if TYPE_CHECKING:
    from bot.turn import Incoming

ASK_LOCATION = "ask_location"
"""The question, kept as the conversation's open one, whether the town of a place may be kept."""
_WITH_WORDS = frozenset({"text", "button"})
_ATTACHMENTS = frozenset({"voice", "photo", "document", "contact", "sticker"})


def is_wordless(message: "Incoming") -> bool:
    """Whether there is nothing to read in a message."""
    return message.kind not in _WITH_WORDS


def replies_to(message: "Incoming") -> tuple[tuple[Reply, ...], str | None]:
    """What to say to it, and the question that is open then."""
    if message.kind != "location":
        kind = message.kind if message.kind in _ATTACHMENTS else "other"
        return (Reply(f"attachment_{kind}"),), None
    if message.town is None:
        return (Reply("location_unknown"),), None
    return (Reply(ASK_LOCATION, {"town": message.town}),), ASK_LOCATION


def answer_about_place(
    conversation: Conversation, message: "Incoming", intent: str
) -> tuple[tuple[Reply, ...], dict[str, str | None]] | None:
    """The reply to yes or no, and what to change; None when the message is something else."""
    if conversation.open_question != ASK_LOCATION or intent not in {"affirm", "deny"}:
        return None
    if intent == "deny" or message.town is None:
        return (Reply("location_dropped"),), {"open_question": None}
    return (Reply("location_kept", {"town": message.town}),), {"open_question": None, "town": message.town}
