"""Members of staff for tests: made at once, with a known password, second factor and session."""

from datetime import datetime
from functools import cache
from itertools import count

import httpx
import pyotp
from fastapi import FastAPI
from sqlmodel import col, select

from admin.passwords import hash_password
from admin.sign_in import begin_session
from admin.tables import Role, Staff
from admin.web.guards import COOKIE
from bot.conversations import Conversation, Message, State, start_conversation
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


def browser_of(app: FastAPI, staff: Staff) -> httpx.AsyncClient:
    """A browser in which they are signed in."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)
    as_member(client, staff)
    return client


def on_duty(staff: Staff) -> Staff:
    """The same, signed in somewhere and on duty."""
    begin(staff)
    with transaction() as session:
        stored = session.get_one(Staff, staff.id)
        stored.on_duty = True
        session.add(stored)
    return stored


async def do(client: httpx.AsyncClient, conversation: Conversation, action: str, **body: object) -> tuple[int, str]:
    """What the desk does with a conversation: the status of the answer, and why it was refused."""
    answer = await client.post(
        f"/desk/api/conversations/{conversation.id}/{action}", json=body, headers={"Origin": ORIGIN}
    )
    return answer.status_code, answer.json()["error"] if answer.content else ""


async def taken(client: httpx.AsyncClient, **about: object) -> Conversation:
    """A conversation that they have taken."""
    conversation = make_conversation(**about)  # type: ignore[arg-type]
    assert await do(client, conversation, "take") == (204, "")
    return conversation


def as_it_is(conversation: Conversation) -> Conversation:
    """The conversation as the database has it now."""
    with transaction() as session:
        return session.get_one(Conversation, conversation.id)


def said_to(conversation: Conversation) -> list[Message]:
    """What stands in it, oldest first."""
    with transaction() as session:
        query = select(Message).where(Message.conversation_id == conversation.id).order_by(col(Message.id))
        return list(session.exec(query).all())
