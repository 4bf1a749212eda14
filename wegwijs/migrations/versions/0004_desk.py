"""Staff, their sessions and what they do; who holds a conversation; what became of handovers."""

import sqlalchemy as sa
from alembic import op

from wegwijs.storage import EncryptedJSON, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = UTCDateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    _make_accounts()
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False, index=True),
        sa.Column("staff_id", sa.Integer(), nullable=True, index=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True, index=True),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "conversation_id",
            sa.String(length=32),
            sa.ForeignKey("conversation.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id", ondelete="SET NULL"), nullable=True),
        sa.Column("content", EncryptedJSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "conversation_id",
            sa.String(length=32),
            sa.ForeignKey("conversation.id", ondelete="SET NULL"),
            nullable=True,
            index=True,
        ),
        sa.Column("team", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("about", sa.String(length=80), nullable=True),
        sa.Column("helped", sa.Boolean(), nullable=True),
    )
    op.add_column("conversation", sa.Column("held_by", sa.Integer(), nullable=True))
    op.create_index("ix_conversation_held_by", "conversation", ["held_by"])
    op.add_column("conversation", sa.Column("topic", sa.String(length=80), nullable=True))
    op.add_column("conversation", sa.Column("misunderstood", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("message", sa.Column("staff_id", sa.Integer(), nullable=True))


def _make_accounts() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("login", sa.String(length=120), nullable=False, unique=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("speaks", sa.JSON(), nullable=False),
        sa.Column("interface", sa.String(length=2), nullable=False),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", EncryptedJSON(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(length=64), primary_key=True),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("totp_secret", EncryptedJSON(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(length=64), primary_key=True),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Back."""
    op.drop_column("message", "staff_id")
    op.drop_index("ix_conversation_held_by", "conversation")
    for column in ("misunderstood", "topic", "held_by"):
        op.drop_column("conversation", column)
    for table in ("handover", "note", "audit_entry", "staff_session", "invitation", "staff"):
        op.drop_table(table)
