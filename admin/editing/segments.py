"""A text of a page taken apart for translating: into lines, and a line into words and what has to be kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MARK = r"(?:##[ \t]+|[-*][ \t]+)?"
_GAP = re.compile(rf"\A\s*{_MARK}|\s*\n\s*{_MARK}|\s+\Z")
"""What stands between two lines, with the mark of a heading or a list; a paragraph of a page is one line."""

_KEPT = re.compile(
    r"(?P<fact>\{\{\s*fact:[a-z0-9.-]+\s*\}\})|\[(?P<words>[^\]]+)\](?P<target>\([^)]*\))|\*\*(?P<bold>[^*]+)\*\*"
)


@dataclass(frozen=True)
class Fact:
    """The placeholder of a fact, as it is written."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Around:
    """Words with what is around them: the target of a link, or the marks of bold."""

    before: str
    pieces: tuple["Piece", ...]
    after: str

    def __str__(self) -> str:
        return f"{self.before}{joined(self.pieces)}{self.after}"


Piece = str | Fact | Around


def split(text: str) -> tuple[list[str], list[str]]:
    """The gaps of a text and the lines between them; one gap more than lines: `join(*split(text)) == text`."""
    gaps: list[str] = []
    lines: list[str] = []
    end = 0
    for gap in _GAP.finditer(text):
        if gap.start() > end:
            lines.append(text[end : gap.start()])
        if gap.start() == end and gaps:
            gaps[-1] += gap.group()
        else:
            gaps.append(gap.group())
        end = gap.end()
    if end < len(text):
        lines.append(text[end:])
    return gaps + [""] * (len(lines) + 1 - len(gaps)), lines


def join(gaps: Sequence[str], lines: Sequence[str]) -> str:
    """The text with these gaps before, between and after its lines."""
    return gaps[0] + "".join(line + gap for line, gap in zip(lines, gaps[1:], strict=True))


def pieces(line: str) -> tuple[Piece, ...]:
    """A line as words, facts and words with something around them: `joined(pieces(line)) == line`."""
    return tuple(_pieces(line))


def _pieces(line: str) -> Iterator[Piece]:
    end = 0
    for found in _KEPT.finditer(line):
        if found.start() > end:
            yield line[end : found.start()]
        end = found.end()
        if found["fact"]:
            yield Fact(found["fact"])
        elif found["words"]:
            yield Around("[", pieces(found["words"]), f"]{found['target']}")
        else:
            yield Around("**", pieces(found["bold"]), "**")
    if end < len(line):
        yield line[end:]


def joined(some: Sequence[Piece]) -> str:
    """The line of these pieces."""
    return "".join(map(str, some))


def kept(line: str) -> list[str]:
    """What a translation of this line has to keep: its facts and the targets of its links, in order of the alphabet."""
    return sorted(_kept(pieces(line)))


def _kept(some: Sequence[Piece]) -> Iterator[str]:
    for piece in some:
        if isinstance(piece, Fact):
            yield " ".join(piece.text.split())
        elif isinstance(piece, Around):
            if piece.before == "[":
                yield piece.after.removeprefix("]")
            yield from _kept(piece.pieces)
