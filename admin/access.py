"""The only door of staff to a conversation."""

from enum import Enum, auto

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, false, func, or_, select

from admin.tables import Role, Staff
from bot.conversations import Conversation, State, UnknownConversation, lock_conversations
from bot.teams import Team
from channels.outbound import TROUBLE, Delivery


class Purpose(Enum):
    """What a conversation is opened for: to read it, to take it from the bot or a colleague, or to write in it."""

    READ = auto()
    TAKE = auto()
    WRITE = auto()


class ConversationIsNotYours(PermissionError):
    """You may read this conversation, but a colleague or nobody holds it: take it first."""


def access_conversation(session: Session, staff: Staff, conversation_id: str, *, to: Purpose) -> Conversation:
    """A conversation this member of staff may open; locked until the commit unless it is only read.

    Whoever shows it notes that in the audit trail, in the same transaction.

    Raises:
        UnknownConversation: no such conversation, or not one they may read; which of the two is not told.
        ConversationIsNotYours: they may read it, but to write they must hold it.
    """
    allowed = (col(Conversation.id) == conversation_id, may_read(staff))
    if to is Purpose.READ:
        found = session.exec(select(Conversation).where(*allowed)).one_or_none()
    else:
        found = lock_conversations(session, *allowed).get(conversation_id)
    if found is None:
        raise UnknownConversation(conversation_id)
    if to is Purpose.WRITE and not is_held_by(found, staff):
        raise ConversationIsNotYours(conversation_id)
    return found


def is_held_by(conversation: Conversation, staff: Staff) -> bool:
    """Whether they hold it now."""
    return conversation.state is State.HELD and conversation.held_by == staff.id


def may_read(staff: Staff) -> ColumnElement[bool]:
    """Which conversations they may read, as a condition for lists too.

    The desk only: what they hold, and of their teams what was handed over or is still on the list. What belongs to no
    team is the Info Point's.
    """
    if staff.role is not Role.DESK:
        return false()
    of_their_teams = func.coalesce(col(Conversation.team), Team.INFOPUNT.value).in_(staff.teams)
    handed_over = col(Conversation.state).in_([State.WAITING, State.HELD, State.CLOSED])
    return or_(col(Conversation.held_by) == staff.id, and_(of_their_teams, or_(handed_over, _still_on_the_list())))


def _still_on_the_list() -> ColumnElement[bool]:
    """The bot has it, but something is left for a person: danger, a reason, a reply that did not surely arrive."""
    undelivered = select(Delivery.conversation_id).where(col(Delivery.state).in_(TROUBLE))
    return or_(
        col(Conversation.danger).is_not(None),
        col(Conversation.reason).is_not(None),
        col(Conversation.id).in_(undelivered),
    )
