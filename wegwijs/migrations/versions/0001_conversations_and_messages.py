"""conversations and messages"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import wegwijs.storage

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "conversation",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("channel", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True),
        sa.Column(
            "state",
            sa.Enum("bot", "waiting", "held", "closed", name="state", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("team", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("town", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
        sa.Column("waiting_since", wegwijs.storage.UTCDateTime(timezone=True), nullable=True),
        sa.Column("danger", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("noticed", sa.Boolean(), nullable=False),
        sa.Column("open_question", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("unanswered", sa.Integer(), nullable=True),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("created_at", wegwijs.storage.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_message_at", wegwijs.storage.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_last_message_at"), ["last_message_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversation_state"), ["state"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("channel", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=True),
        sa.Column(
            "author",
            sa.Enum("person", "bot", "staff", name="author", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True),
        sa.Column("content", wegwijs.storage.EncryptedJSON(), nullable=False),
        sa.Column("created_at", wegwijs.storage.UTCDateTime(timezone=True), nullable=False),
        sa.Column("processed_at", wegwijs.storage.UTCDateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", wegwijs.storage.UTCDateTime(timezone=True), nullable=True),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "provider_id"),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_message_to_process", ["processed_at", "id"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_to_process")
        batch_op.drop_index(batch_op.f("ix_message_conversation_id"))

    op.drop_table("message")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_state"))
        batch_op.drop_index(batch_op.f("ix_conversation_last_message_at"))

    op.drop_table("conversation")
