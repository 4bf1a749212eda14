"""What a change says to people: which page, topic or fact, field by field, and what it touches beyond itself."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from admin.editing.difference import Piece, difference
from admin.editing.forms import FieldsOf, fields_of
from admin.editing.tables import Draft, ProposedChange
from admin.editing.units import UnitKind, fact_unit, key_of, kind_of, language_of, topic_of
from admin.editing.uses import outside_pages, pages_with_fact
from knowledge.page_file import entry
from knowledge.pages import FACTS, SOURCE_LANGUAGE, Package, Page
from translations.languages import languages
from translations.tables import read_yaml

Texts = tuple[str | None, str | None]
"""The text of a file or unit before and after; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """A field that says something else. `part` is the situation or language it is for, "" for all.

    `language` is that of what it says; None for what is no text of a reader.
    """

    name: str
    part: str
    language: str | None
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        """The difference, word by word."""
        return difference(self.before, self.after)


@dataclass(frozen=True, kw_only=True)
class UnitChange:
    """A unit with its fields before and after; None where it is not there."""

    unit: str
    before: FieldsOf | None
    after: FieldsOf | None

    @classmethod
    def of(cls, unit: str, texts: Texts) -> "UnitChange":
        """The change of a unit's text."""
        before, after = (fields_of(unit, text) if text is not None else None for text in texts)
        return cls(unit=unit, before=before, after=after)

    @classmethod
    def of_draft(cls, draft: Draft) -> "UnitChange":
        """What an editor changes, whole or not."""
        return cls(unit=draft.unit, before=_fields(draft.unit, draft.base), after=draft.fields)

    @classmethod
    def of_proposed(cls, change: ProposedChange) -> "UnitChange":
        """What an editor proposed."""
        return cls.of(change.unit, (change.base, change.text))

    @property
    def kind(self) -> UnitKind:
        """What the unit is."""
        return kind_of(self.unit)

    @property
    def topic(self) -> str:
        """Its topic; of a fact its key."""
        return key_of(self.unit) if self.kind is UnitKind.FACT else topic_of(self.unit)

    @property
    def language(self) -> str | None:
        """The language of a page."""
        return language_of(self.unit) if self.kind is UnitKind.PAGE else None

    @property
    def is_new(self) -> bool:
        """Whether there was no such unit."""
        return self.before is None

    @property
    def is_gone(self) -> bool:
        """Whether there will be no such unit any more."""
        return self.after is None

    @property
    def fields(self) -> list[FieldChange]:
        """The fields that say something else, in the order of the form."""
        before, after = self._values(self.before), self._values(self.after)
        # A new part has its place behind those that were there.
        names = [*before, *(name for name in after if name not in before)]
        return [
            FieldChange(
                name=name,
                part=part,
                language=self._language_of(name, part),
                before=before.get((name, part), ""),
                after=after.get((name, part), ""),
            )
            for name, part in names
            if before.get((name, part), "") != after.get((name, part), "")
        ]

    def _values(self, fields: FieldsOf | None) -> dict[tuple[str, str], str]:
        return dict(_flat(fields or {}))

    def _language_of(self, name: str, part: str) -> str | None:
        if self.kind is UnitKind.PAGE and name in {"title", "short_answer", "details", "questions"}:
            return self.language
        return part if name == "texts" and part in languages() else None


def _fields(unit: str, text: str | None) -> FieldsOf | None:
    return fields_of(unit, text) if text is not None else None


def _flat(fields: FieldsOf) -> Iterator[tuple[tuple[str, str], str]]:
    """Each field as one text; what a page says in a situation, and a fact in a language, is a field of its own."""
    for name, value in fields.items():
        if name != "texts":
            yield (name, ""), _as_text(value)
            continue
        for part, text in value.items():
            inner = text if isinstance(text, dict) else {name: text}
            yield from (((each, part), says) for each, says in inner.items())


def _as_text(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case list():
            return "\n".join(str(each) for each in value)
        case dict():
            return " ".join(str(each) for each in value.values())
        case _:
            return str(value)


def unit_changes(files: Mapping[str, Texts]) -> list[UnitChange]:
    """The changes of these files, by unit: of the file with the facts each fact that changed."""
    return [UnitChange.of(unit, texts) for unit, texts in unit_texts(files).items()]


def unit_texts(files: Mapping[str, Texts]) -> dict[str, Texts]:
    """The texts of what changed in these files, by unit; nothing is read of what they say."""
    found: dict[str, Texts] = {}
    for path, texts in files.items():
        found |= _facts(texts) if path == FACTS else {path: texts}
    return found


def _facts(texts: Texts) -> dict[str, Texts]:
    before, after = (text or "" for text in texts)
    keys = dict.fromkeys([*(read_yaml(before) or {}), *(read_yaml(after) or {})])
    both = ((key, (entry(before, key), entry(after, key))) for key in keys)
    return {fact_unit(key): lines for key, lines in both if lines[0] != lines[1]}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many pages, by language in their order, topics and facts change."""

    pages: dict[str, int]
    topics: int
    facts: int

    @property
    def all_pages(self) -> int:
        """How many pages."""
        return sum(self.pages.values())


def counts_of(units: Iterable[str]) -> Counts:
    """The units, counted."""
    found = list(units)
    kinds = Counter(kind_of(unit) for unit in found)
    pages = (unit for unit in found if kind_of(unit) is UnitKind.PAGE)
    return Counts(
        pages=_by_language(language_of(unit) for unit in pages),
        topics=kinds[UnitKind.TOPIC],
        facts=kinds[UnitKind.FACT],
    )


def _by_language(codes: Iterable[str]) -> dict[str, int]:
    counted = Counter(codes)
    known = [code for code in languages() if code in counted]
    return {code: counted[code] for code in [*known, *sorted(counted.keys() - languages().keys())]}


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Where a fact is shown: its pages, how many by language, and the other places of `uses.outside_pages`."""

    pages: list[Page]
    languages: dict[str, int]
    elsewhere: tuple[str, ...]


def reach_of(package: Package, key: str) -> Reach:
    """Everywhere that changes with this fact."""
    pages = pages_with_fact(package, key)
    return Reach(pages=pages, languages=_by_language(page.language for page in pages), elsewhere=outside_pages(key))


def left_behind(before: Package, after: Package) -> dict[str, list[str]]:
    """By unit of a source page: the languages whose translation has fallen behind it with this change."""
    found: dict[str, list[str]] = {}
    for key, page in after.pages.items():
        was = before.pages.get(key)
        if after.is_stale(page) and not (was is not None and before.is_stale(was)):
            source = page.translated_from.language if page.translated_from else SOURCE_LANGUAGE
            found.setdefault(f"{page.topic}/{source}.md", []).append(page.language)
    return found
