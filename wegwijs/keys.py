"""Changing the encryption key: everything encrypted is encrypted anew, while the service runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import ColumnClause, LargeBinary, TableClause, column, select, table, update
from sqlmodel import Session, SQLModel

from wegwijs.settings import replace_secret, settings
from wegwijs.storage import EncryptedJSON, cipher, reading, transaction

BATCH = 200
"""Values a transaction: the service, which writes as well, waits some milliseconds at most."""

Progress = Callable[[str, int, int], None]
"""Told after each batch: the name of a column, its values read so far, and those of them encrypted anew."""


class StillUnderAnOldKey(RuntimeError):
    """Some values would be lost with the old keys: `wegwijs keys rotate` must run to its end first."""


class KeysAreSetOutside(RuntimeError):
    """The keys come from WEGWIJS_ENCRYPTION_KEYS, so whoever sets that changes them."""


class NothingToDrop(RuntimeError):
    """There is only one key."""


@dataclass(frozen=True)
class EncryptedColumn:
    """A column of encrypted values as the database has it: bytes, beside the key of the row."""

    table: TableClause
    key: ColumnClause[object]
    value: ColumnClause[bytes]

    @property
    def name(self) -> str:
        """Where it is ("message.content")."""
        return f"{self.table.name}.{self.value.name}"


def encrypted_columns() -> list[EncryptedColumn]:
    """Every encrypted column of every table; the migrations have loaded them all (`wegwijs.database.upgrade`)."""
    return [
        _as_bytes(each.name, *(key.name for key in each.primary_key.columns), value=found.name)
        for each in SQLModel.metadata.sorted_tables
        for found in each.columns
        if isinstance(found.type, EncryptedJSON)
    ]


def _as_bytes(name: str, key: str, *, value: str) -> EncryptedColumn:
    key_column: ColumnClause[object] = column(key)
    value_column = column(value, LargeBinary)
    return EncryptedColumn(table(name, key_column, value_column), key_column, value_column)


def begin_rotation() -> bool:
    """Put a new key in front of the one in the data folder; False when that was done already and is to be finished.

    Raises:
        KeysAreSetOutside: they do not lie in the data folder.
    """
    if settings().encryption_keys:
        raise KeysAreSetOutside
    settings().key_of_hashes()  # written beside the keys before the oldest of them, which it is made from, can go
    keys = settings().cipher_keys()
    if len(keys) > 1:
        return False
    replace_secret(settings().key_file, "\n".join([Fernet.generate_key().decode(), *(key.decode() for key in keys)]))
    return True


def encrypt_anew(progress: Progress) -> int:
    """Encrypt everything that is under an older key with the newest; how many values that were.

    Run again after an interruption it goes on with what is left.
    """
    return sum(_encrypt_column_anew(each, progress) for each in encrypted_columns())


def _encrypt_column_anew(encrypted: EncryptedColumn, progress: Progress) -> int:
    read = changed = 0
    for batch in _batches(encrypted):
        old = [(key, value) for key, value in batch if not _is_under_newest_key(value)]
        changed += _write_anew(encrypted, old)
        read += len(batch)
        progress(encrypted.name, read, changed)
    return changed


def _batches(encrypted: EncryptedColumn) -> Iterator[list[tuple[object, bytes]]]:
    """The values with the keys of their rows, in the order of these."""
    query = select(encrypted.key, encrypted.value).where(encrypted.value.is_not(None))
    query = query.order_by(encrypted.key).limit(BATCH)
    after = query
    while True:
        with reading() as session:
            batch = [(key, bytes(value)) for key, value in session.execute(after)]
        if not batch:
            return
        yield batch
        after = query.where(encrypted.key > batch[-1][0])


def _is_under_newest_key(value: bytes) -> bool:
    try:
        Fernet(settings().cipher_keys()[0]).decrypt(value)
    except InvalidToken:
        return False
    return True


def _write_anew(encrypted: EncryptedColumn, old: list[tuple[object, bytes]]) -> int:
    with transaction() as session:
        return sum(_write_one(session, encrypted, key, value) for key, value in old)


def _write_one(session: Session, encrypted: EncryptedColumn, key: object, value: bytes) -> int:
    # Only over what was read: what the service has written meanwhile is newer, and under the newest key.
    unchanged = (encrypted.key == key, encrypted.value == value)
    statement = update(encrypted.table).where(*unchanged).values({encrypted.value: cipher().rotate(value)})
    written: int = session.exec(statement).rowcount
    return written


def under_old_keys() -> int:
    """How many values the newest key does not open."""
    values = (value for each in encrypted_columns() for batch in _batches(each) for _, value in batch)
    return sum(not _is_under_newest_key(value) for value in values)


def drop_old_keys() -> int:
    """Leave only the newest key in the data folder; how many were dropped.

    Raises:
        KeysAreSetOutside: they do not lie in the data folder.
        NothingToDrop: there is only one.
        StillUnderAnOldKey: something would be lost with them.
    """
    if settings().encryption_keys:
        raise KeysAreSetOutside
    newest, *old = settings().cipher_keys()
    if not old:
        raise NothingToDrop
    if left := under_old_keys():
        raise StillUnderAnOldKey(left)
    replace_secret(settings().key_file, newest.decode())
    return len(old)
