"""The facts of the package: one table of numbers, addresses, hours and dates, written in each language's way."""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from translations.interface import string
from translations.tables import read_yaml

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLACEHOLDER = re.compile(r"\{\{\s*fact:([a-z0-9.-]+)\s*\}\}")

# Month names differ between countries of the same language (Arabic, Persian) or name another month
# (Tigrinya in Ethiopia): those languages get figures (information package, languages.md).
_DATES_IN_FIGURES = {"ar", "fa", "ps", "so", "ti"}

# CLDR's Pashto weekdays are a purist's; these are the ones people in Afghanistan say.
_PASHTO_WEEKDAYS = ("دوشنبه", "سه شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")


class InvalidFact(ValueError):
    """An entry of facts.yaml has no known kind, or lacks its source or date."""


class UnknownFact(LookupError):
    """A placeholder names a fact that facts.yaml does not hold."""


@dataclass(frozen=True, kw_only=True)
class OpeningHours:
    """On which weekdays (0 = Monday), and from when to when (Europe/Brussels); without times: the whole day."""

    weekdays: tuple[int, ...]
    opens: time | None
    closes: time | None


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact: its kind ("phone", "value", "number", "euro", "hours", "day"), its value, where it comes from."""

    key: str
    kind: str
    value: str | float | date | OpeningHours | dict[str, str]
    source: str
    dated: str
    to_verify: bool = False
    approximate: bool = False

    def text(self, language: str) -> str:
        """The fact as a reader of this language sees it, digits 0-9 everywhere."""
        if isinstance(self.value, OpeningHours):
            return hours_text(self.value, language)
        if isinstance(self.value, dict):
            return self.value[language]
        if self.kind == "day" and isinstance(self.value, date):
            return date_text(self.value, language)
        if self.kind == "euro":
            amount = string("language.euro", language, amount=_amount(float(str(self.value)), language))
            return string("language.about", language, amount=amount) if self.approximate else amount
        if self.kind == "number":
            return _number(float(str(self.value)), language)
        return str(self.value)

    @property
    def opening_hours(self) -> OpeningHours:
        """The hours of a fact of kind "hours".

        Raises:
            InvalidFact: the fact is of another kind.
        """
        if not isinstance(self.value, OpeningHours):
            raise InvalidFact(f"{self.key} is not a fact about opening hours")
        return self.value


def read_facts(source: str) -> dict[str, Fact]:
    """All facts of facts.yaml by key.

    Raises:
        InvalidFact: an entry cannot be read; the message names its key.
    """
    rows = read_yaml(source) or {}
    return {key: _read_fact(key, row) for key, row in rows.items()}


def _read_fact(key: str, row: dict[str, Any]) -> Fact:
    if not row.get("source") or not row.get("date"):
        raise InvalidFact(f"{key}: a fact needs its source and date")
    for kind in ("phone", "value", "number", "euro", "day", "weekdays"):
        if kind in row:
            value = _opening_hours(row) if kind == "weekdays" else row[kind]
            return Fact(
                key=key,
                kind="hours" if kind == "weekdays" else kind,
                value=value,
                source=str(row["source"]),
                dated=str(row["date"]),
                to_verify=bool(row.get("check", False)),
                approximate=bool(row.get("about", False)),
            )
    raise InvalidFact(f"{key}: none of phone, value, number, euro, day, weekdays")


def _opening_hours(row: dict[str, Any]) -> OpeningHours:
    return OpeningHours(
        weekdays=tuple(WEEKDAYS.index(day) for day in row["weekdays"]),
        opens=time.fromisoformat(row["from"]) if "from" in row else None,
        closes=time.fromisoformat(row["to"]) if "to" in row else None,
    )


def _number(value: float, language: str, pattern: str = "0.##") -> str:
    # The Dutch decimal comma is the Belgian one; locale digits (Arabic-Indic) would break dialling and copying.
    return str(format_decimal(value, format=pattern, locale="en" if language == "en" else "nl"))


def _amount(value: float, language: str) -> str:
    """Euros: whole, or with both digits of the cents."""
    return _number(value, language, "0" if value.is_integer() else "0.00")


def weekday_name(weekday: int, language: str) -> str:
    """The name of a weekday (0 = Monday) in this language."""
    if language == "ps":
        return _PASHTO_WEEKDAYS[weekday]
    return str(get_day_names("wide", locale=language)[weekday])


def date_text(day: date, language: str) -> str:
    """A date with the month in words, or in figures where month names mislead."""
    if language in _DATES_IN_FIGURES:
        return day.strftime("%d/%m/%Y")
    return str(format_date(day, format="long", locale="en_GB" if language == "en" else language))


def hours_text(hours: OpeningHours, language: str) -> str:
    """ "Monday to Friday, 09:00 - 13:00" in this language."""
    days = _weekdays_text(hours.weekdays, language)
    if hours.opens is None or hours.closes is None:
        return days
    return string(
        "language.hours",
        language,
        days=days,
        **{"from": f"{hours.opens:%H:%M}", "to": f"{hours.closes:%H:%M}"},
    )


def _weekdays_text(weekdays: tuple[int, ...], language: str) -> str:
    names = [weekday_name(day, language) for day in weekdays]
    in_a_row = len(weekdays) > 2 and weekdays == tuple(range(weekdays[0], weekdays[-1] + 1))
    if in_a_row:
        return string("language.weekday_range", language, first=names[0], last=names[-1])
    if len(names) == 1:
        return names[0]
    comma = "، " if language in {"ar", "fa", "ps"} else "፣ " if language == "ti" else ", "
    return string("language.weekday_list_last", language, list=comma.join(names[:-1]), last=names[-1])
