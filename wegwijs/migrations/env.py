"""Runs the migrations against the database of the settings."""

from alembic import context
from sqlmodel import SQLModel

import admin.editing.tables
import admin.tables  # noqa: F401 - the tables of these modules must be known
import bot.conversations
import bot.counts
import bot.handovers  # noqa: F401
import channels.inbound
import channels.outbound  # noqa: F401
from wegwijs.storage import engine

with engine().connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        # Rasa's tables live in a schema of its own.
        include_schemas=False,
    )
    with context.begin_transaction():
        context.run_migrations()
