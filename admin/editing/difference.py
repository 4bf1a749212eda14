"""The difference of two texts, word by word, as somebody reads it who knows no programming."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# A placeholder is one word; the marks that end a sentence are none, so that a new last word changes one word.
_BETWEEN_WORDS = re.compile(r"(\{\{.*?\}\}|\s+|[.,;:!?…،؛؟።፣፤]+(?=\s|$))")


class PieceKind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Piece:
    """A piece of a text, and what became of it."""

    kind: PieceKind
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """The pieces in reading order; what went stands before what came in its place.

    Without the new pieces they are the text before, without those that are gone the text after.
    """
    old, new = _words(before), _words(after)
    pieces: list[Piece] = []
    gone = came = ""
    for kind, start, end, new_start, new_end in SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes():
        was, is_now = "".join(old[start:end]), "".join(new[new_start:new_end])
        if kind != "equal" or was.isspace():  # a space alone between two changes would tear one change apart
            gone, came = gone + was, came + is_now
            continue
        pieces += [*_changed(gone, came), Piece(PieceKind.SAME, was)]
        gone = came = ""
    return [*pieces, *_changed(gone, came)]


def _words(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(text) if word]


def _changed(gone: str, came: str) -> list[Piece]:
    if gone == came:
        return [Piece(PieceKind.SAME, came)] if came else []
    return [piece for piece in (Piece(PieceKind.GONE, gone), Piece(PieceKind.NEW, came)) if piece.text]
