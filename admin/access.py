"""The only door of staff to a conversation."""

from enum import Enum, auto

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, false, func, not_, or_, select

from admin.duty import is_on_duty, nobody_is_on_duty_in
from admin.tables import Role, Staff
from admin.undelivered import undelivered
from bot.conversations import Conversation, State, UnknownConversation, lock_conversations
from bot.teams import Team
from channels.outbound import Delivery


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
    team is the Info Point's. Of what was erased there is nothing to read.
    """
    if staff.role is not Role.DESK:
        return false()
    handed_over = col(Conversation.state).in_([State.WAITING, State.HELD, State.CLOSED])
    of_their_teams = and_(_team().in_(staff.teams), or_(handed_over, _still_on_the_list()))
    is_theirs = or_(col(Conversation.held_by) == staff.id, of_their_teams, _is_stood_in_for_by(staff))
    return and_(not_(_is_erased()), is_theirs)


def _team() -> ColumnElement[str]:
    return func.coalesce(col(Conversation.team), Team.INFOPUNT.value)


def _is_erased() -> ColumnElement[bool]:
    """The empty shell of a conversation (`bot.erasing`); what the desk has closed always has a team."""
    return and_(col(Conversation.state) == State.CLOSED, col(Conversation.team).is_(None))


def _is_stood_in_for_by(staff: Staff) -> ColumnElement[bool]:
    """The Info Point on duty also sees who needs a person of a team of which nobody is on duty, lest nobody does."""
    if not staff.on_duty or Team.INFOPUNT.value not in staff.teams:
        return false()
    has_a_holder = col(Conversation.held_by).in_(select(Staff.id).where(is_on_duty()))
    needs_somebody = or_(
        col(Conversation.state) == State.WAITING,
        and_(col(Conversation.state) == State.HELD, not_(has_a_holder)),
        and_(col(Conversation.state) == State.BOT, _still_on_the_list()),
    )
    return and_(needs_somebody, nobody_is_on_duty_in(_team()))


def _still_on_the_list() -> ColumnElement[bool]:
    """The bot has it, but something is left for a person: danger, a reason, a reply that did not surely arrive."""
    return or_(
        col(Conversation.danger).is_not(None),
        col(Conversation.reason).is_not(None),
        col(Conversation.id).in_(select(Delivery.conversation_id).where(undelivered())),
    )
