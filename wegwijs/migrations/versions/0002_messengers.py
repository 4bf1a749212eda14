"""Leases on conversations, handles of messengers, deliveries, and what is remembered of erased messages.

Nothing here rebuilds a table: in SQLite that would delete the old one, and with it, by its foreign keys, every message.
"""

import sqlalchemy as sa
from alembic import op

import wegwijs.storage

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = wegwijs.storage.UTCDateTime(timezone=True)
_UNPROCESSED = sa.text("processed_at IS NULL")
_UNDER_WAY = sa.text("state IN ('queued', 'sending')")
_STATES = ("queued", "sending", "sent", "delivered", "read", "failed", "window_closed", "opted_out", "unknown")


def _conversation_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("handle", wegwijs.storage.EncryptedJSON(), nullable=True),
        sa.Column("handle_hash", sa.String(length=64), nullable=True),
        sa.Column("opted_out", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("erasing", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("reminded_at", _MOMENT, nullable=True),
        sa.Column("leased_by", sa.String(length=32), nullable=True),
        sa.Column("leased_until", _MOMENT, nullable=True),
    )


def upgrade() -> None:
    """Forward."""
    for column in _conversation_columns():
        op.add_column("conversation", column)
    op.create_index("ix_conversation_handle", "conversation", ["channel", "handle_hash"], unique=True)
    op.add_column("message", sa.Column("sent_at", _MOMENT, nullable=False, server_default="1970-01-01 00:00:00"))
    op.execute("UPDATE message SET sent_at = created_at")
    op.drop_index("ix_message_to_process", "message")
    op.create_index(
        "ix_message_to_process",
        "message",
        ["sent_at", "id"],
        sqlite_where=_UNPROCESSED,
        postgresql_where=_UNPROCESSED,
    )
    op.create_table(
        "erased_message",
        sa.Column("id_hash", sa.String(length=64), primary_key=True),
        sa.Column("erased_at", _MOMENT, nullable=False, index=True),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "conversation_id",
            sa.String(length=32),
            sa.ForeignKey("conversation.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("part", wegwijs.storage.EncryptedJSON(), nullable=True),
        sa.Column("state", sa.Enum(*_STATES, name="deliverystate", native_enum=False, length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", _MOMENT, nullable=True),
        sa.Column("leased_by", sa.String(length=32), nullable=True),
        sa.Column("leased_until", _MOMENT, nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("message_id", "number"),
        sa.UniqueConstraint("channel", "provider_id"),
    )
    op.create_index(
        "ix_delivery_under_way",
        "delivery",
        ["conversation_id", "id"],
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    )
    op.create_index("ix_delivery_started", "delivery", ["channel", "started_at"])


def downgrade() -> None:
    """Back."""
    op.drop_table("delivery")
    op.drop_table("erased_message")
    op.drop_index("ix_message_to_process", "message")
    op.create_index("ix_message_to_process", "message", ["processed_at", "id"])
    op.drop_column("message", "sent_at")
    op.drop_index("ix_conversation_handle", "conversation")
    for column in _conversation_columns():
        op.drop_column("conversation", column.name)
