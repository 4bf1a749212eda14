"""The languages of Wegwijs: one table, read once."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from translations.tables import read_yaml

TABLE = Path(__file__).with_name("languages.yaml")


class Direction(StrEnum):
    LTR = "ltr"
    RTL = "rtl"


class Script(StrEnum):
    """The scripts of our languages, by ISO 15924 code."""

    LATIN = "Latn"
    CYRILLIC = "Cyrl"
    ARABIC = "Arab"
    ETHIOPIC = "Ethi"


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language: its ISO 639-1 code, its name in its own script, and how it is written."""

    code: str
    name: str
    english: str
    direction: Direction
    script: Script
    romanised: bool = False
    translate: tuple[str, ...] = ()


class UnknownLanguage(LookupError):
    """The code is not one of the languages of Wegwijs."""


@cache
def languages() -> dict[str, Language]:
    """All languages by code, in the order in which they are shown to a reader."""
    rows = read_yaml(TABLE.read_text(encoding="utf-8"))
    return {
        code: Language(
            code=code,
            name=row["name"],
            english=row["english"],
            direction=Direction(row["direction"]),
            script=Script(row["script"]),
            romanised=row.get("romanised", False),
            translate=tuple(row.get("translate", ())),
        )
        for code, row in rows.items()
    }


def language(code: str) -> Language:
    """The language with this code.

    Raises:
        UnknownLanguage: the code is not in the table.
    """
    try:
        return languages()[code]
    except KeyError:
        raise UnknownLanguage(code) from None
