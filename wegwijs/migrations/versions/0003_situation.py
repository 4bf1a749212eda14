"""Whether the person has a reception place, and the topic that was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("conversation", sa.Column("situation", sa.String(length=10), nullable=True))
    op.add_column("conversation", sa.Column("asked_about", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("conversation", "asked_about")
    op.drop_column("conversation", "situation")
