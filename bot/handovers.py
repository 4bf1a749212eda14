"""What became of each handover to a person, for counting: no text, no handle, no conversation once that is erased."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from wegwijs.storage import UTCDateTime


class Handover(SQLModel, table=True):
    """One time that somebody waited for a person: kept without the conversation, for counting (no text, no handle).

    `outcome` says how it ended (admin.desk), `about` is the topic a colleague chose, `helped` the person's tap.
    """

    __tablename__: ClassVar[str] = "handover"

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str | None = Field(
        default=None,
        sa_column=Column(String(32), ForeignKey("conversation.id", ondelete="SET NULL"), nullable=True, index=True),
    )
    team: str = Field(max_length=20)
    reason: str = Field(max_length=40)
    language: str | None = Field(default=None, max_length=8)
    began_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    taken_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    outcome: str | None = Field(default=None, max_length=20)
    about: str | None = Field(default=None, max_length=80)
    helped: bool | None = None
