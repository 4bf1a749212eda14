"""The audit trail is only added to: no entry is changed, and none deleted before 300 days.

SQLite loses triggers when a batch operation makes a table anew: whoever changes `audit_entry` puts them back.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REFUSAL = "the audit trail is only added to"
_SQLITE = (
    f"""CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_entry_is_kept BEFORE DELETE ON audit_entry WHEN OLD.at > datetime('now', '-300 days')
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$""",
    """CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()""",
    """CREATE TRIGGER audit_entry_is_kept BEFORE DELETE ON audit_entry
        FOR EACH ROW WHEN (OLD.at > now() - interval '300 days') EXECUTE FUNCTION refuse_audit_change()""",
    """CREATE TRIGGER audit_entry_is_never_emptied BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
)


def upgrade() -> None:
    """Forward."""
    for statement in _SQLITE if _is_sqlite() else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Back."""
    suffix = "" if _is_sqlite() else " ON audit_entry"
    for name in ("is_never_changed", "is_kept"):
        op.execute(f"DROP TRIGGER audit_entry_{name}{suffix}")
    if not _is_sqlite():
        op.execute("DROP TRIGGER audit_entry_is_never_emptied ON audit_entry")
        op.execute("DROP FUNCTION refuse_audit_change")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
