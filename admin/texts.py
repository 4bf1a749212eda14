"""What the pages of staff say, in Dutch, French and English: one row a meaning, in the files of the folder `texts`."""

from functools import cache
from pathlib import Path

from translations.tables import read_yaml

FOLDER = Path(__file__).with_name("texts")
INTERFACES = ("nl", "fr", "en")
"""The languages the pages of staff are written in."""


class UnknownText(LookupError):
    """No row with this key, or not in this language."""


class TextTwice(ValueError):
    """Two files have a row with the same key."""


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every row, by key ("sign_in.title"): its text by language.

    Raises:
        TextTwice: a key stands in two files.
    """
    rows: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        found: dict[str, dict[str, str]] = read_yaml(path.read_text(encoding="utf-8"))
        if twice := rows.keys() & found.keys():
            raise TextTwice(", ".join(sorted(twice)))
        rows |= found
    return rows


def text(key: str, interface: str, /, **values: str | int) -> str:
    """The text of this row in this language, its {names} filled in.

    Raises:
        UnknownText: no such row, or not in this language.
    """
    found = texts().get(key, {}).get(interface)
    if found is None:
        raise UnknownText(key, interface)
    return found.format(**values)


def interface_asked_for(accept_language: str | None) -> str:
    """The first of the three a browser asks for; else English."""
    wanted = [part.split(";")[0].strip().lower()[:2] for part in (accept_language or "").split(",")]
    return next((code for code in wanted if code in INTERFACES), "en")
