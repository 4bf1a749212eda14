"""How often each topic is answered, and what people say of it: of nobody in particular.

Counted in memory and written every half a minute: a turn costs no statement more, and a crash loses half a minute of
figures, never a message.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, delete

from bot.replies import Renderer
from bot.turn import TurnResult
from wegwijs.logs import logger
from wegwijs.storage import now, transaction

log = logger(__name__)

WRITTEN_EVERY_SECONDS = 30.0
KEPT = timedelta(days=400)
_BRUSSELS = ZoneInfo("Europe/Brussels")
_FIGURES = ("answered", "helped", "not_meant")

Figure = Literal["answered", "helped", "not_meant"]


class TopicCount(SQLModel, table=True):
    """How often a topic was answered on a day in a language, and what people said of it. Of nobody in particular."""

    __tablename__: ClassVar[str] = "topic_count"

    day: str = Field(primary_key=True, max_length=10)
    topic: str = Field(primary_key=True, max_length=80)
    language: str = Field(primary_key=True, max_length=8)
    answered: int = 0
    helped: int = 0
    not_meant: int = 0


class TopicCounts:
    """What is counted in this process and not written yet."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, str, str, Figure]] = Counter()
        self._lock = Lock()

    def count(self, result: TurnResult, *, renderer: Renderer) -> None:
        """Count the answers of a turn, and what it says of one before."""
        of_turn: list[tuple[str, Figure]] = [
            (renderer.topic_of(reply), "answered") for reply in result.replies if reply.key == "answer"
        ]
        if result.feedback is not None:
            of_turn.append((result.feedback.topic, "helped" if result.feedback.helped else "not_meant"))
        if not of_turn:
            return
        day = day_of(now())
        with self._lock:
            self._counted.update((day, topic, result.language, figure) for topic, figure in of_turn)

    async def run(self) -> None:
        """Write every half a minute, until cancelled; then once more."""
        try:
            while True:
                await asyncio.sleep(WRITTEN_EVERY_SECONDS)
                await asyncio.to_thread(self._write_if_possible)
        finally:
            self._write_if_possible()

    def _write_if_possible(self) -> None:
        try:
            self.write()
        except Exception:  # the next time takes them along
            log.exception("counts_not_written")

    def write(self) -> None:
        """Add what was counted to what stands in the database, in one statement."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return
        try:
            with transaction() as session:
                _add(session, counted)
        except BaseException:
            with self._lock:
                self._counted += counted
            raise


def _add(session: Session, counted: Counter[tuple[str, str, str, Figure]]) -> None:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    # In one order everywhere, so that two processes which write at once never wait for each other.
    for (day, topic, language, figure), number in sorted(counted.items()):
        row = rows.setdefault(
            (day, topic, language),
            {"day": day, "topic": topic, "language": language, **dict.fromkeys(_FIGURES, 0)},
        )
        row[figure] += number
    table: Any = TopicCount.__table__  # type: ignore[attr-defined]
    make = sqlite.insert if session.connection().dialect.name == "sqlite" else postgresql.insert
    statement = make(table).values(list(rows.values()))
    sums = {figure: table.c[figure] + statement.excluded[figure] for figure in _FIGURES}
    session.execute(statement.on_conflict_do_update(index_elements=["day", "topic", "language"], set_=sums))


def day_of(moment: datetime) -> str:
    """The day of a moment in Belgium, as it is kept: "2026-11-22"."""
    return moment.astimezone(_BRUSSELS).date().isoformat()


def forget_old_counts(session: Session, *, moment: datetime) -> None:
    """Delete the figures of days that are long past."""
    session.exec(delete(TopicCount).where(col(TopicCount.day) < day_of(moment - KEPT)))
