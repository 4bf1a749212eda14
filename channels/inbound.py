"""The door inwards: a message is acknowledged only after it is stored, and stored only once."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bot.conversations import Author, Conversation, Message
from wegwijs.storage import now


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """What a channel received: cleaned text, or the payload and label of a pressed button.

    `provider_id` is the id the provider (for the web: the device) gave it; unique per channel.
    """

    channel: str
    provider_id: str
    text: str | None = None
    button: str | None = None
    label: str | None = None
    cut: bool = False


def store(session: Session, conversation: Conversation, inbound: InboundMessage) -> Message:
    """Store a message; the same provider id again gives the message already stored."""
    message = Message(
        conversation_id=conversation.id,
        channel=inbound.channel,
        provider_id=inbound.provider_id,
        author=Author.PERSON,
        language=conversation.language,
        content={"text": inbound.text or inbound.label, "button": inbound.button, "cut": inbound.cut},
    )
    try:
        with session.begin_nested():
            session.add(message)
            session.flush()
    except IntegrityError:
        return _already_stored(session, inbound)
    conversation.last_message_at = now()
    session.add(conversation)
    return message


def _already_stored(session: Session, inbound: InboundMessage) -> Message:
    query = select(Message).where(Message.channel == inbound.channel, Message.provider_id == inbound.provider_id)
    return session.exec(query).one()
