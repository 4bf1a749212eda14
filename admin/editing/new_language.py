"""What a language needs: one list of every table and file that is kept by language, and how much of it is there.

A place that is not in PLACES is forgotten with the next language; a test looks for such places in the whole repository.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from babel.localedata import exists as is_known_to_babel

from bot.teams import Team
from knowledge.pages import Package
from knowledge.samples import KINDS
from translations.languages import Script, languages
from translations.recognition import is_written_in, likely_languages, main_script
from translations.tables import read_yaml
from wegwijs.settings import PROJECT

SOURCE = "en"
CODE = re.compile(r"[a-z]{2,3}")
"""ISO 639: two letters, or three where there are no two."""
_ROW = ("name", "english", "direction", "script")


class NotALanguageCode(ValueError):
    """A code has two or three small letters."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing a language needs, where it goes, how much is there of how much, and what is missing."""

    key: str
    where: str
    there: int
    of: int
    missing: tuple[str, ...]
    is_optional: bool

    @property
    def is_met(self) -> bool:
        """Whether all of it is there."""
        return not self.missing


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The tables of a language in a folder that looks like this repository, and the package that is published."""

    code: str
    package: Package
    root: Path = PROJECT

    def rows(self, path: str) -> Any:
        """What a file says; nothing for one that is not there."""
        file = self.root / path.format(code=self.code)
        return _rows(file, file.stat().st_mtime_ns) if file.is_file() else {}

    def others(self, path: str) -> list[Any]:
        """What the same file says in the other languages."""
        found = (self.root / path.format(code=code) for code in self.languages if code != self.code)
        return [_rows(file, file.stat().st_mtime_ns) for file in found if file.is_file()]

    @cached_property
    def languages(self) -> dict[str, Any]:
        """The table of languages."""
        found: dict[str, Any] = self.rows("translations/languages.yaml")
        return found


@lru_cache(maxsize=256)
def _rows(file: Path, _changed: int) -> Any:
    return read_yaml(file.read_text(encoding="utf-8")) or {}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A file or table that is kept by language; `look` says what is wanted in it, and what of that is there."""

    key: str
    where: str
    look: Callable[[Tables, str], tuple[Iterable[str], Iterable[str]]]
    is_optional: bool = False

    def need(self, tables: Tables) -> Need:
        """How it is with this language."""
        wanted, there = (dict.fromkeys(names) for names in self.look(tables, self.where))
        missing = tuple(name for name in wanted if name not in there)
        return Need(
            key=self.key,
            where=self.where.format(code=tables.code),
            there=len(wanted) - len(missing),
            of=len(wanted),
            missing=missing,
            is_optional=self.is_optional,
        )


def _row(tables: Tables, _where: str) -> tuple[Sequence[str], Iterable[str]]:
    return _ROW, tables.languages.get(tables.code, {})


def _same_keys_as_source(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
    return _keys(tables.rows(where.replace("{code}", SOURCE))), _keys(tables.rows(where))


def _keys(rows: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for key, value in rows.items():
        if isinstance(value, Mapping):
            yield from _keys(value, f"{prefix}{key}.")
        elif value:
            yield f"{prefix}{key}"


def _terms(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
    return tables.rows("translations/glossary/terms.yaml"), tables.rows(where)


def _row_of_table(*parts: str) -> Callable[[Tables, str], tuple[Iterable[str], Iterable[str]]]:
    def look(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
        row = tables.rows(where).get(tables.code) or {}
        return parts, [part for part in parts if part in row]

    return look


def _opt_out(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
    return ("words",), ("words",) if tables.rows(where).get(tables.code) else ()


def _utterances(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
    """Three quarters of the lines of each kind that the language has which has the fewest: enough to learn from."""
    others, ours = tables.others(where), tables.rows(where)
    fewest = {kind: min((len(rows.get(kind) or ()) for rows in others), default=1) for kind in KINDS}
    least = {kind: max(1, lines * 3 // 4) for kind, lines in fewest.items()}
    wanted = {kind: f"{kind} ({len(ours.get(kind) or ())} / {lines})" for kind, lines in least.items()}
    return wanted.values(), [wanted[kind] for kind, lines in least.items() if len(ours.get(kind) or ()) >= lines]


def _canned(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
    replies = tables.rows("admin/canned/meanings.yaml").get("meanings", {})
    wanted = ["day", *(f"teams.{team.value}" for team in Team), *(f"texts.{reply}" for reply in replies)]
    return wanted, _keys(tables.rows(where))


def _recogniser(tables: Tables, _where: str) -> tuple[Iterable[str], Iterable[str]]:
    """Whether the texts that are there are taken for this language."""
    text = " ".join(str(value) for value in _values(tables.rows("translations/strings/{code}.yaml")))
    return ("recognised",), ("recognised",) if text and _is_recognised(text, tables) else ()


def _values(rows: Mapping[str, Any]) -> Iterable[str]:
    for value in rows.values():
        if isinstance(value, Mapping):
            yield from _values(value)
        else:
            yield str(value)


def _is_recognised(text: str, tables: Tables) -> bool:
    # One in Latin letters is told by its texts; those of any other script are told apart by rules in the code.
    if tables.code in languages():
        return is_written_in(text, tables.code)
    return main_script(text) is Script.LATIN and tables.code in [code for code, _ in likely_languages(text)[:2]]


def _not_among_others(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
    name = tables.languages.get(tables.code, {}).get("english", "")
    return ("out",), () if name in tables.rows(where) else ("out",)


def _calendar(tables: Tables, _where: str) -> tuple[Iterable[str], Iterable[str]]:
    return ("weekdays",), ("weekdays",) if is_known_to_babel(tables.code) else ()


def _facts(tables: Tables, _where: str) -> tuple[Iterable[str], Iterable[str]]:
    by_language = {key: fact.value for key, fact in tables.package.facts.items() if isinstance(fact.value, dict)}
    return by_language, [key for key, texts in by_language.items() if tables.code in texts]


def _pages(tables: Tables, _where: str) -> tuple[Iterable[str], Iterable[str]]:
    return tables.package.topics, [page.topic for page in tables.package.pages_in(tables.code)]


def _file(tables: Tables, where: str) -> tuple[Iterable[str], Iterable[str]]:
    name = where.format(code=tables.code)
    return (name,), (name,) if (tables.root / name).is_file() else ()


PLACES = (
    Place(key="row", where="translations/languages.yaml", look=_row),
    Place(key="strings", where="translations/strings/{code}.yaml", look=_same_keys_as_source),
    Place(key="glossary", where="translations/glossary/{code}.yaml", look=_terms),
    Place(
        key="ways_to_ask",
        where="translations/glossary/ways-to-ask.yaml",
        look=_row_of_table("asked", "articles"),
    ),
    Place(key="country", where="translations/country.yaml", look=_row_of_table("names")),
    Place(key="not_ours", where="translations/not_ours.yaml", look=_not_among_others),
    Place(key="utterances", where="knowledge/utterances/{code}.yaml", look=_utterances),
    Place(key="canned", where="admin/canned/{code}.yaml", look=_canned),
    Place(key="opt_out", where="channels/opt_out.yaml", look=_opt_out),
    Place(key="recogniser", where="translations/recognition.py", look=_recogniser),
    Place(key="calendar", where="knowledge/facts.py", look=_calendar),
    Place(key="facts", where="knowledge/package/facts.yaml", look=_facts),
    Place(key="pages", where="knowledge/package/*/*/{code}.md", look=_pages),
    Place(key="machine", where="translations/languages.yaml", look=_row_of_table("translate"), is_optional=True),
    Place(key="quality", where="channels/web/quality/{code}.yaml", look=_file, is_optional=True),
    Place(key="held_out", where="tests/held_out/{code}.jsonl", look=_file, is_optional=True),
)
"""Every place where something is kept by language, in the order in which it is best made."""


def needs(code: str, *, package: Package, root: Path = PROJECT) -> list[Need]:
    """What this language needs, in the order in which it is best made; also of one that is not in the table yet.

    Raises:
        NotALanguageCode: it is no code.
    """
    if not CODE.fullmatch(code):
        raise NotALanguageCode(code)
    tables = Tables(code=code, package=package, root=root)
    return [place.need(tables) for place in PLACES]
