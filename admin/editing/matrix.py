"""The matrix: every topic in every language, what is open, and what people make of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sqlmodel import Session, col, select

from admin.editing.counts import Asked, asked_by_page, asked_by_topic
from admin.editing.drafts import drafts
from admin.editing.tables import Draft, Proposal, ProposalState, ProposedChange
from admin.editing.units import UnitKind, kind_of, page_unit, topic_of, topic_unit
from admin.editing.uses import folded, title_of
from knowledge.pages import Package, Page
from knowledge.text import fold
from translations.languages import languages


class CellState(StrEnum):
    """How a page is."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    STALE = "stale"
    MISSING = "missing"


class Show(StrEnum):
    """What the matrix may be asked to show only; the states of pages, and what happens to them."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    STALE = "stale"
    MISSING = "missing"
    EDITED = "edited"
    PROPOSED = "proposed"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One topic in one language."""

    language: str
    state: CellState
    is_edited: bool
    is_proposed: bool

    def is_shown_for(self, show: Show) -> bool:
        """Whether this cell is one of those asked for."""
        if show is Show.EDITED:
            return self.is_edited
        return self.is_proposed if show is Show.PROPOSED else self.state.value == show.value


@dataclass(frozen=True, kw_only=True)
class Row:
    """One topic. `review_by` is None for one that is not published yet."""

    topic: str
    title: str
    who: str
    team: str
    cells: list[Cell]
    open_questions: int
    review_by: date | None
    is_overdue: bool
    is_edited: bool
    is_mine: bool
    asked: Asked

    @property
    def theme(self) -> str:
        """The theme it stands under."""
        return self.topic.split("/")[0]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What to show of the matrix; empty: all."""

    words: str = ""
    theme: str = ""
    show: Show | None = None
    language: str = ""
    team: str = ""
    overdue: bool = False
    open: bool = False
    mine: bool = False


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is being changed: drafts and proposed units, and how often topics were answered and helped."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    proposed: dict[str, int | None] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)


def work_under_way(session: Session, *, today: date) -> Work:
    """Drafts by unit, units of open proposals with who proposed them, and the counts of the last days by topic."""
    proposed = (
        select(ProposedChange.unit, Proposal.proposed_by)
        .join(Proposal, col(Proposal.id) == col(ProposedChange.proposal_id))
        .where(Proposal.state == ProposalState.OPEN)
    )
    return Work(
        drafts={draft.unit: draft for draft in drafts(session)},
        proposed=dict(session.exec(proposed).all()),
        asked=asked_by_topic(asked_by_page(session, today=today)),
    )


def matrix(
    package: Package, work: Work, filters: Filters, *, reader: int | None, interface: str, today: date
) -> list[Row]:
    """The rows that are asked for, in the order of the package; topics that are only drafted come last."""
    rows = (
        _row(package, work, topic, reader=reader, interface=interface, today=today) for topic in _topics(package, work)
    )
    return [row for row in rows if all(keeps(row) for keeps in _conditions(package, filters))]


def _topics(package: Package, work: Work) -> Iterator[str]:
    yield from package.topics
    units = {*work.drafts, *work.proposed}
    yield from sorted({topic_of(unit) for unit in units if kind_of(unit) is not UnitKind.FACT} - package.topics.keys())


def _row(package: Package, work: Work, topic: str, *, reader: int | None, interface: str, today: date) -> Row:
    known = package.topics.get(topic)
    unit = topic_unit(topic)
    cells = [_cell(package, work, topic, code) for code in languages()]
    units = [unit, *(page_unit(topic, code) for code in languages())]
    return Row(
        topic=topic,
        title=_title(package, work, topic, interface),
        who=known.who if known else "",
        team=known.team if known else "",
        cells=cells,
        open_questions=len(known.open_questions) if known else 0,
        review_by=known.review_by if known else None,
        is_overdue=bool(known and known.review_by < today),
        is_edited=unit in work.drafts or unit in work.proposed,
        is_mine=any(_is_of(work, each, reader) for each in units),
        asked=work.asked.get(topic, Asked()),
    )


def _is_of(work: Work, unit: str, reader: int | None) -> bool:
    draft = work.drafts.get(unit)
    return reader is not None and (
        work.proposed.get(unit) == reader or (draft is not None and draft.edited_by == reader)
    )


def _title(package: Package, work: Work, topic: str, interface: str) -> str:
    """The title; of a topic that is only drafted, one of its drafts'."""
    found = title_of(package, topic, interface=interface)
    if found != topic:
        return found
    drafted = (work.drafts.get(page_unit(topic, code)) for code in (interface, *languages()))
    return next((draft.fields["title"] for draft in drafted if draft and draft.fields and draft.fields["title"]), topic)


def _cell(package: Package, work: Work, topic: str, language: str) -> Cell:
    unit = page_unit(topic, language)
    page = package.pages.get((topic, language))
    return Cell(
        language=language,
        state=_state(package, page),
        is_edited=unit in work.drafts,
        is_proposed=unit in work.proposed,
    )


def _state(package: Package, page: Page | None) -> CellState:
    if page is None:
        return CellState.MISSING
    return CellState.STALE if package.is_stale(page) else CellState(page.status)


def _conditions(package: Package, filters: Filters) -> list[Callable[[Row], bool]]:
    conditions: list[Callable[[Row], bool]] = []
    if filters.theme:
        conditions.append(lambda row: row.theme == filters.theme)
    if filters.team:
        conditions.append(lambda row: row.team == filters.team)
    if filters.overdue:
        conditions.append(lambda row: row.is_overdue)
    if filters.open:
        conditions.append(lambda row: row.open_questions > 0)
    if filters.mine:
        conditions.append(lambda row: row.is_mine)
    if filters.show:
        show = filters.show
        conditions.append(
            lambda row: any(cell.is_shown_for(show) for cell in row.cells if filters.language in {"", cell.language})
        )
    if words := fold(filters.words).split():
        conditions.append(lambda row: _is_found(package, row, words))
    return conditions


def _is_found(package: Package, row: Row, words: list[str]) -> bool:
    """Whether all words stand in the name of a topic, in a title or in a question of one of its pages."""
    texts = [fold(f"{row.title} {row.topic}")]
    for code in languages():
        page = package.pages.get((row.topic, code))
        if page is not None:
            texts += [fold(page.title), *folded(page.questions)]
    return any(all(word in each for word in words) for each in texts)
