"""What was learned from a version, carried through the database to the replicas on other machines.

On SQLite there is one machine, and its data folder has it already.
"""

import hashlib
import hmac
from pathlib import Path

from sqlmodel import Session, col, delete, select

from admin.editing.tables import LearnedPart
from wegwijs.files import written_whole
from wegwijs.logs import logger
from wegwijs.settings import settings
from wegwijs.storage import engine, reading, transaction

log = logger(__name__)

PART_BYTES = 8 * 1024 * 1024
KEPT = 3
"""So many of the last learned are kept: that of the version that stands, of the one before, and of a proposal."""


def store_models(path: Path) -> None:
    """Put a file of learned models where replicas on other machines find it; the oldest make room."""
    if engine().dialect.name == "sqlite":
        return
    content = path.read_bytes()
    parts = [content[start : start + PART_BYTES] for start in range(0, len(content), PART_BYTES)]
    seal = _seal(content)
    with transaction() as session:
        session.exec(delete(LearnedPart).where(col(LearnedPart.models) == path.name))
        session.add_all(
            LearnedPart(models=path.name, number=number, of=len(parts), seal=seal, data=part)
            for number, part in enumerate(parts)
        )
        session.flush()
        _forget_old(session, path.name)


def _forget_old(session: Session, newest: str) -> None:
    names = session.exec(
        select(LearnedPart.models).where(LearnedPart.number == 0).order_by(col(LearnedPart.stored_at).desc())
    ).all()
    kept = [newest, *(name for name in names if name != newest)][:KEPT]
    session.exec(delete(LearnedPart).where(col(LearnedPart.models).not_in(kept)))


def fetch_models(path: Path) -> bool:
    """Bring a file of learned models from the database; False when it is not there whole, as one of us put it there."""
    with reading() as session:
        query = select(LearnedPart).where(LearnedPart.models == path.name).order_by(col(LearnedPart.number))
        parts = list(session.exec(query).all())
    if not parts or len(parts) != parts[0].of:
        return False
    content = b"".join(part.data for part in parts)
    if not hmac.compare_digest(_seal(content), parts[0].seal):
        log.error("models_not_ours", name=path.name)
        return False
    with written_whole(path) as unfinished:
        unfinished.write_bytes(content)
    log.info("models_fetched", name=path.name, megabytes=round(path.stat().st_size / 1e6))
    return True


def _seal(content: bytes) -> str:
    return hmac.new(settings().key_of_hashes(), content, hashlib.sha256).hexdigest()
