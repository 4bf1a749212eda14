"""Members of staff for tests: made at once, with a known password, second factor and session."""

from datetime import datetime
from functools import cache
from itertools import count

import httpx
import pyotp

from admin.passwords import hash_password
from admin.sign_in import begin_session
from admin.tables import Role, Staff
from admin.web.guards import COOKIE
from bot.conversations import Conversation, State, start_conversation
from bot.teams import Team
from wegwijs.storage import now, transaction

PASSWORD = "rivier lantaarn zeven"
ORIGIN = "http://testserver"
_numbers = count(1)


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


def make_staff(role: Role = Role.DESK, *teams: Team, login: str | None = None, name: str = "Noor") -> Staff:
    """Somebody who has taken up their invitation."""
    staff = Staff(
        login=login or f"person{next(_numbers)}",
        name=name,
        role=role,
        teams=[team.value for team in teams],
        interface="en",
        password_hash=_password_hash(),
        totp_secret=pyotp.random_base32(),
    )
    with transaction() as session:
        session.add(staff)
    return staff


def code_of(staff: Staff, moment: datetime | None = None) -> str:
    """What the app of this person shows."""
    return pyotp.TOTP(staff.totp_secret or "").at(moment or now())


def begin(staff: Staff) -> str:
    """The token of a new session."""
    with transaction() as session:
        return begin_session(session, staff)


def as_member(browser: httpx.AsyncClient, staff: Staff) -> None:
    """Sign this person in, in this browser."""
    browser.cookies.clear()
    browser.cookies.set(COOKIE, begin(staff))


async def send(browser: httpx.AsyncClient, path: str, **form: str | list[str]) -> httpx.Response:
    """Send a form as a page of ours does."""
    return await browser.post(path, data=form, headers={"Origin": ORIGIN})


def make_conversation(
    state: State = State.WAITING,
    *,
    team: Team | None = Team.INFOPUNT,
    held_by: Staff | None = None,
    danger: str | None = None,
    reason: str | None = None,
) -> Conversation:
    """A conversation as the desk would find it."""
    with transaction() as session:
        conversation, _ = start_conversation(session, channel="web", language="ti")
        conversation.state = state
        conversation.team = team.value if team else None
        conversation.held_by = held_by.id if held_by else None
        conversation.danger, conversation.reason = danger, reason
    return conversation
