"""A topic's own file as a form."""

from typing import Any

from starlette.datastructures import FormData

from admin.editing.explained import explained
from admin.editing.forms import FieldsOf
from admin.editing.looking import look_at_topic
from admin.editing.matrix import CellState
from admin.editing.units import page_unit, topic_of
from admin.editing.uses import is_needed, pages_linking_to, title_of, topics_naming
from admin.tables import Staff
from admin.web.editing.room import language_names
from admin.web.editing.sight import Sight
from knowledge.check import TEAMS, WHO
from knowledge.pages import Package
from translations.languages import languages

MORE_ROWS = 2
"""Empty rows for further related topics."""


def typed_topic(form: FormData, sight: Sight) -> FieldsOf:  # noqa: ARG001
    """The fields of a topic as they were sent."""
    return {
        **{name: str(form.get(name, "")).strip() for name in ("who", "team", "counterpart")},
        "needs_person": bool(form.get("needs_person")),
        "related": [str(each).strip() for each in form.getlist("related") if str(each).strip()],
        "sources": _lines(form, "sources"),
        "open_questions": _lines(form, "open_questions"),
        **{name: str(form.get(name, "")).strip() or None for name in ("reviewed_on", "review_by")},
    }


def _lines(form: FormData, name: str) -> list[str]:
    return [line.strip() for line in str(form.get(name, "")).splitlines() if line.strip()]


def topic_context(sight: Sight, fields: FieldsOf, *, member: Staff, source: str) -> dict[str, Any]:  # noqa: ARG001
    """What the page of a topic needs besides the sight."""
    topic = topic_of(sight.unit)
    links = pages_linking_to(sight.package, topic)
    return {
        "topic": topic,
        "heading": title_of(sight.package, topic, interface=member.interface),
        "names": language_names(member.interface),
        "pages": [_page_row(sight, topic, code) for code in languages()],
        "all_who": WHO,
        "all_teams": TEAMS,
        "all_topics": titles(sight.package, interface=member.interface),
        "rows_of_related": [*fields["related"], *[""] * MORE_ROWS],
        "links": links,
        "naming": [
            (each, title_of(sight.package, each, interface=member.interface))
            for each in topics_naming(sight.package, topic)
        ],
        "is_needed": is_needed(topic),
        **topic_look(sight, fields, interface=member.interface),
    }


def _page_row(sight: Sight, topic: str, code: str) -> dict[str, str]:
    page = sight.published.pages.get((topic, code))
    state = CellState.MISSING.value
    if page is not None:
        state = CellState.STALE.value if sight.published.is_stale(page) else page.status
    is_edited = any(draft.unit == page_unit(topic, code) for draft in sight.drafts)
    return {"code": code, "title": page.title if page else "", "state": state, "edited": "yes" if is_edited else ""}


def titles(package: Package, *, interface: str) -> list[tuple[str, str]]:
    """Every topic with its title, by title."""
    found = [(topic, title_of(package, topic, interface=interface)) for topic in package.topics]
    return sorted(found, key=lambda row: row[1].lower())


def topic_look(sight: Sight, fields: FieldsOf, *, interface: str) -> dict[str, Any]:
    """What is wrong with what is typed."""
    problems = look_at_topic(sight.unit, fields, package=sight.package)
    return {"problems": sorted(explained(each, interface=interface) for each in problems)}
