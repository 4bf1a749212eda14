"""When a team can be reached: Belgian time, Belgian public holidays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from knowledge.facts import OpeningHours

BRUSSELS = ZoneInfo("Europe/Brussels")
_LOOK_AHEAD_DAYS = 30


@cache
def _public_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("BE")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Whether it is open at a moment, and if not, when it opens next (Brussels time)."""

    is_open: bool
    next_opening: datetime | None


def opening_at(moment: datetime, hours: OpeningHours) -> Opening:
    """Whether these hours hold at this moment (aware), and when they begin next."""
    here = moment.astimezone(BRUSSELS)
    if hours.opens is None or hours.closes is None:
        return Opening(is_open=_is_working_day(here, hours), next_opening=None)
    if _is_working_day(here, hours) and hours.opens <= here.time() < hours.closes:
        return Opening(is_open=True, next_opening=None)
    for ahead in range(_LOOK_AHEAD_DAYS):
        day = here.date() + timedelta(days=ahead)
        opening = datetime.combine(day, hours.opens, tzinfo=BRUSSELS)
        if opening > here and _is_working_day(opening, hours):
            return Opening(is_open=False, next_opening=opening)
    return Opening(is_open=False, next_opening=None)


def opening_of(moment: datetime, several: Sequence[OpeningHours]) -> Opening:
    """The same of hours with a break in between, mornings and afternoons."""
    openings = [opening_at(moment, hours) for hours in several]
    following = [opening.next_opening for opening in openings if opening.next_opening is not None]
    is_open = any(opening.is_open for opening in openings)
    return Opening(is_open=is_open, next_opening=None if is_open else min(following, default=None))


def _is_working_day(moment: datetime, hours: OpeningHours) -> bool:
    return moment.weekday() in hours.weekdays and moment.date() not in _public_holidays()
