"""Replies of which the desk must know, because they did not surely arrive."""

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, select

from bot.handovers import STOPPED, Handover
from channels.outbound import TROUBLE, Delivery


def undelivered() -> ColumnElement[bool]:
    """A condition on Delivery: in trouble, and written since the desk last closed the conversation.

    Whoever closes a conversation has seen what did not arrive; it would otherwise stand on the list until the purge.
    """
    seen = select(Handover.id).where(
        col(Handover.conversation_id) == col(Delivery.conversation_id),
        col(Handover.closed_at) >= col(Delivery.created_at),
        col(Handover.outcome) != STOPPED,
    )
    return and_(col(Delivery.state).in_(TROUBLE), ~seen.correlate(Delivery).exists())
