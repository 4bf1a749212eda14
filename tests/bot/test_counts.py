"""The figures of topics: written in one go, summed over processes and restarts, kept so long and no longer."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from admin.editing.counts import Asked, asked_by_page, asked_by_topic
from bot import counts as counting
from bot.counts import KEPT, TopicCount, TopicCounts, day_of, forget_old_counts
from bot.feedback import Feedback
from bot.replies import Renderer, Reply
from bot.turn import TurnResult
from knowledge.pages import Package
from wegwijs.storage import now, transaction

pytestmark = pytest.mark.usefixtures("in_database")
SCHOOL, DOCTOR, OUTSIDE = "future/school", "health/doctor-in-centre", "health/care-outside-reception"


@pytest.fixture
def renderer(package: Package) -> Renderer:
    return Renderer(package=package)


def turn(topic: str = SCHOOL, language: str = "ti", **parameters: str) -> TurnResult:
    return TurnResult(replies=(Reply("answer", {"topic": topic, **parameters}),), language=language, changes={})


def rated(helped: bool, language: str = "ti") -> TurnResult:
    return TurnResult(replies=(), language=language, changes={}, feedback=Feedback(topic=SCHOOL, helped=helped))


def asked(moment: datetime | None = None) -> dict[tuple[str, str], Asked]:
    with transaction() as session:
        return asked_by_page(session, today=(moment or now()).date())


def test_two_processes_add_to_the_same_figures(renderer: Renderer) -> None:
    for process in (TopicCounts(), TopicCounts()):
        process.count(turn(), renderer=renderer)
        process.count(turn(language="nl"), renderer=renderer)
        process.count(rated(helped=True), renderer=renderer)
        process.write()
        process.write()  # nothing is left to add
    assert asked() == {
        (SCHOOL, "ti"): Asked(answered=2, helped=2),
        (SCHOOL, "nl"): Asked(answered=2),
    }
    assert asked_by_topic(asked()) == {SCHOOL: Asked(answered=4, helped=2)}


def test_what_is_counted_is_the_topic_that_was_shown(renderer: Renderer) -> None:
    counts = TopicCounts()
    counts.count(turn(DOCTOR, situation="out"), renderer=renderer)
    counts.write()
    assert set(asked()) == {(OUTSIDE, "ti")}


async def test_at_the_end_of_the_process_nothing_counted_is_lost(renderer: Renderer) -> None:
    counts = TopicCounts()
    running = asyncio.create_task(counts.run())
    await asyncio.sleep(0)
    counts.count(turn(), renderer=renderer)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert asked() == {(SCHOOL, "ti"): Asked(answered=1)}


async def test_a_crash_loses_half_a_minute_and_no_more(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert counting.WRITTEN_EVERY_SECONDS <= 30
    monkeypatch.setattr(counting, "WRITTEN_EVERY_SECONDS", 0.01)
    counts = TopicCounts()
    running = asyncio.create_task(counts.run())
    counts.count(turn(), renderer=renderer)
    for _ in range(500):
        if asked():
            break
        await asyncio.sleep(0.01)
    assert asked() == {(SCHOOL, "ti"): Asked(answered=1)}  # while it still runs
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_what_could_not_be_written_is_written_the_next_time(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = TopicCounts()
    counts.count(turn(), renderer=renderer)
    with monkeypatch.context() as away:
        away.setattr(counting, "transaction", lambda: (_ for _ in ()).throw(OSError("the database is away")))
        with pytest.raises(OSError, match="away"):
            counts.write()
    counts.write()
    assert asked() == {(SCHOOL, "ti"): Asked(answered=1)}


def test_the_day_is_that_of_belgium() -> None:
    assert day_of(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == "2026-11-23"


@pytest.mark.parametrize(("age", "is_summed", "is_kept"), [(29, True, True), (31, False, True), (401, False, False)])
def test_a_month_is_summed_and_after_four_hundred_days_all_is_forgotten(
    age: int, is_summed: bool, is_kept: bool
) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)  # late at night a change of the clocks shifts the day
    with transaction() as session:
        session.add(TopicCount(day=day_of(noon - timedelta(days=age)), topic=SCHOOL, language="ti", answered=3))
    assert bool(asked(noon)) is is_summed
    with transaction() as session:
        forget_old_counts(session, moment=noon)
    with transaction() as session:
        assert bool(session.exec(select(TopicCount)).all()) is is_kept
    assert timedelta(days=400) == KEPT


@pytest.mark.parametrize(("helped", "not_meant", "share"), [(4, 0, None), (4, 1, 0.8), (0, 5, 0.0)])
def test_the_share_that_was_helped_is_only_told_where_five_said_something(
    helped: int, not_meant: int, share: float | None
) -> None:
    assert Asked(answered=99, helped=helped, not_meant=not_meant).helped_share == share
