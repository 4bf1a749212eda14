"""Reading a page's Markdown as words and sentences: what its length and ease are counted on."""

import re

from knowledge.facts import PLACEHOLDER
from knowledge.pages import Text

LINK = re.compile(r"\[([^\]]+)\]\(([^)]*)\)")
# The numbers of the annexes are names; 13 and 25 could be days, so they need the word before them, in its languages.
OFFICIAL_NAME = re.compile(
    r"26\s?(?:quater|quinquies)|13\s?(?:quinquies|sexies)|9\s?(?:ter|bis)\b|(?<!\d)26(?!\d)|(?<!\d)207(?!\d)"
    r"|(?i:bijlage|annexe?|anlage|anexo|ek|shtojca|aneksi?|приложени\w+|lifaaqa?|ملحق|پیوست|ضمیمهٔ?|ወረቐት)\s(?:13|25)(?!\d)"
)
_SENTENCE_END = re.compile(r"[.!?؟።፧。](?:\s|$)")
_BRACKETS = re.compile(r"\([^)]*\)")


def words_only(text: str) -> str:
    """A text without facts, link targets and marks."""
    return LINK.sub(r"\1", PLACEHOLDER.sub(" ", text)).replace("#", " ").replace("*", " ")


def word_count(text: str) -> int:
    """The words of a text; a fact counts as one."""
    return sum(1 for word in LINK.sub(r"\1", PLACEHOLDER.sub("fact", text)).split() if any(map(str.isalnum, word)))


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; a fact stands as one word."""
    return [sentence for sentence in _SENTENCE_END.split(PLACEHOLDER.sub("fact", text)) if sentence.strip()]


def running_text(text: Text) -> list[str]:
    """The sentences that have to be read: no facts, no official names, no names of papers in brackets."""
    lines = [text.short_answer, *text.details.splitlines()]
    plain = (_BRACKETS.sub("", OFFICIAL_NAME.sub("", words_only(line))) for line in lines)
    found = (sentence for line in plain for sentence in _SENTENCE_END.split(line))
    return [sentence for sentence in found if any(map(str.isalpha, sentence))]


def literal_figure(text: str) -> str | None:
    """The first figure in a text that is neither a fact nor part of an official name."""
    figure = re.search(r"\d(?:[\d\s./-]*\d)?", OFFICIAL_NAME.sub("", PLACEHOLDER.sub("", text)))
    return figure.group() if figure else None
