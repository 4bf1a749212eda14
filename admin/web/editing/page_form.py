"""A page as a form, and as readers would see what is typed."""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape
from starlette.datastructures import FormData

from admin.editing.difference import Piece, difference
from admin.editing.explained import Explained, explained
from admin.editing.forms import FieldsOf, fields_of
from admin.editing.looking import after_editing, look_at, measures, showable_facts, source_beside, stamped
from admin.editing.units import language_of, topic_of
from admin.editing.uses import title_of
from admin.tables import Staff
from admin.web.editing.room import language_names
from admin.web.editing.sight import Sight
from knowledge.check import MAX_SENTENCE_WORDS
from knowledge.facts import PLACEHOLDER, Fact
from knowledge.pages import SOURCE_LANGUAGE, STATUSES, Package, Page
from knowledge.rendering import to_html
from translations.glossary import TermMarker, term
from translations.interface import string
from translations.languages import language


def typed_page(form: FormData, sight: Sight) -> FieldsOf:
    """The fields of a page as they were sent; what was not sent stays as it was."""
    before = sight.fields()
    names = ["in", "out"] if "short_answer.in" in form else [""]
    fields = before | {
        "title": _words(form, "title", before["title"]),
        "status": _words(form, "status", before["status"]),
        "questions": _lines(_words(form, "questions", "\n".join(before["questions"]))),
        "texts": {name: _text(form, name) for name in names},
    }
    if form.get("still_right"):
        fields = stamped(fields, topic=topic_of(sight.unit), language=language_of(sight.unit), package=sight.package)
    return after_editing(fields, [before, sight.standing_fields()])


def _text(form: FormData, name: str) -> dict[str, str]:
    suffix = f".{name}" if name else ""
    return {part: _words(form, f"{part}{suffix}", "") for part in ("short_answer", "details")}


def _words(form: FormData, name: str, otherwise: str) -> str:
    value = form.get(name, otherwise)
    # Browsers send every line end as two characters.
    return value.replace("\r\n", "\n") if isinstance(value, str) else otherwise


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def page_context(sight: Sight, fields: FieldsOf, *, member: Staff, source: str) -> dict[str, Any]:
    """What the page of the editor needs besides the sight."""
    topic, code = topic_of(sight.unit), language_of(sight.unit)
    beside = source_beside(topic, code, wanted=source, reader=member.interface, package=sight.package)
    return {
        "topic": topic,
        "heading": title_of(sight.package, topic, interface=member.interface),
        "language": language(code),
        "names": language_names(member.interface),
        "beside": beside,
        "beside_language": language(beside.language) if beside else None,
        "published_since": _published_since(sight),
        "beside_texts": _readable(beside) if beside else [],
        "besides": [
            each for each in language_names(member.interface) if each != code and (topic, each) in sight.package.pages
        ],
        "statuses": [each for each in STATUSES if each != "approved" or fields["status"] == "approved"],
        "is_translation": code != SOURCE_LANGUAGE,
        "is_stale": _is_stale(sight, topic, code),
        **page_look(sight, fields, interface=member.interface),
    }


def _published_since(sight: Sight) -> list[tuple[str, str, list[Piece]]]:
    """What was published since the draft was begun: field, situation, and the pieces of the difference."""
    if not sight.is_outdated or sight.draft is None or sight.draft.base is None:
        return []
    old, new = _flat(fields_of(sight.unit, sight.draft.base)), _flat(sight.standing_fields())
    return [(*place, difference(old.get(place, ""), words)) for place, words in new.items() if old.get(place) != words]


def _flat(fields: FieldsOf) -> dict[tuple[str, str], str]:
    texts = {(part, name): text[part] for name, text in fields["texts"].items() for part in ("short_answer", "details")}
    return {("title", ""): fields["title"], **texts, ("questions", ""): "\n".join(fields["questions"])}


def _readable(page: Page) -> list[tuple[str, Markup, Markup]]:
    """The texts of a page as they are written, with the facts set apart: in Arabic they would run into the words."""
    return [
        (situation or "", _set_apart(text.short_answer), _set_apart(text.details))
        for situation, text in page.texts.items()
    ]


def _set_apart(text: str) -> Markup:
    marked = PLACEHOLDER.sub(lambda match: f'<code dir="ltr">{match[0]}</code>', str(escape(text)))
    return Markup(marked)  # noqa: S704 - escaped above, but for the element


def _is_stale(sight: Sight, topic: str, code: str) -> bool:
    page = sight.published.pages.get((topic, code))
    return page is not None and sight.package.is_stale(page)


def page_look(sight: Sight, fields: FieldsOf, *, interface: str) -> dict[str, Any]:
    """What is typed as readers would see it, what is wrong with it, its figures and its words of the glossary."""
    look = look_at(sight.unit, fields, package=sight.package, published=sight.published)
    problems = sorted({explained(each, interface=interface, page=look.page) for each in look.problems}, key=_order)
    shown: dict[str, Any] = {
        "language": language(language_of(sight.unit)),
        "problems": problems,
        "page": look.page,
        "longest": MAX_SENTENCE_WORDS,
    }
    return shown | (_as_read(look.page, sight.package) if look.page else {})


def _order(problem: Explained) -> tuple[bool, str, int]:
    return (not problem.blocks, problem.field, problem.line)


def _as_read(page: Page, package: Package) -> dict[str, Any]:
    terms = TermMarker(page.language)
    facts = showable_facts([page.source], language=page.language, facts=package.facts)
    texts = [
        {
            "situation": situation or "",
            "name": string(f"bot.situation_{situation}", page.language) if situation else "",
            "bubble": to_html(text.short_answer, code=page.language, facts=facts),
            "short": to_html(text.short_answer, code=page.language, facts=facts, terms=terms),
            "details": to_html(text.details, code=page.language, facts=facts, terms=terms),
        }
        for situation, text in page.texts.items()
    ]
    return {
        "texts": texts,
        "measures": measures(page),
        "terms": list(_terms(terms.found, page.language, package.facts)),
    }


def _terms(found: Iterable[str], code: str, facts: dict[str, Fact]) -> Iterable[dict[str, str]]:
    for key in found:
        word = term(key, code)
        said = showable_facts([word.explanation], language=code, facts=facts)
        yield {"name": word.name, "html": to_html(word.explanation, code=code, facts=said)}


def picks(package: Package, *, code: str, interface: str) -> dict[str, list[dict[str, str]]]:
    """What can be put into a text in this language: facts with their value, topics with their title."""
    said = showable_facts([f"{{{{ fact:{key} }}}}" for key in package.facts], language=code, facts=package.facts)
    return {
        "facts": [{"key": key, "name": said[key].text(code)} for key in package.facts],
        "topics": [
            {
                "key": topic,
                "name": title_of(package, topic, interface=interface),
                "words": _title_in(package, topic, code),
            }
            for topic in package.topics
        ],
    }


def _title_in(package: Package, topic: str, code: str) -> str:
    page = package.pages.get((topic, code))
    return page.title if page else title_of(package, topic, interface=code)
