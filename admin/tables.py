"""The tables of the staff side: accounts, sessions and the audit trail."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from wegwijs.storage import EncryptedJSON, UTCDateTime, now, stored_as_text


class Role(StrEnum):
    """What a member of staff may do; an administrator looks after accounts and reads no conversation."""

    DESK = "desk"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"


class Staff(SQLModel, table=True):
    """A member of staff. Applicants are told `name`: a first name or a role, never more.

    `teams` are values of Team, `speaks` codes of languages, `interface` is nl, fr or en. `totp_step` is the last time
    step (of 30 seconds) whose code was taken: no code is taken twice.
    """

    __tablename__: ClassVar[str] = "staff"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=120, unique=True, description="An address or a short name, in small letters.")
    name: str = Field(max_length=60)
    role: Role = Field(sa_column=Column(stored_as_text(Role, length=20), nullable=False))
    teams: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    speaks: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    interface: str = Field(default="nl", max_length=2)
    on_duty: bool = False
    password_hash: str | None = Field(default=None, max_length=200, description="None until the invitation is taken.")
    totp_secret: str | None = Field(default=None, sa_column=Column(EncryptedJSON))
    totp_step: int = 0
    failed_sign_ins: int = 0
    locked_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    disabled_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))


class Invitation(SQLModel, table=True):
    """A link that lets somebody choose a password and set up their second factor; only its keyed hash is kept."""

    __tablename__: ClassVar[str] = "invitation"

    token_hash: str = Field(primary_key=True, max_length=64)
    staff_id: int = Field(foreign_key="staff.id", ondelete="CASCADE", index=True)
    totp_secret: str = Field(sa_column=Column(EncryptedJSON, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class StaffSession(SQLModel, table=True):
    """A signed-in browser; only the keyed hash of its cookie is kept."""

    __tablename__: ClassVar[str] = "staff_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    staff_id: int = Field(foreign_key="staff.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    seen_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))


class AuditEntry(SQLModel, table=True):
    """Who did what, when; only ever added to. `detail` never holds a text of a message or a name of a person."""

    __tablename__: ClassVar[str] = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False, index=True))
    staff_id: int | None = Field(default=None, index=True)
    action: str = Field(max_length=40)
    conversation_id: str | None = Field(default=None, max_length=32, index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
