"""Where facts, topics and questions of the package are used: what a change touches."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from admin.canned_replies import canned_replies, wording
from bot.replies import DANGER_PAGES
from bot.teams import OPENING_HOURS
from knowledge.facts import PLACEHOLDER
from knowledge.pages import SOURCE_LANGUAGE, Package, Page
from knowledge.text import fold
from knowledge.wording import LINK
from translations import glossary
from translations.interface import strings
from translations.languages import languages

_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?؟።])\s+|\n+")
_MARKS = re.compile(r"^(?:#+|[-*])\s+")


@lru_cache(maxsize=16_384)
def facts_in(source: str) -> frozenset[str]:
    """The keys of the facts that a text puts in."""
    return frozenset(PLACEHOLDER.findall(source))


def pages_with_fact(package: Package, key: str) -> list[Page]:
    """The pages that put this fact in."""
    return [page for page in package.pages.values() if key in facts_in(page.source)]


def uses_of_facts(package: Package) -> dict[str, int]:
    """How many pages put in each fact; those of no page are left out."""
    uses: dict[str, int] = {}
    for page in package.pages.values():
        for key in facts_in(page.source):
            uses[key] = uses.get(key, 0) + 1
    return uses


def sentences_with(page: Page, key: str) -> list[str]:
    """The sentences of a page that put this fact in, as Markdown."""
    whole = "\n".join(f"{text.short_answer}\n{text.details}" for text in page.texts.values())
    return [_MARKS.sub("", sentence) for sentence in _BETWEEN_SENTENCES.split(whole) if key in facts_in(sentence)]


@cache
def outside_pages(key: str) -> tuple[str, ...]:
    """Where else the program says this fact: "glossary", "chat", "replies", "hours"."""
    kept = {
        "glossary": (term.explanation for code in languages() for term in glossary.glossary(code).values()),
        "chat": (text for code in languages() for text in strings(code).values()),
        "replies": (wording(code).texts[reply] for code in languages() for reply in canned_replies()),
    }
    found = [where for where, texts in kept.items() if _any_names(texts, key)]
    return (*found, *(["hours"] if any(key in keys for keys in OPENING_HOURS.values()) else []))


def _any_names(texts: Iterable[str], key: str) -> bool:
    return any(key in facts_in(text) for text in texts)


def is_used(package: Package, key: str) -> bool:
    """Whether anything says this fact, on a page or elsewhere."""
    return bool(pages_with_fact(package, key) or outside_pages(key))


def pages_linking_to(package: Package, topic: str) -> list[Page]:
    """The pages of other topics with a link to this topic in their text."""
    return [
        page
        for page in package.pages.values()
        if page.topic != topic and any(target == f"topic:{topic}" for _, target in LINK.findall(page.source))
    ]


def topics_naming(package: Package, topic: str) -> list[str]:
    """The topics that have this one as related or as counterpart."""
    return [each.id for each in package.topics.values() if topic in each.related or topic == each.counterpart]


def is_needed(topic: str) -> bool:
    """Whether the program itself leads to this topic: in danger, or from a word of the glossary."""
    return topic in glossary.topics().values() or any(topic in pages for pages in DANGER_PAGES.values())


@lru_cache(maxsize=16_384)
def folded(questions: tuple[str, ...]) -> tuple[str, ...]:
    """The questions of a page as they are compared and searched."""
    return tuple(fold(question) for question in questions)


class AskedQuestions:
    """Which page has which question; read once a version."""

    def __init__(self) -> None:
        self._package: Package | None = None
        self._pages: dict[str, list[tuple[str, str]]] = {}

    def others(self, question: str, *, topic: str, package: Package) -> list[tuple[str, str]]:
        """Topic and language of the other pages that have this question too and would be mixed up with this one."""
        if self._package is None or self._package.pages is not package.pages:
            self._package, self._pages = package, _pages_by_question(package)
        # The same words in two languages of one topic (a place name) lead to the same answer.
        return [each for each in self._pages.get(fold(question), []) if each[0] != topic]


def _pages_by_question(package: Package) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for page in package.pages.values():
        for question in folded(page.questions):
            found.setdefault(question, []).append((page.topic, page.language))
    return found


def title_of(package: Package, topic: str, *, interface: str) -> str:
    """The title of a topic for somebody who reads this language; its id while it has no page."""
    for language in (interface, SOURCE_LANGUAGE, *languages()):
        page = package.pages.get((topic, language))
        if page is not None and page.title:
            return page.title
    return topic
