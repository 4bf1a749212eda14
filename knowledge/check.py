"""The machine that holds the writing rules: every error of the package, with file and line."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

from knowledge.facts import PLACEHOLDER
from knowledge.pages import SOURCE_LANGUAGE, THEMES, Package, Page, Problem, Situation, Text, Topic, page_path
from knowledge.readability import reading_ease
from knowledge.text import fold
from knowledge.wording import LINK, literal_figure, running_text, sentences, word_count, words_only
from translations import recognition
from translations.languages import languages

MAX_SHORT_ANSWER_WORDS = 60
MAX_PAGE_WORDS = 200
MAX_PAGE_WORDS_TRANSLATED = 260
"""Some languages say the same in more words; beyond this a page has become two topics."""
MAX_SENTENCE_WORDS = 22
"""WRITING.md asks for 15; the machine refuses what is half as long again."""
MIN_READING_EASE = {"en": 60, "nl": 60, "fr": 60, "es": 60, "tr": 60, "pt": 50, "de": 45, "ru": 40}
"""60 is plain; Portuguese calls 50 to 75 easy, and the long words of German and Russian cost more than they weigh."""
MIN_QUESTIONS = 10


class ProblemMaker(Protocol):
    """Makes a problem of a message and the fragment of the page it is about."""

    def __call__(self, message: str, fragment: str = "", *, blocks: bool = True) -> Problem: ...


WHO = ("in", "out", "any", "after", "minor")
TEAMS = ("infopunt", "reach-out", "medical", "return", "centre", "lawyer", "emergency")

_EMERGENCY_NUMBER_IN_TITLE = re.compile(r"(?<!\d)112(?!\d)")
_STREET = re.compile(
    r"\b(?:Rue|Avenue|Boulevard|Place|Quai|Chaussée)\s+[A-ZÉ]|\b[A-ZÉ][\w-]+(?:straat|laan|plein|kaai)\b"
)
_MARKDOWN_REFUSED = re.compile(r"^(?:#(?!# )|###|\d+\. |\||>|```)|<[a-zA-Z/!]", re.MULTILINE)


def check_package(package: Package, *, language: str | None = None, before: Package | None = None) -> list[Problem]:
    """Every breach of the writing rules, sorted by file and line; `language` looks at one language only.

    With the package as it was `before`, only at what can have broken since.
    """
    problems: list[Problem] = []
    for topic in package.topics.values():
        problems += _check_topic(package, topic)
        problems += _missing_pages(package, topic)
    for page in package.pages.values():
        if before is None or _is_touched(page, package, before):
            problems += _check_page(package, page)
    problems += _duplicate_questions(package.pages.values())
    return sorted(problem for problem in set(problems) if language is None or f"/{language}.md" in problem.path)


def _is_touched(page: Page, package: Package, before: Package) -> bool:
    """Whether this page, its source, or what it names is not what it was."""
    lost = before.facts.keys() - package.facts.keys()
    gone = before.topics.keys() - package.topics.keys()
    source = page.topic, SOURCE_LANGUAGE
    return (
        before.pages.get((page.topic, page.language)) is not page
        or before.pages.get(source) is not package.pages.get(source)
        or any(f"fact:{key}" in page.source for key in lost)
        or any(f"topic:{topic}" in page.source for topic in gone)
    )


def _check_topic(package: Package, topic: Topic) -> Iterator[Problem]:
    path = topic.path
    if topic.theme not in THEMES:
        yield Problem(path=path, line=1, message=f"unknown theme {topic.theme}")
    if topic.who not in WHO:
        yield Problem(path=path, line=1, message=f"who is {topic.who!r}, not one of {', '.join(WHO)}")
    if topic.team not in TEAMS:
        yield Problem(path=path, line=1, message=f"team is {topic.team!r}, not one of {', '.join(TEAMS)}")
    if not topic.sources:
        yield Problem(path=path, line=1, message="no source")
    if topic.counterpart is not None:
        counterpart = package.topics.get(topic.counterpart)
        if counterpart is None or counterpart.counterpart != topic.id or {topic.who, counterpart.who} != set(Situation):
            yield Problem(path=path, line=1, message="counterparts name each other, one for who is in and one for out")
    for other in topic.related:
        if other not in package.topics or other == topic.id:
            yield Problem(path=path, line=1, message=f"related topic {other} does not exist")


def _missing_pages(package: Package, topic: Topic) -> Iterator[Problem]:
    for code in languages():
        if (topic.id, code) not in package.pages:
            path = page_path(topic.id, code)
            message = f"missing language: {languages()[code].english}"
            # Readers of the others are shown the source meanwhile; without it there is nothing to show them.
            yield Problem(path=path, line=1, message=message, blocks=code == SOURCE_LANGUAGE)


def _check_page(package: Package, page: Page) -> Iterator[Problem]:
    def problem(message: str, fragment: str = "", *, blocks: bool = True) -> Problem:
        return Problem(path=page.path, line=page.line_of(fragment), message=message, blocks=blocks)

    if page.language not in languages():
        yield problem(f"{page.language} is not a language of Wegwijs")
        return
    if page.topic not in package.topics:
        yield problem("the topic has no topic.yaml")
    for key in PLACEHOLDER.findall(page.source):
        if key not in package.facts:
            yield problem(f"unknown fact {key}", f"fact:{key}")
    yield from _literals(_EMERGENCY_NUMBER_IN_TITLE.sub("", page.title), problem)
    if "{{" in page.title or "}}" in page.title:
        yield problem("no fact in a title: it is shown as it stands", page.title)
    for text in page.texts.values():
        yield from _literals(f"{text.short_answer}\n{text.details}", problem)
        yield from _markup(package, text, problem)
        yield from _lengths(text, page.language, problem)
    yield from _kept_in_translation(package, page, problem)
    if len(page.questions) < MIN_QUESTIONS:
        yield problem(
            f"{len(page.questions)} questions, at least {MIN_QUESTIONS} are needed", "questions:", blocks=False
        )
    # The source sentence is long enough to tell languages apart; a title or a question is not.
    for text in page.texts.values():
        if not recognition.is_written_in(words_only(f"{text.short_answer} {text.details}"), page.language):
            yield problem(f"the text is not in {languages()[page.language].english}", text.short_answer)
    if page.translated_from is None and page.language != SOURCE_LANGUAGE:
        yield problem("translated_from is missing: run `wegwijs package stamp`")


def _literals(text: str, problem: ProblemMaker) -> Iterator[Problem]:
    """A figure or an address belongs to facts.yaml, where it is changed once for all languages."""
    for line in text.splitlines():
        figure = literal_figure(line)
        if figure:
            what = "phone number" if len(re.sub(r"\D", "", figure)) >= 8 else "figure"
            yield problem(f"literal {what} {figure!r}: put it in facts.yaml", line)
        if _STREET.search(PLACEHOLDER.sub("", line)):
            yield problem("literal street address: put it in facts.yaml", line)


def _markup(package: Package, text: Text, problem: ProblemMaker) -> Iterator[Problem]:
    for words, target in LINK.findall(text.details + text.short_answer):
        kind, _, topic = target.partition(":")
        if kind != "topic" or topic not in package.topics:
            yield problem(f"the link [{words}] leads nowhere: {target}", f"]({target})")
    refused = _MARKDOWN_REFUSED.search(f"{text.short_answer}\n{text.details}")
    if refused:
        yield problem("only ## headings, paragraphs, lists and topic links are allowed", refused.group())
    leftover = PLACEHOLDER.sub("", text.short_answer + text.details)
    if "{{" in leftover or "}}" in leftover:
        yield problem("a placeholder is not of the form {{ fact:KEY }}", "{{")


def _lengths(text: Text, language: str, problem: ProblemMaker) -> Iterator[Problem]:
    short = word_count(text.short_answer)
    if short > MAX_SHORT_ANSWER_WORDS:
        yield problem(f"short answer of {short} words, at most {MAX_SHORT_ANSWER_WORDS}", text.short_answer)
    whole = short + word_count(text.details)
    limit = MAX_PAGE_WORDS if language == SOURCE_LANGUAGE else MAX_PAGE_WORDS_TRANSLATED
    if whole > limit:
        yield problem(f"page of {whole} words, at most {limit}", text.short_answer)
    for sentence in sentences(text.short_answer):
        words = word_count(sentence)
        if words > MAX_SENTENCE_WORDS:
            yield problem(
                f"sentence of {words} words, at most {MAX_SENTENCE_WORDS}: {sentence.strip()[:50]}",
                text.short_answer,
            )
    ease = reading_ease(running_text(text), language)
    if ease is not None and ease < MIN_READING_EASE[language]:
        yield problem(f"reading ease {ease:.0f}, at least {MIN_READING_EASE[language]}", text.short_answer)


def _kept_in_translation(package: Package, page: Page, problem: ProblemMaker) -> Iterator[Problem]:
    source = package.pages.get((page.topic, SOURCE_LANGUAGE))
    if source is None or source is page:
        return
    # What its source says since it was made is for the translation to follow; readers are not left without either.
    if package.is_stale(page):
        problem = partial(problem, blocks=False)
    if set(source.texts) != set(page.texts):
        yield problem(f"{SOURCE_LANGUAGE}.md and this page do not have the same texts for the same situations")
        return
    for situation, text in page.texts.items():
        yield from _kept_in_text(source.texts[situation], text, problem)


def _kept_in_text(source: Text, text: Text, problem: ProblemMaker) -> Iterator[Problem]:
    for where, theirs, ours in (
        ("the short answer", source.short_answer, text.short_answer),
        ("the details", source.details, text.details),
    ):
        yield from (problem(f"{{{{ fact:{key} }}}} is lost in {where}") for key in sorted(_keys(theirs) - _keys(ours)))
        yield from (
            problem(f"{{{{ fact:{key} }}}} is not in {where} of {SOURCE_LANGUAGE}.md", f"fact:{key}")
            for key in sorted(_keys(ours) - _keys(theirs))
        )
    lost = _targets(source) - _targets(text)
    yield from (problem(f"the link to {target} is lost") for target in sorted(lost))


def _duplicate_questions(pages: Iterable[Page]) -> Iterator[Problem]:
    seen: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        for question in page.questions:
            first = seen[fold(question)]
            # The same words in two languages of one topic (a place name) lead to the same answer.
            if first and (first[0].topic != page.topic or first[0].language == page.language):
                where = f"{first[0].topic} ({first[0].language})"
                yield Problem(
                    path=page.path,
                    line=page.line_of(question),
                    message=f"question {question!r} stands in {where} too",
                )
            first.append(page)


def _keys(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _targets(text: Text) -> set[str]:
    return {target for _, target in LINK.findall(text.short_answer + text.details)}
