"""Erasing a conversation: at the person's word all but an empty shell, by age that too."""

from collections.abc import Sequence

from sqlmodel import Session, col, delete

from bot import handovers
from bot.conversations import Conversation, Message, State
from bot.handovers import Note


def erase_content(session: Session, conversation: Conversation, messages: Sequence[Message]) -> None:
    """Leave an empty shell of a conversation with these messages, so that the device can still read that all is erased.

    The purge takes the shell. The address in a messenger stays until then: the last word still has to find the person.
    The messages go at the next flush, which writes the last word first, so that its id is higher than theirs. (SQLite
    gives the highest id again once it is free; the device would take the last word for one that it has read.)
    """
    session.exec(delete(Note).where(col(Note.conversation_id) == conversation.id))
    handovers.part_from(session, conversation.id)
    for message in messages:
        session.delete(message)
    conversation.erasing = False
    conversation.handle_hash = None  # who writes again begins anew
    conversation.town = conversation.danger = conversation.reason = conversation.team = None
    conversation.situation = conversation.asked_about = conversation.topic = None
    conversation.waiting_since = conversation.held_by = conversation.unanswered = None
    conversation.misunderstood = 0
    conversation.state = State.CLOSED


def erase_conversation(session: Session, conversation_id: str) -> None:
    """Erase a conversation with everything that hangs on it."""
    handovers.part_from(session, conversation_id)
    session.exec(delete(Note).where(col(Note.conversation_id) == conversation_id))
    session.exec(delete(Message).where(col(Message.conversation_id) == conversation_id))
    session.exec(delete(Conversation).where(col(Conversation.id) == conversation_id))
