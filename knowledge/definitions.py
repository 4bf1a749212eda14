""" "What is a code 207?": a message that only asks what a word means is answered from the glossary."""

import re
from functools import cache
from typing import TypedDict

from knowledge.text import fold
from translations.glossary import FOLDER, glossary
from translations.languages import languages
from translations.tables import read_yaml

# Written together with the word that follows.
_JOINED_ARTICLES = ("'", "ال")


class _WaysToAsk(TypedDict):
    asked: list[str]
    articles: list[str]


def term_asked_for(message: str, language: str | None) -> str | None:
    """The id of the term whose meaning is asked for; None when the message asks anything else, or more."""
    folded = fold(message)
    for code in [language] if language else languages():
        for pattern in _patterns(code):
            match = pattern.fullmatch(folded)
            term = match and _term(match[1], code)
            if term:
                return term
    return None


def _term(words: str, language: str) -> str | None:
    # Official names are said in the language of the paper, so every language's words are looked up.
    for code in (language, *languages()):
        found = _ids_of_forms(code).get(_without_article(words, language))
        if found:
            return found
    return None


@cache
def _patterns(language: str) -> list[re.Pattern[str]]:
    return [
        re.compile(fold(asked.replace("{}", "0")).replace("0", "(.+)")) for asked in _ways_to_ask()[language]["asked"]
    ]


@cache
def _ids_of_forms(language: str) -> dict[str, str]:
    return {
        _without_article(fold(form), language): each.id
        for each in glossary(language).values()
        for form in (each.name, *each.forms)
    }


def _without_article(words: str, language: str) -> str:
    for article in map(fold, _ways_to_ask()[language]["articles"]):
        start = article if article.endswith(_JOINED_ARTICLES) else f"{article} "
        if words.startswith(start):
            return words.removeprefix(start)
    return words


@cache
def _ways_to_ask() -> dict[str, _WaysToAsk]:
    rows: dict[str, _WaysToAsk] = read_yaml((FOLDER / "ways-to-ask.yaml").read_text(encoding="utf-8"))
    return rows
