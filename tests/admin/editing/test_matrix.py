"""The matrix says of every topic and language how it is, what happens to it, and finds it again."""

from datetime import date

import pytest

from admin.editing.drafts import save_draft
from admin.editing.forms import TopicFields, fields_of
from admin.editing.matrix import CellState, Filters, Row, Show, Work, matrix, work_under_way
from admin.editing.proposals import propose
from admin.editing.topics import begin_topic
from admin.editing.units import page_unit
from admin.tables import Staff
from bot.counts import TopicCount
from knowledge.pages import Package, read_package
from knowledge.served import ServedPackage
from wegwijs.storage import transaction

DAY = date(2026, 11, 22)
TOPIC = "procedure/appeal"


def rows_of(package: Package, work: Work | None = None, *, reader: int | None = None, **filters: object) -> list[Row]:
    """The rows with these filters, for a reader of Dutch."""
    asked = Filters(**filters)  # type: ignore[arg-type]
    return matrix(package, work or Work(), asked, reader=reader, interface="nl", today=DAY)


def row_of(package: Package, work: Work | None = None) -> Row:
    """The row of the topic these tests change."""
    return next(row for row in rows_of(package, work) if row.topic == TOPIC)


def states(row: Row) -> dict[str, CellState]:
    return {cell.language: cell.state for cell in row.cells}


def test_every_topic_stands_in_it_once_with_its_title_in_the_readers_language(package: Package) -> None:
    rows = rows_of(package)
    assert [row.topic for row in rows] == list(package.topics)
    assert next(row for row in rows if row.topic == TOPIC).title == package.page(TOPIC, "nl").title
    assert all(len(row.cells) == 14 for row in rows)


def test_a_changed_source_makes_translations_stale_and_a_lost_page_is_missing(package: Package) -> None:
    path, gone = f"{TOPIC}/en.md", f"{TOPIC}/so.md"
    source = package.sources[path].replace("status: draft", "status: approved")
    sources = {**package.sources, path: source.replace("title: ", "title: New ")}
    del sources[gone]
    found = states(row_of(read_package(sources, like=package)))
    assert (found["en"], found["nl"], found["so"]) == (CellState.APPROVED, CellState.STALE, CellState.MISSING)


@pytest.mark.parametrize(
    "words", ["beroep gaan rechter", "procedure/appeal", "raad voor vreemdelingenbetwistingen wat doen die"]
)
def test_a_topic_is_found_by_title_id_and_question(package: Package, words: str) -> None:
    assert TOPIC in {row.topic for row in rows_of(package, words=words)}


def test_it_is_found_by_the_words_of_any_language(package: Package) -> None:
    assert TOPIC in {row.topic for row in rows_of(package, words=package.page(TOPIC, "ti").title)}
    assert rows_of(package, words="xyzzy") == []


def test_filters_leave_out_what_was_not_asked_for(package: Package) -> None:
    health = rows_of(package, theme="health")
    assert {row.theme for row in health} == {"health"}
    assert {row.team for row in rows_of(package, team="lawyer")} == {"lawyer"}
    assert all(row.open_questions for row in rows_of(package, open=True))
    assert rows_of(package, overdue=True) == []
    late = matrix(package, Work(), Filters(overdue=True), reader=None, interface="nl", today=date(2040, 1, 1))
    assert len(late) == len(package.topics)
    assert rows_of(package, show=Show.MISSING) == []
    assert len(rows_of(package, show=Show.DRAFT, language="ti")) == len(package.topics)


def test_drafts_proposals_and_who_works_on_them_are_shown(
    published: ServedPackage, editor: Staff, colleague: Staff, package: Package
) -> None:
    mine, theirs = page_unit(TOPIC, "nl"), page_unit(TOPIC, "fr")
    with transaction() as session:
        for unit, person in ((mine, editor), (theirs, colleague)):
            fields = fields_of(unit, package.sources[unit])
            changed = fields | {"questions": [*fields["questions"], f"xyzzy {person.login}"]}
            save_draft(session, unit, changed, revision=0, by=person.id or 0, sources=package.sources)
        propose(session, [theirs], why="x", by=colleague.id or 0, package=package)
        work = work_under_way(session, today=DAY)
    row = row_of(package, work)
    marks = {cell.language: (cell.is_edited, cell.is_proposed) for cell in row.cells}
    assert (marks["nl"], marks["fr"], marks["ar"]) == ((True, False), (False, True), (False, False))
    assert [row.topic for row in rows_of(package, work, show=Show.EDITED)] == [TOPIC]
    assert rows_of(package, work, show=Show.EDITED, language="fr") == []
    for person in (editor, colleague):
        assert [row.topic for row in rows_of(package, work, reader=person.id, mine=True)] == [TOPIC]
    assert rows_of(package, work, reader=-1, mine=True) == []


def test_a_topic_that_is_only_drafted_stands_at_the_end(
    published: ServedPackage, editor: Staff, package: Package
) -> None:
    with transaction() as session:
        begin_topic(
            session,
            "future/new-thing",
            fields=TopicFields(),
            title="Iets nieuws",
            written_in="nl",
            languages_wanted=["ti"],
            by=editor.id or 0,
            package=package,
        )
        work = work_under_way(session, today=DAY)
    last = rows_of(package, work)[-1]
    assert (last.topic, last.title, last.is_edited) == ("future/new-thing", "Iets nieuws", True)
    assert {cell.language for cell in last.cells if cell.is_edited} == {"nl", "en", "ti"}


def test_counts_are_those_of_the_last_thirty_days(published: ServedPackage, package: Package) -> None:
    with transaction() as session:
        for day, language in (("2026-11-20", "nl"), ("2026-11-20", "ti"), ("2026-09-01", "nl")):
            session.add(TopicCount(day=day, topic=TOPIC, language=language, answered=10, helped=4, not_meant=1))
        session.flush()
        work = work_under_way(session, today=DAY)
    row = row_of(package, work)
    assert (row.asked.answered, row.asked.helped, row.asked.helped_share) == (20, 8, 0.8)
