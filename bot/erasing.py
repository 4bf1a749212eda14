"""Erasing a conversation: at the person's word all but an empty shell, by age that too."""

from collections.abc import Sequence

from sqlmodel import Session, col, delete, select

from bot import handovers
from bot.conversations import Conversation, Message, State
from bot.handovers import Note


def erase_content(session: Session, conversation: Conversation) -> Sequence[Message]:
    """Leave an empty shell, so that the device can still read that everything is erased; the messages that were there.

    The purge takes the shell. The address in a messenger stays until then: the last word still has to find the person.
    """
    messages = session.exec(select(Message).where(Message.conversation_id == conversation.id)).all()
    for message in messages:
        session.delete(message)
    session.exec(delete(Note).where(col(Note.conversation_id) == conversation.id))
    handovers.part_from(session, conversation.id)
    conversation.erasing = False
    conversation.handle_hash = None  # who writes again begins anew
    conversation.town = conversation.danger = conversation.reason = conversation.team = None
    conversation.situation = conversation.asked_about = conversation.topic = None
    conversation.waiting_since = conversation.held_by = conversation.unanswered = None
    conversation.misunderstood = 0
    conversation.state = State.CLOSED
    return messages


def erase_conversation(session: Session, conversation_id: str) -> None:
    """Erase a conversation with everything that hangs on it."""
    handovers.part_from(session, conversation_id)
    session.exec(delete(Note).where(col(Note.conversation_id) == conversation_id))
    session.exec(delete(Message).where(col(Message.conversation_id) == conversation_id))
    session.exec(delete(Conversation).where(col(Conversation.id) == conversation_id))
