"""The audit trail: who did what with which account or conversation. The database itself refuses to change it."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from admin.tables import AuditEntry

LEAST_KEPT = timedelta(days=300)
"""Younger entries cannot be deleted by anybody: a trigger of migration 0005 refuses it."""


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


def forget_old_entries(session: Session, *, moment: datetime, kept: timedelta) -> None:
    """Delete the entries that are older than `kept` (settings: audit_days)."""
    session.exec(delete(AuditEntry).where(col(AuditEntry.at) < moment - max(kept, LEAST_KEPT)))
