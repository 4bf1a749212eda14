"""A new topic, and one that is retired: drafts of everything that belongs to it."""

import re
from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session

from admin.editing.drafts import draft_of, fields_now, save_draft
from admin.editing.forms import FieldsOf, PageFields, TopicFields
from admin.editing.units import page_unit, topic_unit
from admin.editing.uses import is_needed, topics_naming
from knowledge.pages import SOURCE_LANGUAGE, THEMES, Package
from translations.languages import languages

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 60
REVIEWED_EVERY = timedelta(days=182)
"""When a new topic is to be looked at again, unless its editor says otherwise."""


class SlugIsNotValid(ValueError):
    """The short name of a topic is not of small letters, digits and hyphens, or its theme is none of ours."""


class TopicExists(ValueError):
    """There is such a topic already, or a draft of one."""


class TopicIsNeeded(ValueError):
    """The program leads to this topic itself: in danger, or from a word of the glossary."""


def begin_topic(
    session: Session,
    topic: str,
    *,
    fields: TopicFields,
    title: str,
    written_in: str,
    languages_wanted: Sequence[str],
    by: int,
    package: Package,
) -> None:
    """Make drafts of a topic and of its pages: the one it is written in with its title, the others still empty.

    The page in the source language is always among them: without it the topic cannot be published.

    Raises:
        SlugIsNotValid, TopicExists: nothing is made.
    """
    theme, _, slug = topic.partition("/")
    if theme not in THEMES or not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise SlugIsNotValid(topic)
    if topic in package.topics or draft_of(session, topic_unit(topic)) is not None:
        raise TopicExists(topic)
    save_draft(session, topic_unit(topic), fields.model_dump(mode="json"), revision=0, by=by, sources=package.sources)
    for code in languages():
        if code in {written_in, SOURCE_LANGUAGE, *languages_wanted}:
            page = PageFields(title=title if code == written_in else "")
            _save(session, page_unit(topic, code), page.model_dump(mode="json"), by=by, package=package)


def _save(session: Session, unit: str, fields: FieldsOf | None, *, by: int, package: Package) -> None:
    draft = draft_of(session, unit)
    save_draft(session, unit, fields, revision=draft.revision if draft else 0, by=by, sources=package.sources)


def retire_topic(session: Session, topic: str, *, by: int, package: Package) -> None:
    """Make drafts that take a topic and its pages out, and its name out of the topics beside it.

    Links to it in the texts of other pages stay, for an editor to write them anew: the check says where.

    Raises:
        TopicIsNeeded: nothing is made.
    """
    if is_needed(topic):
        raise TopicIsNeeded(topic)
    for unit in [topic_unit(topic), *(page_unit(topic, code) for code in languages())]:
        if unit in package.sources or draft_of(session, unit) is not None:
            _save(session, unit, None, by=by, package=package)
    for other in topics_naming(package, topic):
        unit = topic_unit(other)
        fields = fields_now(unit, draft=draft_of(session, unit), sources=package.sources)
        if fields is not None:
            _save(session, unit, _without(fields, topic), by=by, package=package)


def _without(fields: FieldsOf, topic: str) -> FieldsOf:
    counterpart = "" if fields["counterpart"] == topic else fields["counterpart"]
    return fields | {"related": [each for each in fields["related"] if each != topic], "counterpart": counterpart}


def keep_topic(session: Session, topic: str, *, package: Package) -> None:
    """Throw away the drafts that take a topic and its pages out; those of the topics beside it stay as they are."""
    for unit in [topic_unit(topic), *(page_unit(topic, code) for code in languages())]:
        draft = draft_of(session, unit)
        if draft is not None and draft.fields is None and unit in package.sources:
            session.delete(draft)


def slug_of(words: str) -> str:
    """A short name made of words: "Bank account (free)" gives "bank-account-free"."""
    return "-".join(re.findall(r"[a-z0-9]+", words.lower()))[:LONGEST_SLUG].strip("-")
