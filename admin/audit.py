"""The audit trail: who did what with which account or conversation. The database itself refuses to change it."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from admin.tables import AuditEntry
from wegwijs.storage import now

LEAST_KEPT = timedelta(days=300)
"""Younger entries cannot be deleted by anybody: a trigger of migration 0005 refuses it."""
OPENED = "opened"
NOTED_AGAIN_AFTER = timedelta(hours=1)


def note_access(
    session: Session,
    *,
    staff_id: int | None,
    action: str,
    conversation_id: str | None = None,
    **detail: str | int | list[str],
) -> None:
    """Add one entry, in the transaction of what it tells of; `staff_id` is None for the command line.

    `action` is a word of the past ("opened", "taken", "invited"). `detail` never holds a text of a message or a name.
    """
    entry = AuditEntry(staff_id=staff_id, action=action, conversation_id=conversation_id, detail=detail)
    session.add(entry)


def note_in_view(session: Session, *, staff_id: int | None, conversation_id: str) -> None:
    """The same for what stays before somebody's eyes: one entry an hour says that they had it open."""
    recent = select(AuditEntry.id).where(
        AuditEntry.conversation_id == conversation_id,
        AuditEntry.staff_id == staff_id,
        AuditEntry.action == OPENED,
        col(AuditEntry.at) > now() - NOTED_AGAIN_AFTER,
    )
    if session.exec(recent.limit(1)).first() is None:
        note_access(session, staff_id=staff_id, action=OPENED, conversation_id=conversation_id)


def forget_old_entries(session: Session, *, moment: datetime, kept: timedelta) -> None:
    """Delete the entries that are older than `kept` (settings: audit_days)."""
    session.exec(delete(AuditEntry).where(col(AuditEntry.at) < moment - max(kept, LEAST_KEPT)))
