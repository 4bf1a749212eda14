"""Who works at the desk at this moment."""

from sqlalchemy import ColumnElement, String
from sqlmodel import Session, and_, cast, col, literal, select

from admin.sign_in import is_signed_in
from admin.tables import Role, Staff


def is_on_duty() -> ColumnElement[bool]:
    """A condition on Staff: of the desk, on duty, and signed in: whoever went home without saying so is not there."""
    return and_(
        col(Staff.role) == Role.DESK,
        col(Staff.on_duty).is_(True),
        col(Staff.disabled_at).is_(None),
        is_signed_in(),
    )


def colleagues_on_duty(session: Session) -> list[Staff]:
    """Who may be given a conversation now, by name."""
    return list(session.exec(select(Staff).where(is_on_duty()).order_by(col(Staff.name))).all())


def nobody_is_on_duty_in(team: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a team, a value of Team, has nobody on duty."""
    members = cast(col(Staff.teams), String).like(literal('%"') + team + literal('"%'))
    return ~select(Staff.id).where(is_on_duty(), members).exists()
