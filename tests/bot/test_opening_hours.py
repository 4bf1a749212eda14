"""Opening hours in Belgian time, Belgian public holidays and the change of the clock."""

from datetime import UTC, datetime, time

import pytest

from bot.opening_hours import BRUSSELS, opening_at
from knowledge.facts import OpeningHours

OFFICE = OpeningHours(weekdays=(0, 1, 2, 3, 4), opens=time(9), closes=time(13))


def here(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens_next"),
    [
        ("2026-11-23 09:00", True, None),
        ("2026-11-23 12:59", True, None),
        ("2026-11-23 13:00", False, "2026-11-24 09:00"),
        ("2026-11-23 08:59", False, "2026-11-23 09:00"),
        ("2026-11-20 18:00", False, "2026-11-23 09:00"),  # Friday evening: Monday
        ("2026-12-24 18:00", False, "2026-12-28 09:00"),  # Christmas and a weekend
        ("2026-07-21 10:00", False, "2026-07-22 09:00"),  # the national holiday
        ("2026-03-27 18:00", False, "2026-03-30 09:00"),  # summer time begins in between
    ],
)
def test_open_now_or_when_next(moment: str, is_open: bool, opens_next: str | None) -> None:
    opening = opening_at(here(moment), OFFICE)
    assert opening.is_open is is_open
    assert opening.next_opening == (here(opens_next) if opens_next else None)


def test_a_moment_in_another_zone_is_belgian_time() -> None:
    assert opening_at(datetime(2026, 7, 1, 7, 30, tzinfo=UTC), OFFICE).is_open
    assert not opening_at(datetime(2026, 12, 1, 7, 30, tzinfo=UTC), OFFICE).is_open
