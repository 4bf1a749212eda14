"""Who waits for a person: the list the desk works from, danger first, and closing a conversation."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from bot.conversations import Conversation, State, UnknownConversation
from bot.replies import Renderer, Reply
from channels.outbound import TROUBLE, Delivery, DeliveryState, Outbox
from wegwijs.storage import now


@dataclass(frozen=True, kw_only=True)
class DeskRow:
    """One conversation as the list shows it: never a text of a message."""

    id: str
    state: State
    reason: str | None
    danger: str | None
    team: str | None
    town: str | None
    language: str | None
    waiting_since: datetime | None
    unsent: tuple[DeliveryState, ...]
    """What became of replies that did not surely arrive: failed, window closed, unknown."""


def desk_list(session: Session) -> list[DeskRow]:
    """Conversations that need a person: danger on top, then the longest waiting."""
    unsent = _unsent(session)
    needs_a_person = or_(
        col(Conversation.id).in_(unsent),
        col(Conversation.state).in_([State.WAITING, State.HELD]),
        col(Conversation.danger).is_not(None),
        col(Conversation.reason).is_not(None),
    )
    rows = session.exec(select(Conversation).where(needs_a_person)).all()
    rows_in_order = sorted(rows, key=lambda row: (row.danger is None, row.waiting_since or row.last_message_at))
    return [_row(row, unsent.get(row.id, ())) for row in rows_in_order]


def _row(conversation: Conversation, unsent: tuple[DeliveryState, ...]) -> DeskRow:
    fields = DeskRow.__dataclass_fields__.keys() - {"unsent"}
    return DeskRow(**{name: getattr(conversation, name) for name in fields}, unsent=unsent)


def _unsent(session: Session) -> dict[str, tuple[DeliveryState, ...]]:
    """The kinds of trouble with sending, by conversation."""
    query = (
        select(Delivery.conversation_id, Delivery.state)
        .where(col(Delivery.state).in_(TROUBLE))
        .distinct()
        .order_by(col(Delivery.state))
    )
    found: dict[str, tuple[DeliveryState, ...]] = {}
    for conversation_id, state in session.exec(query).all():
        found[conversation_id] = (*found.get(conversation_id, ()), DeliveryState(state))
    return found


def close(session: Session, conversation_id: str, *, renderer: Renderer, outbox: Outbox) -> None:
    """Give a conversation back to the bot and tell the person in their language.

    Raises:
        UnknownConversation: no such conversation.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise UnknownConversation(conversation_id)
    conversation.state = State.CLOSED
    conversation.reason = conversation.danger = conversation.waiting_since = None
    session.add(conversation)
    reply = renderer.render(Reply("closed"), language=conversation.language or "en", moment=now())
    outbox.say(session, conversation, reply)
