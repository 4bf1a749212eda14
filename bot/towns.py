"""Which town a person means, however it is written."""

from functools import cache
from pathlib import Path

from knowledge.text import clean, fold
from translations.tables import read_yaml

TABLE = Path(__file__).with_name("towns.yaml")
MAX_CHARACTERS = 60
_MAX_WORDS = 4
"""A longer message is a story, not the name of a town."""


@cache
def _rows() -> dict[str, dict[str, object]]:
    rows: dict[str, dict[str, object]] = read_yaml(TABLE.read_text(encoding="utf-8"))
    return rows


@cache
def _by_spelling() -> dict[str, str]:
    return {fold(str(name)): town for town, row in _rows().items() for name in _names(row)}


def _names(row: dict[str, object]) -> list[str]:
    names = row["names"]
    return list(names) if isinstance(names, list) else []


def offered_towns() -> list[str]:
    """The towns shown as buttons."""
    return [town for town, row in _rows().items() if row.get("offered")]


def known_town(text: str) -> str | None:
    """The town of our table that stands somewhere in a short message ("I am in bxl"); None when none does."""
    words = fold(text).split()
    if len(words) > 2 * _MAX_WORDS:
        return None
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            town = _by_spelling().get(" ".join(words[start : start + length]))
            if town:
                return town
    return None


def town_as_written(text: str) -> str | None:
    """A short message taken as the name of a town; None when it is too long for one or holds a figure."""
    name = " ".join(clean(text, limit=MAX_CHARACTERS + 1).split())
    short = 0 < len(name) <= MAX_CHARACTERS and len(name.split()) <= _MAX_WORDS
    # A house number would be an address, and we ask for none.
    return name if short and not any(map(str.isdigit, name)) else None
