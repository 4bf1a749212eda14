"""Leaving "in Belgium" out of a message: everything here is about Belgium, so the words tell no topics apart.

With them, "may I work in Belgium" is nearest to the page on Belgian nationality. "Belgian" stays: it does tell.
"""

import re
from functools import cache
from pathlib import Path

import translations
from translations.tables import read_yaml

TABLE = Path(translations.__file__).with_name("country.yaml")


def without_country(text: str) -> str:
    """The text without the name of Belgium; as it is when nothing else would be left."""
    rest = " ".join(_country().sub(" ", text).split())
    return rest if any(map(str.isalpha, rest)) else text


@cache
def _country() -> re.Pattern[str]:
    """The name in any language, with a word before and after that goes with it: people mix languages."""
    rows: list[dict[str, list[str]]] = list(read_yaml(TABLE.read_text(encoding="utf-8")).values())
    words = {part: _any_of(rows, part) for part in ("before", "names", "endings", "after")}
    return re.compile(
        r"\b(?:{before}\s+)?{names}(?:['’]?{endings})?(?:\s+{after})?\b".format(**words),
        re.IGNORECASE,
    )


def _any_of(rows: list[dict[str, list[str]]], part: str) -> str:
    words = {word for row in rows for word in row.get(part, [])}
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"
