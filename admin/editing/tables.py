"""The tables of the editors' room: versions of the package, drafts, proposals and their trials."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from wegwijs.storage import UTCDateTime, now, stored_as_text


class PackageVersion(SQLModel, table=True):
    """A published version of the package. `published_by` is None when it came from files."""

    __tablename__: ClassVar[str] = "package_version"

    number: int = Field(primary_key=True)
    fingerprint: str = Field(max_length=64)
    published_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    published_by: int | None = Field(default=None, foreign_key="staff.id", ondelete="SET NULL")
    proposed_by: int | None = Field(default=None, foreign_key="staff.id", ondelete="SET NULL")
    why: str = Field(max_length=1000)
    returned_to: int | None = None


class PackageFile(SQLModel, table=True):
    """The text of one file, in the versions from `since` on, before `until`; None: it still stands.

    So a version costs what it changes, and any of them can be read again.
    """

    __tablename__: ClassVar[str] = "package_file"
    __table_args__ = (
        Index(
            "ix_package_file_standing",
            "path",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(max_length=160, index=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    since: int = Field(foreign_key="package_version.number")
    until: int | None = Field(default=None, foreign_key="package_version.number", index=True)


class Draft(SQLModel, table=True):
    """What somebody is changing in one unit (`admin.editing.units`), kept while they type.

    `fields` are those of its form, whole or not; None: the unit is to go. `base` is the text of the unit it was begun
    from; None: there was none. `revision` counts the savings, so that nobody overwrites what they have not seen.
    """

    __tablename__: ClassVar[str] = "draft"

    unit: str = Field(primary_key=True, max_length=160)
    fields: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True)))
    base: str | None = Field(default=None, sa_column=Column(Text))
    revision: int = 1
    edited_by: int | None = Field(default=None, foreign_key="staff.id", ondelete="SET NULL")
    edited_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))


class MachineText(SQLModel, table=True):
    """The text of a page that the machine made; it is a person's as soon as the page says anything else."""

    __tablename__: ClassVar[str] = "machine_text"

    unit: str = Field(primary_key=True, max_length=160)
    hash: str = Field(max_length=16, description="As `Page.hash`.")


class OpenUnit(SQLModel, table=True):
    """Who has which unit open, and when their browser last said so."""

    __tablename__: ClassVar[str] = "open_unit"

    unit: str = Field(primary_key=True, max_length=160)
    staff_id: int = Field(primary_key=True, foreign_key="staff.id", ondelete="CASCADE")
    seen_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))


class ProposalState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Proposal(SQLModel, table=True):
    """Changes that an editor proposes together; `answer` is what the publisher says, `version` the one it became."""

    __tablename__: ClassVar[str] = "proposal"

    id: int | None = Field(default=None, primary_key=True)
    state: ProposalState = Field(
        default=ProposalState.OPEN,
        sa_column=Column(stored_as_text(ProposalState, length=12), nullable=False, index=True),
    )
    why: str = Field(max_length=1000)
    proposed_by: int | None = Field(default=None, foreign_key="staff.id", ondelete="SET NULL")
    proposed_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    decided_by: int | None = Field(default=None, foreign_key="staff.id", ondelete="SET NULL")
    decided_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    answer: str = Field(default="", max_length=1000)
    version: int | None = Field(default=None, foreign_key="package_version.number")


class ProposedChange(SQLModel, table=True):
    """One unit of a proposal: its new text (None: it goes), the one it replaces, and the fields it was made from."""

    __tablename__: ClassVar[str] = "proposed_change"

    proposal_id: int = Field(primary_key=True, foreign_key="proposal.id", ondelete="CASCADE")
    unit: str = Field(primary_key=True, max_length=160)
    text: str | None = Field(default=None, sa_column=Column(Text))
    base: str | None = Field(default=None, sa_column=Column(Text))
    fields: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class TrialState(StrEnum):
    """How far a trial is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class TrialError(StrEnum):
    """Why a trial has no report: its process died or failed, or there was nothing to try any more."""

    DIED = "died"
    FAILED = "failed"
    OUTDATED = "outdated"
    INVALID = "invalid"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"


class Trial(SQLModel, table=True):
    """A proposal tried on a copy of version `base`: `report` says what it moves, once it is done.

    `step`, `done` and `total` are how far it is; `beat_at` when its process last said so: one that is silent has died.
    `tries` counts how often it was taken up; who writes for an earlier one than the last finds that it is not theirs.
    """

    __tablename__: ClassVar[str] = "trial"

    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposal.id", ondelete="CASCADE", index=True)
    base: int = Field(foreign_key="package_version.number")
    state: TrialState = Field(
        default=TrialState.WAITING, sa_column=Column(stored_as_text(TrialState, length=10), nullable=False)
    )
    step: str = Field(default="", max_length=40)
    done: int = 0
    total: int = 0
    tries: int = 0
    report: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    error: TrialError | None = Field(default=None, sa_column=Column(stored_as_text(TrialError, length=12)))
    asked_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    beat_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))


class LearnedPart(SQLModel, table=True):
    """A part of what was learned from a version, for replicas on other machines; `models` is the file's name.

    `seal` is the keyed hash of the whole file: learned models are code to whoever loads them.
    """

    __tablename__: ClassVar[str] = "learned_part"

    models: str = Field(primary_key=True, max_length=80)
    number: int = Field(primary_key=True)
    of: int = Field(description="How many parts there are.")
    seal: str = Field(max_length=64)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    stored_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))


class TopicWish(SQLModel, table=True):
    """A page that somebody found to be missing, in their own words: never those of a message."""

    __tablename__: ClassVar[str] = "topic_wish"

    id: int | None = Field(default=None, primary_key=True)
    wish: str = Field(max_length=500)
    language: str | None = Field(default=None, max_length=8)
    staff_id: int | None = Field(default=None, foreign_key="staff.id", ondelete="SET NULL")
    wished_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
