"""The facts as a table: how old each is, and how often it is used."""

import re
from dataclasses import dataclass
from datetime import date

from admin.editing.drafts import fields_now
from admin.editing.matrix import Work
from admin.editing.units import UnitKind, fact_unit, key_of, kind_of
from admin.editing.uses import uses_of_facts
from knowledge.facts import Fact
from knowledge.pages import Package
from knowledge.text import fold

_DAY = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


@dataclass(frozen=True, kw_only=True)
class FactRow:
    """One fact. `fact` is None for one that is only drafted."""

    key: str
    fact: Fact | None
    text: str
    pages: int
    is_edited: bool
    is_proposed: bool


@dataclass(frozen=True, kw_only=True)
class FactFilters:
    """What to show of the facts; empty: all. `months` is how old they are at least."""

    words: str = ""
    group: str = ""
    to_verify: bool = False
    months: int = 0


def group_of(key: str) -> str:
    """What a fact is about: the part of its key before the first point."""
    return key.partition(".")[0]


def fact_rows(package: Package, work: Work, filters: FactFilters, *, interface: str, today: date) -> list[FactRow]:
    """The facts that are asked for, in the order of their file; those that are only drafted come last."""
    uses = uses_of_facts(package)
    drafted = {key_of(unit) for unit in {*work.drafts, *work.proposed} if kind_of(unit) is UnitKind.FACT}
    rows = [
        _row(package, work, key, uses.get(key, 0), interface)
        for key in [*package.facts, *sorted(drafted - package.facts.keys())]
    ]
    return [row for row in rows if _is_asked_for(row, filters, today)]


def _row(package: Package, work: Work, key: str, pages: int, interface: str) -> FactRow:
    fact, unit = package.facts.get(key), fact_unit(key)
    return FactRow(
        key=key,
        fact=fact,
        text=fact.text(interface) if fact else _drafted_value(work, unit),
        pages=pages,
        is_edited=unit in work.drafts,
        is_proposed=unit in work.proposed,
    )


def _drafted_value(work: Work, unit: str) -> str:
    draft = work.drafts.get(unit)
    fields = fields_now(unit, draft=draft, sources={}) if draft else None
    return str(fields["value"]) if fields else ""


def _is_asked_for(row: FactRow, filters: FactFilters, today: date) -> bool:
    said = fold(f"{row.key} {row.text} {row.fact.source if row.fact else ''}")
    return (
        all(word in said for word in fold(filters.words).split())
        and filters.group in {"", group_of(row.key)}
        and (not filters.to_verify or (row.fact is not None and row.fact.to_verify))
        and (not filters.months or (row.fact is not None and months_old(row.fact.dated, today) >= filters.months))
    )


def months_old(dated: str, today: date) -> int:
    """How many months ago a fact was right for sure; a year or a month counts from its end."""
    match = _DAY.fullmatch(dated)
    if match is None:
        return 0
    year, month = int(match[1]), int(match[2] or 12)
    return max(0, (today.year - year) * 12 + today.month - month)
