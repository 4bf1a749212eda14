"""A page as it would be with what is typed: what is wrong with it, and how long and how easy it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from admin.editing.drafts import with_drafts
from admin.editing.forms import FieldsOf, NotWritable, written
from admin.editing.tables import Draft
from admin.editing.units import UnitKind, key_of, kind_of, topic_of
from admin.editing.uses import AskedQuestions, facts_in
from knowledge.check import (
    MAX_PAGE_WORDS,
    MAX_PAGE_WORDS_TRANSLATED,
    MAX_SENTENCE_WORDS,
    MAX_SHORT_ANSWER_WORDS,
    MIN_QUESTIONS,
    MIN_READING_EASE,
    check_package,
)
from knowledge.facts import Fact, read_facts
from knowledge.pages import SOURCE_LANGUAGE, Package, Page, Problem, Text, read_page, read_topic
from knowledge.readability import reading_ease
from knowledge.wording import running_text, sentences, word_count

_asked = AskedQuestions()


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is typed, as a page (None while it makes none), and what is wrong with it."""

    page: Page | None
    problems: list[Problem]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure of a text ("short_words", "longest_sentence", "ease", "page_words", "questions") and its limit."""

    name: str
    value: int
    limit: int | None
    is_kept: bool


def around(package: Package, drafts: Iterable[Draft], *, topic: str, without: str) -> Package:
    """The package with the drafts that a page of this topic stands among: facts, topics, the topic's other pages."""
    near = (
        draft
        for draft in drafts
        if draft.unit != without and (kind_of(draft.unit) is not UnitKind.PAGE or topic_of(draft.unit) == topic)
    )
    return with_drafts(package, near)[0]


def look_at(unit: str, fields: FieldsOf, *, package: Package, published: Package) -> Look:
    """The page of this unit with these fields, in this package; its questions are compared with the published ones."""
    try:
        page = read_page(unit, written(unit, fields, sources=package.sources))
    except NotWritable as error:
        return Look(page=None, problems=[error.problem])
    return Look(page=page, problems=sorted({*_own_problems(page, package), *_asked_elsewhere(page, published)}))


def _own_problems(page: Page, package: Package) -> Iterator[Problem]:
    """What the check says of this page: it is shown no more of the package than that takes, for it must be quick."""
    source = package.pages.get((page.topic, SOURCE_LANGUAGE))
    beside = {(page.topic, SOURCE_LANGUAGE): source} if source and page.language != SOURCE_LANGUAGE else {}
    before = replace(package, pages=beside)
    after = replace(package, pages={**beside, (page.topic, page.language): page})
    return (problem for problem in check_package(after, before=before) if problem.path == page.path)


def _asked_elsewhere(page: Page, published: Package) -> Iterator[Problem]:
    for question in page.questions:
        for topic, language in _asked.others(question, topic=page.topic, package=published)[:1]:
            message = f"question {question!r} stands in {topic} ({language}) too"
            yield Problem(path=page.path, line=page.line_of(question), message=message)


def look_at_topic(unit: str, fields: FieldsOf, *, package: Package) -> list[Problem]:
    """What is wrong with a topic's own file with these fields."""
    try:
        topic = read_topic(unit, written(unit, fields, sources=package.sources))
    except NotWritable as error:
        return [error.problem]
    alone = replace(package, topics={**package.topics, topic.id: topic}, pages={})
    return [problem for problem in check_package(alone, before=alone) if problem.path == unit]


def look_at_fact(unit: str, fields: FieldsOf, *, package: Package) -> tuple[Fact | None, list[Problem]]:
    """The fact with these fields, None while they make none, and what is wrong with it."""
    try:
        return read_facts(written(unit, fields, sources=package.sources))[key_of(unit)], []
    except NotWritable as error:
        return None, [error.problem]


def measures(page: Page) -> dict[str, list[Measure]]:
    """The figures of each text of a page, by situation ("" for everybody); the questions under "questions"."""
    figures = {situation or "": list(_measures_of(text, page.language)) for situation, text in page.texts.items()}
    number = len(page.questions)
    asked = Measure(name="questions", value=number, limit=MIN_QUESTIONS, is_kept=number >= MIN_QUESTIONS)
    return figures | {"questions": [asked]}


def _measures_of(text: Text, language: str) -> Iterator[Measure]:
    short = word_count(text.short_answer)
    longest = max((word_count(sentence) for sentence in sentences(text.short_answer)), default=0)
    whole = short + word_count(text.details)
    most = MAX_PAGE_WORDS if language == SOURCE_LANGUAGE else MAX_PAGE_WORDS_TRANSLATED
    yield _at_most("short_words", short, MAX_SHORT_ANSWER_WORDS)
    yield _at_most("longest_sentence", longest, MAX_SENTENCE_WORDS)
    yield _at_most("page_words", whole, most)
    ease = reading_ease(running_text(text), language)
    if ease is not None:
        least = MIN_READING_EASE.get(language)
        yield Measure(name="ease", value=round(ease), limit=least, is_kept=least is None or ease >= least)


def _at_most(name: str, value: int, most: int) -> Measure:
    return Measure(name=name, value=value, limit=most, is_kept=value <= most)


def showable_facts(texts: Iterable[str], *, language: str, facts: dict[str, Fact]) -> dict[str, Fact]:
    """The facts that these texts put in; one that is not there, or not in this language, is shown as a gap."""
    keys = {key for text in texts for key in facts_in(text)}
    return {key: facts[key] if key in facts and _says(facts[key], language) else _gap(key) for key in keys}


def _says(fact: Fact, language: str) -> bool:
    return not isinstance(fact.value, dict) or language in fact.value


def _gap(key: str) -> Fact:
    return Fact(key=key, kind="value", value=f"[{key} ?]", source="", dated="")


def stamped(fields: FieldsOf, *, topic: str, language: str, package: Package) -> FieldsOf:
    """The fields of a translation, right for its source as that stands in this package."""
    origin = (fields.get("translated_from") or {}).get("language", SOURCE_LANGUAGE)
    source = package.pages.get((topic, origin))
    if source is None or origin == language:
        return fields
    return fields | {"translated_from": {"language": origin, "hash": source.hash}}


def after_editing(typed: FieldsOf, known: Iterable[FieldsOf]) -> FieldsOf:
    """The fields as they may be kept: editing gives no approval, and keeps it only with texts that `known` has so."""
    if typed.get("status") != "approved":
        return typed
    is_known = any(
        each.get("status") == "approved" and all(typed.get(name) == each.get(name) for name in ("title", "texts"))
        for each in known
    )
    return typed if is_known else typed | {"status": "reviewed"}


def split(fields: FieldsOf) -> FieldsOf:
    """A page with one text becomes one with two that say the same, to be told apart by the editor."""
    text = fields["texts"].get("")
    return fields if text is None else fields | {"texts": {"in": dict(text), "out": dict(text)}}


def joined(fields: FieldsOf) -> FieldsOf:
    """A page with two texts becomes one with one: the first, with the second behind it where it says something else."""
    texts = fields["texts"]
    if "" in texts:
        return fields
    first, second = texts["in"], texts["out"]
    lines = [first["details"], *(second[name] for name in ("short_answer", "details") if second[name] != first[name])]
    details = "\n\n".join(line for line in lines if line)
    return fields | {"texts": {"": {"short_answer": first["short_answer"], "details": details}}}


def source_beside(topic: str, language: str, *, wanted: str, reader: str, package: Package) -> Page | None:
    """The page shown beside the one that is edited: as asked for, else its source, else one the editor reads."""
    page = package.pages.get((topic, language))
    origin = page.translated_from.language if page and page.translated_from else SOURCE_LANGUAGE
    order = [wanted] if wanted else [origin, SOURCE_LANGUAGE, reader]
    found = (package.pages.get((topic, code)) for code in order if code != language)
    return next((each for each in found if each is not None), None)
