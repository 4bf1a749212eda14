"""The interface strings: everything Wegwijs says that is not a page of the information package."""

from functools import cache
from pathlib import Path
from typing import Any

from translations.tables import read_yaml

FOLDER = Path(__file__).with_name("strings")


class UnknownString(LookupError):
    """The key stands in no strings file."""


@cache
def strings(language: str) -> dict[str, str]:
    """All strings of one language, by dotted key ("web.send")."""
    tree = read_yaml((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return dict(_flatten(tree))


def _flatten(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            pairs += _flatten(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", str(value)))
    return pairs


def string(key: str, language: str, **values: str) -> str:
    """The string of this key in this language, its {names} filled in.

    Facts ({{ fact:... }}) are left standing: `knowledge.rendering` puts them in.

    Raises:
        UnknownString: no such key in this language.
    """
    try:
        text = strings(language)[key]
    except KeyError:
        raise UnknownString(f"{key} in {language}") from None
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
