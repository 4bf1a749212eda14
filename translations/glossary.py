"""The glossary: the words of the asylum world in Belgium, each with its name and a plain line in every language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from translations.tables import read_yaml

FOLDER = Path(__file__).with_name("glossary")
_ABBREVIATION = 6


class UnknownTerm(LookupError):
    """The term stands in no glossary."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One word of the glossary in one language.

    `forms` are further ways to write it, in running text and on paper; the explanation holds placeholders of facts.
    """

    id: str
    name: str
    forms: tuple[str, ...]
    explanation: str


@cache
def topics() -> dict[str, str]:
    """The terms, in their order, each with the topic that says more."""
    rows: dict[str, str] = read_yaml((FOLDER / "terms.yaml").read_text(encoding="utf-8"))
    return rows


@cache
def glossary(language: str) -> dict[str, Term]:
    """The terms of one language by id; none for a language whose glossary is not written yet."""
    path = FOLDER / f"{language}.yaml"
    rows = read_yaml(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        key: Term(
            id=key,
            name=str(row["name"]),
            forms=tuple(str(form) for form in row.get("forms") or ()),
            explanation=str(row["explanation"]),
        )
        for key, row in rows.items()
    }


def term(key: str, language: str) -> Term:
    """The term in this language.

    Raises:
        UnknownTerm: no such term.
    """
    try:
        return glossary(language)[key]
    except KeyError:
        raise UnknownTerm(f"{key} in {language}") from None


class TermMarker:
    """Finds the first use of each term on one page: every text of the page goes through the same marker."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.found: list[str] = []

    def split(self, text: str) -> Iterator[tuple[str, str | None]]:
        """The text in pieces, each with the id of the term that it is; None for what lies between."""
        pattern, ids = _pattern(self.language)
        done = 0
        for match in pattern.finditer(text):
            key = ids.get(match.group()) or ids[_caseless(match.group())]
            if key in self.found:
                continue
            self.found.append(key)
            yield text[done : match.start()], None
            yield match.group(), key
            done = match.end()
        yield text[done:], None


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    forms = [(form, each.id) for each in glossary(language).values() for form in (each.name, *each.forms)]
    ids = {form if _is_abbreviation(form) else _caseless(form): key for form, key in forms}
    # The longest first: "chosen address" before "address".
    ordered = sorted((form for form, _ in forms), key=len, reverse=True)
    written = (re.escape(form) if _is_abbreviation(form) else f"(?i:{re.escape(form)})" for form in ordered)
    any_of_them = "|".join(written) or "(?!)"  # a language whose glossary is not written yet: nothing matches
    return re.compile(rf"(?<!\w)(?:{any_of_them})(?!\w)"), ids


def _caseless(form: str) -> str:
    """The form without case, as a pattern sees it that ignores case: the Turkish İ and ı are an i too."""
    return form.lower().replace("\u0307", "").replace("ı", "i")


def _is_abbreviation(form: str) -> bool:
    """Whether capitals tell this form from an everyday word: CALL and LOI are names, "call" and "loi" are not."""
    return len(form) <= _ABBREVIATION and form.isupper() and form.isascii()
