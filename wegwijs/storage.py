"""The database: SQLite in WAL mode on one machine, PostgreSQL by DATABASE_URL; and columns encrypted at rest."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Connection, DateTime, Dialect, Engine, Enum, LargeBinary, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from wegwijs.settings import settings

_BUSY_SECONDS = 5
"""How long SQLite waits for another writer before it says that the database is locked."""


def make_engine(url: str) -> Engine:
    """An engine for this address; SQLite gets WAL mode, foreign keys and a busy timeout."""
    if not url.startswith("sqlite"):
        # No ping before each use, which is a round trip more for every transaction. After a restart of PostgreSQL the
        # first failure throws away all connections, and whoever met it tries again.
        return create_engine(url, pool_size=10, max_overflow=10)
    made = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(made, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: an acknowledged message must survive a power cut, not only a crash of the process.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    return made


@cache
def engine() -> Engine:
    """The engine of this process."""
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    return make_engine(settings().database)


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose work is committed at the end, or rolled back whole when anything fails."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads, each statement for itself: it saves the round trips of a transaction's two ends."""
    with Session(engine().execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False) as session:
        yield session


@contextmanager
def writing() -> Iterator[Connection]:
    """As `transaction`, without objects: a turn's own few statements cost a third so, for the processor."""
    with engine().begin() as connection:
        yield connection


@contextmanager
def looking() -> Iterator[Connection]:
    """As `reading`, without objects."""
    with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection


def table_of(kind: type[SQLModel]) -> Table:
    """The table of these objects, for statements without them."""
    table: Table = kind.__table__  # type: ignore[attr-defined]
    return table


def take_write_lock(session: Session) -> None:
    """On SQLite, which has no locks of rows: nobody else writes from here to the commit; a SELECT keeps nobody out.

    Without it, what was read may be changed by another before it is written: a lease given back, a conversation taken.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def scrub() -> None:
    """Take what was erased out of SQLite's log as well, which holds pages as they were until it is written over."""
    if engine().dialect.name == "sqlite":
        with engine().connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def cipher() -> MultiFernet:
    """Encrypts with the newest key, decrypts with any."""
    return _cipher_with(settings().cipher_keys())


@lru_cache(maxsize=4)
def _cipher_with(keys: tuple[bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyed_hash(value: str) -> str:
    """A hash only we can make, to find a handle or token again without storing it."""
    return hmac.new(settings().key_of_hashes(), value.encode(), hashlib.sha256).hexdigest()


def stored_as_text(kind: type[StrEnum], *, length: int) -> Enum:
    """A column for the values of an enumeration, as text: a new value then needs no migration."""
    return Enum(
        kind, native_enum=False, length=length, values_callable=lambda members: [each.value for each in members]
    )


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, unique: tuple[str, ...]
) -> dict[tuple[Any, ...], int]:
    """Insert the rows that are new by their `unique` columns; the ids of these, by their values in these columns.

    One statement where savepoints would take three for each row.
    """
    inserted = connection.execute(_insert_new(table, unique, connection.dialect.name), rows)
    return {tuple(values): number for number, *values in inserted}


@cache
def _insert_new(table: Table, unique: tuple[str, ...], dialect: str) -> ReturningInsert[Any]:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing().returning(table.c.id, *(table.c[name] for name in unique))


class EncryptedJSON(TypeDecorator[Any]):
    """A value stored as encrypted JSON."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else cipher().encrypt(json.dumps(value, ensure_ascii=False).encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Decrypt on the way out."""
        return None if value is None else json.loads(cipher().decrypt(bytes(value)))


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in time, always with its zone: SQLite forgets it, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Put the zone back."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
