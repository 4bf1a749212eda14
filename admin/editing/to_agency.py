"""Sending open pages to a translation agency.

Titles, short answers and each line of the details are sent. Questions are not: they are what people really type, which
nobody gets by translating, and tools that remember sentences would put the same ones into page after page. A note says
so, and shows those of the source.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from admin.editing.exchange import Before, Code, Coded, SentPage, SentSegment, codes_of, lines_of
from admin.editing.segments import Around, Fact, Piece, kept, pieces, split
from admin.editing.translation_flow import OpenTranslation
from admin.editing.units import page_unit
from knowledge.facts import PLACEHOLDER
from knowledge.facts import Fact as PackageFact
from knowledge.pages import Package, Page

_MOST_QUESTIONS = 8


def sent_pages(
    package: Package, todo: Iterable[OpenTranslation], *, then: Callable[[Page], Page | None]
) -> Iterator[SentPage]:
    """What goes out of these; `then` gives the text that a translation was made from."""
    for each in todo:
        yield _sent_page(package, each.source, each.page, language=each.language, then=then)


def _sent_page(
    package: Package, source: Page, page: Page | None, *, language: str, then: Callable[[Page], Page | None]
) -> SentPage:
    origin = _origin(source, page, then)
    memory = _Memory(origin, page)
    segments = []
    for key, line in lines_of(source).items():
        numbered = _Numbered(package, line, source.language)
        notes = numbered.notes + (_page_notes(source, page, is_known=memory.is_of_use) if key == "title" else [])
        done = memory.translation(key, line)
        segments.append(
            SentSegment(
                id=key,
                source=numbered.coded(line),
                target=numbered.coded(done) if done is not None else None,
                before=memory.like(line) if done is None else None,
                notes=tuple(notes),
            )
        )
    return SentPage(
        original=f"{page_unit(source.topic, language)}#{source.hash}",
        source_language=source.language,
        target_language=language,
        status=page.status if page is not None else "draft",
        segments=tuple(segments),
    )


def _origin(source: Page, page: Page | None, then: Callable[[Page], Page | None]) -> Page | None:
    if page is None or page.translated_from is None:
        return None
    return source if page.translated_from.hash == source.hash else then(page)


class _Memory:
    """How the lines of a page were translated, as far as the translation stands line beside line with its source."""

    def __init__(self, origin: Page | None, page: Page | None) -> None:
        known = aligned(origin, page) if origin is not None and page is not None else None
        self.is_of_use = known is not None
        self._theirs = lines_of(origin) if origin is not None and known is not None else {}
        self._ours = known or {}
        self._by_line = {line: self._ours[key] for key, line in self._theirs.items()}

    def translation(self, key: str, line: str) -> str | None:
        """The translation of this very line, at its place before any other."""
        return self._ours[key] if self._theirs.get(key) == line else self._by_line.get(line)

    def like(self, line: str) -> Before | None:
        """A line much like it, with its translation."""
        found = get_close_matches(line, self._by_line, n=1)
        return Before(source=found[0], target=self._by_line[found[0]]) if found else None


def _page_notes(source: Page, page: Page | None, *, is_known: bool) -> list[str]:
    asked = "; ".join(source.questions[:_MOST_QUESTIONS])
    notes = [
        f"Page {source.topic}. Plain words, short sentences; the short answer has at most 60 words.",
        "Do not translate the questions that lead to this page: a speaker of the language writes them in Wegwijs, as "
        f"people really type them. In the source language they are like: {asked}",
    ]
    if page is not None and not is_known:
        until_now = "\n".join(lines_of(page).values())
        notes.append(f"The translation until now, of an older text:\n{until_now}")
    return notes


def aligned(source: Page, page: Page) -> dict[str, str] | None:
    """The lines of a translation by the ids of its source; None when they are not the same lines in the same order."""
    if set(source.texts) != set(page.texts):
        return None
    if any(split(text.details)[0] != split(page.texts[name].details)[0] for name, text in source.texts.items()):
        return None
    theirs, ours = lines_of(source), lines_of(page)
    return ours if all(set(kept(theirs[key])) == set(kept(ours[key])) for key in theirs) else None


class _Numbered:
    """The codes of one line of the source, numbered; a line of a translation is coded with the same numbers."""

    def __init__(self, package: Package, line: str, language: str) -> None:
        self._package = package
        self._language = language
        self._numbers: dict[str, list[str]] = defaultdict(list)
        self._all = list(codes_of(pieces(line)))
        for number, piece in enumerate(self._all, start=1):
            self._numbers[_essence(piece)].append(str(number))

    @property
    def notes(self) -> list[str]:
        """What each number stands for."""
        return [f"{number}: {_essence(piece)}" for number, piece in enumerate(self._all, start=1)]

    def coded(self, line: str) -> Coded:
        """The line with its codes; what the source line does not have stays as it is written."""
        left = {essence: list(numbers) for essence, numbers in self._numbers.items()}
        return tuple(self._code(piece, left) for piece in pieces(line))

    def _code(self, piece: Piece, left: dict[str, list[str]]) -> str | Code:
        if isinstance(piece, str):
            return piece
        numbers = left.get(_essence(piece))
        if not numbers:
            return str(piece)
        number = numbers.pop(0) if len(numbers) > 1 else numbers[0]
        if isinstance(piece, Fact):
            return Code(id=number, kind="x-fact", shown=self._value(piece))
        inner = tuple(self._code(each, left) for each in piece.pieces)
        kind = "link" if piece.before == "[" else "bold"
        return Code(id=number, kind=kind, shown=piece.after.strip("]()*"), inner=inner)

    def _value(self, piece: Fact) -> str:
        found = PLACEHOLDER.fullmatch(piece.text)
        fact: PackageFact | None = self._package.facts.get(found[1]) if found else None
        return fact.text(self._language) if fact is not None else piece.text


def _essence(piece: Fact | Around) -> str:
    return " ".join(piece.text.split()) if isinstance(piece, Fact) else f"{piece.before}...{piece.after}"
