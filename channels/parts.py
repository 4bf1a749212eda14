"""Cutting a reply into parts that a messenger carries, and writing it so that it reads well there."""

from collections.abc import Iterator, Sequence

from bot.replies import Rendered
from channels.carrier import Part
from translations.interface import string
from translations.languages import Direction, languages

RIGHT_TO_LEFT_MARK = "\u200f"


_ENDS = ("\n\n", "\n", ". ", "؟ ", "። ", " ")
"""Where a text may be cut, the best first."""


def cut(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` characters, between paragraphs, sentences or words where possible."""
    pieces = []
    while len(text) > limit:
        at = _cutting_place(text[:limit])
        pieces.append(text[:at].strip())
        text = text[at:].strip()
    return [*pieces, text]


def _cutting_place(head: str) -> int:
    for end in _ENDS:
        at = head.rfind(end)
        if at > len(head) // 4:
            return at + 1
    return len(head)


def readable(rendered: Rendered, *, url: str | None) -> str:
    """The text of a reply with the address of its page; each line in the direction of its language.

    A messenger takes the direction of a line from its first letter: a line of Arabic that begins with "Fedasil" or a
    number would be turned round without a mark.
    """
    text = rendered.text
    if url is not None and rendered.page is not None and rendered.key in {"answer", "danger"}:
        text = f"{text}\n\n{url}{rendered.page}"
    if languages()[rendered.language].direction is Direction.RTL:
        text = "\n".join(f"{RIGHT_TO_LEFT_MARK}{line}" if line.strip() else line for line in text.split("\n"))
    return text


def numbered(rendered: Rendered, text: str) -> str:
    """The text with its buttons as a numbered list, to be answered with a number."""
    lines = [f"{number}. {button.label}" for number, button in enumerate(rendered.buttons, start=1)]
    return "\n".join([text, "", *lines, "", string("bot.choose_number", rendered.language)])


def with_buttons_last(pieces: Sequence[str], buttons: Sequence[tuple[str, str]]) -> Iterator[Part]:
    """One part a piece; the buttons stand under the last."""
    for piece in pieces[:-1]:
        yield Part(text=piece)
    yield Part(text=pieces[-1], buttons=tuple(buttons))
