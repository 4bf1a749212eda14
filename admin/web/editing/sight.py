"""One unit as somebody sees it who edits it: what stands, what is drafted, who else is there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from admin.editing.drafts import drafts, fields_now, has_open, is_outdated
from admin.editing.forms import FieldsOf, checked_fields, fields_of
from admin.editing.looking import around
from admin.editing.tables import Draft, Proposal, ProposalState, ProposedChange
from admin.editing.units import UnitKind, key_of, kind_of, language_of, text_of, topic_of, topic_unit
from admin.tables import Staff
from admin.web.editing.room import PATH, standing
from admin.web.services import EditingServices
from knowledge.pages import Package
from translations.languages import languages

_FACT_KEY = re.compile(r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+")
_UNIT = re.compile(r"facts\.yaml#[a-z0-9.-]{3,80}|[a-z-]{1,40}/[a-z0-9-]{1,60}/(?:topic\.yaml|[a-z]{2,3}\.md)")


class UnknownUnit(LookupError):
    """There is no such page, topic or fact, and none can be made here."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A unit and what stands around it.

    `published` is the package that stands, `package` the same with the drafts this unit stands among, its own left out.
    """

    unit: str
    draft: Draft | None
    drafts: Sequence[Draft]
    published: Package
    package: Package
    proposed: int | None
    others: list[Staff]
    drafted_by: str

    @property
    def kind(self) -> UnitKind:
        """What the unit is."""
        return kind_of(self.unit)

    @property
    def address(self) -> str:
        """Where it is edited."""
        return address_of(self.unit)

    @property
    def revision(self) -> int:
        """That of the draft; 0 without one."""
        return self.draft.revision if self.draft else 0

    @property
    def is_to_go(self) -> bool:
        """Whether the draft takes the unit out of the package."""
        return self.draft is not None and self.draft.fields is None

    @property
    def is_outdated(self) -> bool:
        """Whether another text was published since the draft was begun."""
        return self.draft is not None and is_outdated(self.draft, self.published.sources)

    @property
    def is_published(self) -> bool:
        """Whether it stands in the package."""
        return text_of(self.published.sources, self.unit) is not None

    def fields(self) -> FieldsOf:
        """What an editor goes on with; empty fields where there is nothing yet."""
        return fields_now(self.unit, draft=self.draft, sources=self.published.sources) or self.standing_fields()

    def standing_fields(self) -> FieldsOf:
        """The fields of what is published; empty ones where nothing is."""
        text = text_of(self.published.sources, self.unit)
        return fields_of(self.unit, text) if text is not None else checked_fields(self.unit, {})


def sight_of(session: Session, unit: str, *, member: Staff, editing: EditingServices) -> Sight:
    """The unit as it is now; notes that this member has it open.

    Raises:
        UnknownUnit: there is no such unit, and none can be made of this name.
        NothingPublished: there is no package yet.
    """
    published = standing(session, editing)
    every = drafts(session)
    draft = next((each for each in every if each.unit == unit), None)
    if not _UNIT.fullmatch(unit):
        raise UnknownUnit(unit)
    topic = topic_of(unit) if kind_of(unit) is not UnitKind.FACT else ""
    package = around(published, every, topic=topic, without=unit)
    if draft is None and not _may_be_begun(unit, package, every):
        raise UnknownUnit(unit)
    return Sight(
        unit=unit,
        draft=draft,
        drafts=every,
        published=published,
        package=package,
        proposed=proposal_of(session, unit),
        others=has_open(session, unit, staff_id=member.id or 0),
        drafted_by=_name_of(session, draft),
    )


def _may_be_begun(unit: str, package: Package, every: Sequence[Draft]) -> bool:
    """Whether there is such a unit, or one may be begun: a page of a topic in a language of ours, a fact with a key."""
    if kind_of(unit) is UnitKind.FACT:
        return bool(_FACT_KEY.fullmatch(key_of(unit)))
    topic = topic_of(unit)
    is_begun = any(draft.unit == topic_unit(topic) and draft.fields is not None for draft in every)
    is_known = topic in package.topics or is_begun
    return is_known and (kind_of(unit) is UnitKind.TOPIC or language_of(unit) in languages())


def proposal_of(session: Session, unit: str) -> int | None:
    """The number of the open proposal that changes this unit, the latest where there are more."""
    query = (
        select(Proposal.id)
        .join(ProposedChange, col(ProposedChange.proposal_id) == col(Proposal.id))
        .where(ProposedChange.unit == unit, Proposal.state == ProposalState.OPEN)
        .order_by(col(Proposal.id).desc())
    )
    return session.exec(query).first()


def _name_of(session: Session, draft: Draft | None) -> str:
    staff = session.get(Staff, draft.edited_by) if draft and draft.edited_by else None
    return staff.name if staff else ""


def address_of(unit: str) -> str:
    """Where a unit is edited."""
    match kind_of(unit):
        case UnitKind.PAGE:
            return f"{PATH}/pages/{topic_of(unit)}/{language_of(unit)}"
        case UnitKind.TOPIC:
            return f"{PATH}/topics/{topic_of(unit)}"
        case UnitKind.FACT:
            return f"{PATH}/facts/{key_of(unit)}"
