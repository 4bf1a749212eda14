"""Who needs a person: danger on top, then the longest waiting. Never a text of a message."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from admin.duty import colleagues_on_duty
from admin.tables import Staff
from admin.undelivered import undelivered
from bot.conversations import Conversation, State
from channels.outbound import Delivery, DeliveryState

_COLUMNS = (
    Conversation.id,
    Conversation.channel,
    Conversation.state,
    Conversation.reason,
    Conversation.danger,
    Conversation.team,
    Conversation.town,
    Conversation.topic,
    Conversation.language,
    Conversation.waiting_since,
    Conversation.last_message_at,
    Conversation.held_by,
)


@dataclass(frozen=True, kw_only=True)
class WaitingRow:
    """One conversation as the list shows it.

    `topic` is the last one the bot answered; `holder` the name of who holds it, `holder_is_absent` when they are not on
    duty. `unsent` is what became of replies that did not surely arrive: failed, window closed, unknown.
    """

    id: str
    channel: str
    state: State
    reason: str | None
    danger: str | None
    team: str | None
    town: str | None
    topic: str | None
    language: str | None
    waiting_since: datetime | None
    last_message_at: datetime
    held_by: int | None
    holder: str | None
    holder_is_absent: bool
    unsent: tuple[DeliveryState, ...]


def waiting_list(session: Session, *conditions: ColumnElement[bool]) -> list[WaitingRow]:
    """Conversations that need a person, as far as these conditions hold: danger on top, then the longest waiting."""
    unsent = _unsent(session)
    rows = session.execute(select(*_COLUMNS).where(_needs_a_person(unsent), *conditions)).all()  # type: ignore[call-overload]
    holders = _staff(session, {row.held_by for row in rows})
    there = {colleague.id for colleague in colleagues_on_duty(session)}
    made = [
        WaitingRow(
            **row._mapping,
            holder=holders[row.held_by].name if row.held_by in holders else None,
            holder_is_absent=row.held_by is not None and row.held_by not in there,
            unsent=tuple(unsent.get(row.id, ())),
        )
        for row in rows
    ]
    return sorted(made, key=lambda row: (row.danger is None, row.waiting_since or row.last_message_at))


def _needs_a_person(unsent: Iterable[str]) -> ColumnElement[bool]:
    return or_(
        col(Conversation.id).in_(unsent),
        col(Conversation.state).in_([State.WAITING, State.HELD]),
        col(Conversation.danger).is_not(None),
        col(Conversation.reason).is_not(None),
    )


def _unsent(session: Session) -> dict[str, list[DeliveryState]]:
    """The kinds of trouble with sending, by conversation."""
    query = (
        select(Delivery.conversation_id, Delivery.state).where(undelivered()).distinct().order_by(col(Delivery.state))
    )
    found: dict[str, list[DeliveryState]] = defaultdict(list)
    for conversation_id, state in session.exec(query).all():
        found[conversation_id].append(DeliveryState(state))
    return found


def _staff(session: Session, ids: set[int | None]) -> dict[int | None, Staff]:
    return {member.id: member for member in session.exec(select(Staff).where(col(Staff.id).in_(ids))).all()}
