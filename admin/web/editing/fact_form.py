"""A fact as a form, and every sentence it stands in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from admin.editing.explained import explained
from admin.editing.forms import FieldsOf
from admin.editing.looking import look_at_fact, showable_facts
from admin.editing.units import key_of
from admin.editing.uses import outside_pages, pages_with_fact, sentences_with, title_of
from admin.tables import Staff
from admin.web.editing.room import language_names
from admin.web.editing.sight import Sight
from knowledge.facts import WEEKDAYS, Fact, weekday_name
from knowledge.pages import Package, Page
from knowledge.rendering import to_html
from translations.languages import Language, language, languages

KINDS = ("phone", "value", "number", "euro", "weekdays", "day")


@dataclass(frozen=True, kw_only=True)
class Touched:
    """A page that puts a fact in, and its sentences with it, as readers would see them."""

    language: Language
    title: str
    sentences: list[str]


def typed_fact(form: FormData, sight: Sight) -> FieldsOf:
    """The fields of a fact as they were sent; its kind is chosen when it is begun."""
    before = sight.fields()
    names = ("value", "opens", "closes", "per", "source", "date")
    texts = {code: str(form.get(f"text.{code}", "")).strip() for code in languages() if f"text.{code}" in form}
    kind = form.get("kind")
    return {
        "kind": kind if kind in KINDS else before["kind"],
        **{name: str(form.get(name, before[name])).strip() for name in names},
        # Every form says in "unit" which one it is of; what a number counts goes by another name.
        "unit": str(form.get("counted", before["unit"])).strip(),
        "texts": {code: said for code, said in texts.items() if said},
        "weekdays": [day for day in WEEKDAYS if day in form.getlist("weekdays")],
        **{name: bool(form.get(name)) for name in ("free", "about", "check")},
    }


def in_each_language(fields: FieldsOf) -> FieldsOf:
    """The value written once for each language, to be told apart by the editor."""
    return fields | {"texts": dict.fromkeys(languages(), fields["value"] or "-"), "value": ""}


def in_all_languages(fields: FieldsOf) -> FieldsOf:
    """One value for all languages: the first of those there were."""
    return fields | {"texts": {}, "value": next(iter(fields["texts"].values()), fields["value"])}


def fact_context(sight: Sight, fields: FieldsOf, *, member: Staff, source: str) -> dict[str, Any]:  # noqa: ARG001
    """What the page of a fact needs besides the sight."""
    return {
        "key": key_of(sight.unit),
        "kinds": KINDS,
        "weekdays": [(day, weekday_name(number, member.interface)) for number, day in enumerate(WEEKDAYS)],
        **fact_look(sight, fields, interface=member.interface),
    }


def fact_look(sight: Sight, fields: FieldsOf, *, interface: str) -> dict[str, Any]:
    """What is wrong with what is typed, what it looks like, and every page it touches."""
    key = key_of(sight.unit)
    fact, problems = look_at_fact(sight.unit, fields, package=sight.package)
    package, topics = sight.package, dict[str, list[Touched]]()
    for page in pages_with_fact(package, key):
        topics.setdefault(page.topic, []).append(_touched(page, key, fact, package))
    pages = [touched for each in topics.values() for touched in each]
    return {
        "names": language_names(interface),
        "problems": sorted(explained(each, interface=interface) for each in problems),
        "said": list(_said(fact)) if fact else [],
        "touched": [(topic, title_of(package, topic, interface=interface), each) for topic, each in topics.items()],
        "number_of_pages": len(pages),
        "number_of_languages": len({each.language.code for each in pages}),
        "number_of_topics": len(topics),
        "outside": outside_pages(key),
    }


def _touched(page: Page, key: str, fact: Fact | None, package: Package) -> Touched:
    sentences = sentences_with(page, key)
    facts = package.facts if fact is None else package.facts | {key: fact}
    said = showable_facts(sentences, language=page.language, facts=facts)
    return Touched(
        language=language(page.language),
        title=page.title,
        sentences=[to_html(sentence, code=page.language, facts=said) for sentence in sentences],
    )


def _said(fact: Fact) -> Iterator[tuple[Language, str]]:
    """What readers of each language see, where it is not the same for all."""
    texts = [(each, fact.text(each.code)) for each in languages().values()]
    is_the_same = len({text for _, text in texts}) == 1
    yield from texts[:1] if is_the_same else texts
