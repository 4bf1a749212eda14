"""A page by machine translation: its words are translated, its facts, links and marks are those of the source.

A fact goes through the machine as a number, which models copy; where one does not come back, the words around the facts
are translated apart, which reads worse and keeps them all the same.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from admin.editing.exchange import lines_of, wording_of
from admin.editing.segments import Around, Fact, Piece, joined, kept, pieces
from admin.editing.translation_flow import Wording
from knowledge.pages import Page
from translations.machine.process import TranslationFailed

Translate = Callable[[str], Awaitable[str]]
"""Translates a text of some lines into one of as many lines.

Raises:
    TranslationFailed: it could not.
"""
_FIRST_NUMBER = 7301
"""No year, no amount: nothing that a model knows how to say otherwise."""


async def machine_wording(source: Page, language: str, translate: Translate) -> Wording:
    """The page in this language, as the machine says it.

    Raises:
        TranslationFailed: there is no translation, or not of every line.
    """
    lines = lines_of(source)
    taken_apart = [pieces(line) for line in lines.values()]
    whole = await _translated(translate, [_as_numbers(some) for some in taken_apart])
    # The words of links, and what is needed when a number gets lost: all in one go, for each call costs a start.
    parts = list(dict.fromkeys(text for some in taken_apart for text in _texts(some)))
    part_of = dict(zip(parts, await _translated(translate, parts), strict=True))
    made = [_put_together(some, line, part_of) for some, line in zip(taken_apart, whole, strict=True)]
    return wording_of(source, dict(zip(lines, made, strict=True)), language=language)


async def _translated(translate: Translate, lines: Sequence[str]) -> list[str]:
    answer = (await translate("\n".join(lines))).split("\n") if lines else []
    if len(answer) != len(lines):
        raise TranslationFailed("a line was lost or added")
    return answer


def _as_numbers(some: Sequence[Piece]) -> str:
    """A line in which each fact is a number, and a link its words."""
    numbers = iter(range(_FIRST_NUMBER, _FIRST_NUMBER + 1000))

    def said(piece: Piece) -> str:
        if isinstance(piece, Fact):
            return str(next(numbers))
        return "".join(map(said, piece.pieces)) if isinstance(piece, Around) else piece

    return "".join(map(said, some))


def _facts(some: Sequence[Piece]) -> Iterator[Fact]:
    for piece in some:
        if isinstance(piece, Fact):
            yield piece
        elif isinstance(piece, Around):
            yield from _facts(piece.pieces)


def _texts(some: Sequence[Piece]) -> Iterator[str]:
    """The words between facts, and within links."""
    if len(some) > 1 or isinstance(some[0], Around):
        for piece in some:
            if isinstance(piece, str) and piece.strip():
                yield piece.strip()
            elif isinstance(piece, Around):
                yield from _texts_within(piece)


def _texts_within(piece: Around) -> Iterator[str]:
    for inner in piece.pieces:
        if isinstance(inner, str) and inner.strip():
            yield inner.strip()


def _put_together(some: Sequence[Piece], line: str, part_of: dict[str, str]) -> str:
    for number, fact in enumerate(_facts(some), start=_FIRST_NUMBER):
        line = line.replace(str(number), fact.text)
    for piece in some:
        if isinstance(piece, Around):
            line = _with_link(line, piece, _from_parts(piece.pieces, part_of))
    return line if kept(line) == kept(joined(some)) else _from_parts(some, part_of)


def _with_link(line: str, link: Around, words: str) -> str:
    """The line with this link around its words, where they stand in it."""
    place = line.casefold().find(words.casefold())
    if place < 0 or len(line.casefold()) != len(line):
        return line
    end = place + len(words)
    return f"{line[:place]}{link.before}{line[place:end]}{link.after}{line[end:]}"


def _from_parts(some: Sequence[Piece], part_of: dict[str, str]) -> str:
    return "".join(_part(piece, part_of) for piece in some)


def _part(piece: Piece, part_of: dict[str, str]) -> str:
    if isinstance(piece, Fact):
        return piece.text
    if isinstance(piece, Around):
        return f"{piece.before}{_from_parts(piece.pieces, part_of)}{piece.after}"
    words = piece.strip()
    return piece.replace(words, part_of[words]) if words in part_of else piece
