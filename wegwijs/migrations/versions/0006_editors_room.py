"""The editors' room: versions of the package, drafts, proposals, trials; what was answered, and what was not."""

import sqlalchemy as sa
from alembic import op

from wegwijs.storage import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = UTCDateTime(timezone=True)
_TABLES = (
    "topic_count",
    "topic_wish",
    "learned_part",
    "trial",
    "proposed_change",
    "proposal",
    "open_unit",
    "machine_text",
    "draft",
    "package_file",
    "package_version",
)


def upgrade() -> None:
    """Forward."""
    _make_versions()
    _make_drafts()
    _make_proposals()
    _make_counts()
    op.add_column("message", sa.Column("not_understood", sa.String(length=12), nullable=True))
    op.add_column("message", sa.Column("not_meant", sa.String(length=80), nullable=True))
    op.create_index(
        "ix_message_not_understood",
        "message",
        ["id"],
        sqlite_where=sa.text("not_understood IS NOT NULL"),
        postgresql_where=sa.text("not_understood IS NOT NULL"),
    )


def _make_versions() -> None:
    op.create_table(
        "package_version",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=False),
        _staff("published_by"),
        _staff("proposed_by"),
        sa.Column("why", sa.String(length=1000), nullable=False),
        sa.Column("returned_to", sa.Integer(), nullable=True),
    )
    op.create_table(
        "package_file",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("path", sa.String(length=160), nullable=False, index=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.Integer(), sa.ForeignKey("package_version.number"), nullable=False),
        sa.Column("until", sa.Integer(), sa.ForeignKey("package_version.number"), nullable=True, index=True),
    )
    op.create_index(
        "ix_package_file_standing",
        "package_file",
        ["path"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "learned_part",
        sa.Column("models", sa.String(length=80), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", _MOMENT, nullable=False),
    )


def _make_drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("unit", sa.String(length=160), primary_key=True),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        _staff("edited_by"),
        sa.Column("edited_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "machine_text",
        sa.Column("unit", sa.String(length=160), primary_key=True),
        sa.Column("hash", sa.String(length=16), nullable=False),
    )
    op.create_table(
        "open_unit",
        "machine_text",
        sa.Column("unit", sa.String(length=160), primary_key=True),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seen_at", _MOMENT, nullable=False),
    )


def _make_proposals() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.String(length=12), nullable=False, index=True),
        sa.Column("why", sa.String(length=1000), nullable=False),
        _staff("proposed_by"),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        _staff("decided_by"),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), sa.ForeignKey("package_version.number"), nullable=True),
    )
    op.create_table(
        "proposed_change",
        sa.Column("proposal_id", sa.Integer(), sa.ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("unit", sa.String(length=160), primary_key=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=True),
    )
    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "proposal_id", sa.Integer(), sa.ForeignKey("proposal.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("base", sa.Integer(), sa.ForeignKey("package_version.number"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.String(length=12), nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("beat_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
    )


def _make_counts() -> None:
    op.create_table(
        "topic_wish",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("wish", sa.String(length=500), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        _staff("staff_id"),
        sa.Column("wished_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
    )
    op.create_table(
        "topic_count",
        sa.Column("day", sa.String(length=10), primary_key=True),
        sa.Column("topic", sa.String(length=80), primary_key=True),
        sa.Column("language", sa.String(length=8), primary_key=True),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("not_meant", sa.Integer(), nullable=False),
    )


def _staff(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("staff.id", ondelete="SET NULL"), nullable=True)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_message_not_understood", table_name="message")
    op.drop_column("message", "not_meant")
    op.drop_column("message", "not_understood")
    for table in _TABLES:
        op.drop_table(table)
