"""Putting what people ask into the questions of a page: into its draft, to be proposed like any other change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from admin.editing.drafts import draft_of, drafts, fields_now, save_draft, with_drafts
from admin.editing.forms import FieldsOf
from admin.editing.units import UnitKind, kind_of, page_unit, topic_of
from knowledge.pages import Package
from knowledge.text import fold

LONGEST_QUESTION = 200
MOST_QUESTIONS = 200


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why a line cannot be put there: the key of the text that says so, and what fills its blanks."""

    language: str
    key: str
    values: Mapping[str, str]


class NotPlaced(ValueError):
    """Nothing was put anywhere; `faults` say why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(fault.key for fault in faults))
        self.faults = faults


def topics_there(session: Session, package: Package) -> dict[str, str]:
    """The topics that there are, published or in a draft, with their titles in the source language if they have one."""
    ids = [*package.topics, *(topic_of(each.unit) for each in drafts(session) if _is_new_topic(each.unit))]
    titles = {page.topic: page.title for page in package.pages_in("en")}
    return {topic: titles.get(topic, topic) for topic in sorted(set(ids))}


def _is_new_topic(unit: str) -> bool:
    return kind_of(unit) is UnitKind.TOPIC


def place(
    session: Session, topic: str, lines: Mapping[str, Sequence[str]], *, by: int, package: Package
) -> dict[str, int]:
    """Add lines, by language, to the questions of a page's draft; how many were new in each language.

    Raises:
        NotPlaced: a line cannot be put there, or there is no such page; nothing is written.
        DraftChangedMeanwhile: somebody saved one of the drafts at the same moment.
    """
    with_all_drafts, _ = with_drafts(package, drafts(session))
    faults, added = list[Fault](), dict[str, int]()
    saved: list[tuple[str, FieldsOf, int]] = []
    for language, wanted in lines.items():
        unit = page_unit(topic, language)
        draft = draft_of(session, unit)
        fields = fields_now(unit, draft=draft, sources=package.sources)
        if fields is None:
            faults.append(Fault(language=language, key="questions.no_page", values={}))
            continue
        faults += _faults(language, wanted, topic=topic, package=with_all_drafts)
        there = [str(question) for question in fields["questions"]]
        new = _new(wanted, there)
        if len(there) + len(new) > MOST_QUESTIONS:
            faults.append(Fault(language=language, key="questions.too_many", values={"most": str(MOST_QUESTIONS)}))
        added[language] = len(new)
        saved.append((unit, {**fields, "questions": [*there, *new]}, draft.revision if draft else 0))
    if faults:
        raise NotPlaced(faults)
    for unit, fields, revision in saved:
        save_draft(session, unit, fields, revision=revision, by=by, sources=package.sources)
    return added


def _new(wanted: Sequence[str], there: Sequence[str]) -> list[str]:
    """The lines that do not stand there yet, each once."""
    known = {fold(question) for question in there}
    return list({fold(line): line for line in wanted if fold(line) not in known}.values())


def _faults(language: str, lines: Sequence[str], *, topic: str, package: Package) -> list[Fault]:
    elsewhere = {
        fold(question): page.topic
        for page in package.pages_in(language)
        if page.topic != topic
        for question in page.questions
    }
    found = []
    for line in lines:
        if "[" in line or "]" in line:
            found.append(Fault(language=language, key="questions.masked", values={"line": line}))
        elif len(line) > LONGEST_QUESTION:
            found.append(Fault(language=language, key="questions.too_long", values={"line": line[:60]}))
        elif fold(line) in elsewhere:
            values = {"line": line, "topic": elsewhere[fold(line)]}
            found.append(Fault(language=language, key="questions.stands_elsewhere", values=values))
    return found
