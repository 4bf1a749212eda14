"""Bringing the database to the present shape, and writing the next migration."""

from pathlib import Path

from alembic import command
from alembic.config import Config

FOLDER = Path(__file__).with_name("migrations")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade() -> None:
    """Run the migrations that this database has not seen."""
    command.upgrade(_config(), "head")


def write_migration(message: str) -> None:
    """Write a migration from the difference between the tables in the code and in the database."""
    command.revision(_config(), message=message, autogenerate=True)


def check() -> None:
    """Compare the tables in the code with those in the database.

    Raises:
        alembic.util.exc.CommandError: a migration is missing.
    """
    command.check(_config())
