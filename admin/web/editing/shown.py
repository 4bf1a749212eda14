"""What a change of a unit looks like on a page: in words, with its difference, and with what it touches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, select

from admin.editing.changes import Reach, Texts, UnitChange, reach_of
from admin.editing.explained import Explained
from admin.editing.forms import FieldsOf
from admin.editing.units import UnitKind
from admin.editing.uses import title_of
from admin.tables import Staff
from admin.web.editing.room import PATH
from knowledge.pages import Package
from translations.languages import Language, languages

MOST_TOLD = 40
"""Of more units than these only names are shown: each difference is then one click away."""


@dataclass(frozen=True, kw_only=True)
class ShownUnit:
    """A changed unit as a page shows it; `is_told`: with its difference."""

    change: UnitChange
    title: str
    is_told: bool = True
    reach: Reach | None = None
    problems: list[Explained] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    is_outdated: bool = False
    by: int | None = None
    at: datetime | None = None

    @property
    def language(self) -> Language | None:
        """The language of a page; None for what is none, or is in none of ours."""
        return languages().get(self.change.language or "")

    @property
    def place(self) -> str:
        """Where it is edited."""
        match self.change.kind:
            case UnitKind.PAGE:
                return f"{PATH}/pages/{self.change.topic}/{self.change.language}"
            case UnitKind.TOPIC:
                return f"{PATH}/topics/{self.change.topic}"
            case UnitKind.FACT:
                return f"{PATH}/facts/{self.change.topic}"

    @property
    def blocks(self) -> bool:
        """Whether it cannot be proposed as it is."""
        return self.is_outdated or any(problem.blocks for problem in self.problems)


def titled(change: UnitChange, package: Package, *, interface: str) -> str:
    """What a unit is called: the title of its topic, or the key of the fact."""
    if change.kind is UnitKind.FACT or change.topic in package.topics:
        return title_of(package, change.topic, interface=interface)
    for fields in (change.after, change.before):
        if fields and fields.get("title"):
            return str(fields["title"])
    return change.topic


def reach_of_change(change: UnitChange, package: Package) -> Reach | None:
    """What changes with a fact; None for other units."""
    return reach_of(package, change.topic) if change.kind is UnitKind.FACT else None


def shown_units(
    units: Mapping[str, Texts], package: Package, *, interface: str, chosen: str | None = None
) -> list[ShownUnit]:
    """These changed units; with so many that it takes long, only the chosen one with its difference."""
    tells_all = len(units) <= MOST_TOLD
    shown = []
    for unit, texts in units.items():
        is_told = tells_all or unit == chosen
        change = UnitChange.of(unit, texts) if is_told else _only_named(unit, texts)
        shown.append(
            ShownUnit(
                change=change,
                title=titled(change, package, interface=interface),
                is_told=is_told,
                reach=reach_of_change(change, package) if is_told else None,
            )
        )
    return shown


def _only_named(unit: str, texts: Texts) -> UnitChange:
    return UnitChange(unit=unit, before=_there(texts[0]), after=_there(texts[1]))


def _there(text: str | None) -> FieldsOf | None:
    return None if text is None else {}


def staff_names(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    """The names of these members of staff; who has gone has none."""
    wanted = {number for number in ids if number is not None}
    query = select(Staff.id, Staff.name).where(Staff.id.in_(wanted))  # type: ignore[union-attr]
    return dict(session.exec(query).all()) if wanted else {}
