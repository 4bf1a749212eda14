"""From Markdown with placeholders to what a reader sees: safe HTML for the web, plain text for messengers.

Numbers, addresses and Latin names keep their direction inside right-to-left text: `bdi` in HTML, Unicode isolates
(U+2066, U+2069) in plain text.
"""

import html
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.facts import PLACEHOLDER, Fact, UnknownFact
from translations.glossary import TermMarker
from translations.interface import string
from translations.languages import Direction, language

_LINK = re.compile(r"\[([^\]]+)\]\(topic:([a-z0-9/-]+)\)")
# A private-use character cannot be typed by an editor by accident, and Markdown leaves it alone.
_MARK = re.compile("\ue000(\\d+)\ue001")
_EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\.\w+")
_SITE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:be|org|eu)")


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": False})


def to_html(text: str, *, code: str, facts: dict[str, Fact], terms: TermMarker | None = None) -> str:
    """The text as safe HTML in the language `code`: facts put in, phone numbers dialable, topic links resolved.

    With `terms`, the first use of each term of the glossary leads to "#term-ID" on the same page.

    Raises:
        UnknownFact: a placeholder names no fact.
    """
    keys: list[str] = []
    marked = PLACEHOLDER.sub(lambda match: _remember(match, keys), text)
    linked = _LINK.sub(lambda match: f"[{match[1]}](/{code}/{match[2]})", marked)
    tokens = _markdown().parse(linked)
    if terms is not None:
        _mark_terms(tokens, terms)
    rendered = str(_markdown().renderer.render(tokens, _markdown().options, {}))
    return _MARK.sub(lambda match: _fact_html(_fact(keys[int(match[1])], facts), code), rendered).strip()


def _mark_terms(blocks: list[Token], terms: TermMarker) -> None:
    """Turn first uses in running text into links; headings and links stay as they are."""
    for before, block in pairwise(blocks):
        if block.type == "inline" and before.type != "heading_open":
            block.children = list(_with_terms(block.children or [], terms))


def _with_terms(children: list[Token], terms: TermMarker) -> Iterator[Token]:
    in_link = 0
    for child in children:
        in_link += child.nesting if child.type in {"link_open", "link_close"} else 0
        if child.type != "text" or in_link:
            yield child
            continue
        for piece, term in terms.split(child.content):
            yield from _term_link(piece, term) if term else [_text(piece)]


def _term_link(piece: str, term: str) -> Iterator[Token]:
    attributes: dict[str, str | int | float] = {"class": "term", "id": f"use-{term}", "href": f"#term-{term}"}
    yield Token("link_open", "a", 1, attrs=attributes)
    yield _text(piece)
    yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def to_plain(text: str, *, code: str, facts: dict[str, Fact]) -> str:
    """The text as plain text in the language `code`: facts put in, links and emphasis reduced to their words.

    Raises:
        UnknownFact: a placeholder names no fact.
    """
    right_to_left = language(code).direction is Direction.RTL

    def value(match: re.Match[str]) -> str:
        fact = _fact(match[1], facts)
        shown = fact.text(code)
        isolated = right_to_left and fact.kind in {"phone", "value"}
        return f"\u2066{shown}\u2069" if isolated else shown

    words = _LINK.sub(r"\1", text).replace("**", "")
    without_headings = re.sub(r"^## ", "", words, flags=re.MULTILINE)
    return PLACEHOLDER.sub(value, without_headings).strip()


def interface_html(key: str, *, code: str, facts: dict[str, Fact], **values: str) -> str:
    """An interface string as safe HTML, its {names} and facts filled in."""
    return to_html(string(key, code, **values), code=code, facts=facts)


def interface_plain(key: str, *, code: str, facts: dict[str, Fact], **values: str) -> str:
    """An interface string as plain text, its {names} and facts filled in."""
    return to_plain(string(key, code, **values), code=code, facts=facts)


def _remember(match: re.Match[str], keys: list[str]) -> str:
    keys.append(match[1])
    return f"\ue000{len(keys) - 1}\ue001"


def _fact(key: str, facts: dict[str, Fact]) -> Fact:
    try:
        return facts[key]
    except KeyError:
        raise UnknownFact(key) from None


def _fact_html(fact: Fact, code: str) -> str:
    shown = html.escape(fact.text(code))
    if fact.kind == "phone":
        number = re.sub(r"[^\d+]", "", str(fact.value))
        return f'<a href="tel:{number}"><bdi dir="ltr">{shown}</bdi></a>'
    if fact.kind == "value" and _EMAIL.fullmatch(str(fact.value)):
        return f'<a href="mailto:{shown}"><bdi dir="ltr">{shown}</bdi></a>'
    if fact.kind == "value" and _SITE.fullmatch(str(fact.value)):
        return f'<a href="https://{shown}" rel="noopener noreferrer"><bdi dir="ltr">{shown}</bdi></a>'
    return f"<bdi>{shown}</bdi>"
