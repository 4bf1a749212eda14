"""What goes to a translation agency and comes back: lines of pages, in which all that is kept is a numbered code."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from admin.editing.segments import Around, Fact, Piece, join, split
from admin.editing.translation_flow import Wording
from knowledge.pages import Page, Situation, Text

MOST_BYTES = 5_000_000
"""Of a file that comes back: the whole package in one language is 1 MB."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """Something in a line that is kept: a fact, or with `inner` what is around words. `shown` is for the translator."""

    id: str
    kind: str = ""
    shown: str = ""
    inner: "Coded | None" = None


Coded = tuple[str | Code, ...]


@dataclass(frozen=True, kw_only=True)
class Before:
    """A line like this one that was translated already."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class SentSegment:
    """A line to be translated. `target` is the translation where it is right already, or was before its review."""

    id: str
    source: Coded
    target: Coded | None
    before: Before | None
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SentPage:
    """A page to be translated; `original` names its unit and the source text."""

    original: str
    source_language: str
    target_language: str
    status: str
    segments: tuple[SentSegment, ...]


@dataclass(frozen=True, kw_only=True)
class ReturnedSegment:
    """A line as it came back; the target is empty where there is none."""

    id: str
    target: Coded


@dataclass(frozen=True, kw_only=True)
class ReturnedPage:
    """A page as it came back."""

    original: str
    target_language: str
    segments: tuple[ReturnedSegment, ...]


def lines_of(page: Page) -> dict[str, str]:
    """The lines of a page by id: "title", "short_answer", "details-1"; of a page for two situations "in.details-1"."""
    found = {"title": page.title}
    for situation, text in page.texts.items():
        prefix = _prefix(situation)
        found[f"{prefix}short_answer"] = text.short_answer
        _, lines = split(text.details)
        found |= {f"{prefix}details-{number}": line for number, line in enumerate(lines, start=1)}
    return found


def wording_of(source: Page, lines: Mapping[str, str], *, language: str) -> Wording:
    """The wording with these lines in the places of those of the source."""
    texts = {}
    for situation, text in source.texts.items():
        prefix = _prefix(situation)
        gaps, sent = split(text.details)
        details = join(gaps, [lines[f"{prefix}details-{number}"] for number in range(1, len(sent) + 1)])
        texts[situation] = Text(short_answer=lines[f"{prefix}short_answer"], details=details)
    return Wording(language=language, title=lines["title"], texts=texts)


def _prefix(situation: Situation | None) -> str:
    return f"{situation}." if situation else ""


def codes_of(some: Iterable[Piece]) -> Iterator[Fact | Around]:
    """What is kept in a line, in the order of its numbers from 1 on."""
    for piece in some:
        if isinstance(piece, Fact):
            yield piece
        elif isinstance(piece, Around):
            yield piece
            yield from codes_of(piece.pieces)
