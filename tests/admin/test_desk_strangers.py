"""Conversations of others: no route opens them, nothing odd that is sent breaks the desk, and every look is written."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from admin.accounts import disable
from admin.tables import AuditEntry, Role, Staff
from admin.web.desk import DeskServices, Watched, _news
from admin.web.guards import COOKIE
from bot.conversations import Author, Conversation, Message, State
from bot.teams import Team
from tests.admin.people import ORIGIN, browser_of, do, make_conversation, make_staff, on_duty, said_to, taken
from wegwijs.storage import transaction

BODIES: dict[str, dict[str, Any]] = {
    "take": {},
    "give-back": {},
    "pass-on": {"team": "infopunt"},
    "notes": {"text": "x"},
    "close": {"outcome": "answered"},
    "answers": {"client_id": "a" * 8, "kind": "text", "text": "x", "language": "en"},
    "preview": {"text": "x", "language": "en"},
}
TOO_BIG = [2**31, 2**70]


@pytest.fixture
def stranger(app: FastAPI) -> httpx.AsyncClient:
    """Somebody of the return desk."""
    return browser_of(app, make_staff(Role.DESK, Team.RETURN))


@pytest.fixture
def member(app: FastAPI) -> Staff:
    """Somebody of the Info Point."""
    return on_duty(make_staff(Role.DESK, Team.INFOPUNT))


@pytest.fixture
def desk(app: FastAPI, member: Staff) -> httpx.AsyncClient:
    """Their browser; a fault of ours is an answer, as in a real one."""
    client = browser_of(app, member)
    client._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return client


def write_in(conversation: Conversation) -> int:
    with transaction() as session:
        message = Message(
            conversation_id=conversation.id,
            channel="web",
            provider_id=f"{conversation.id}:1",
            author=Author.PERSON,
            language="fr",
            content={"kind": "text", "text": "bonjour"},
        )
        session.add(message)
    return message.id or 0


def news(app: FastAPI, client: httpx.AsyncClient, conversation: Conversation, told: Watched | None = None) -> str:
    """What the stream of this browser says at one look."""
    services: DeskServices = app.state.desk
    return "".join(_news(services, client.cookies[COOKIE], conversation.id, told or Watched()))


def looks(conversation: Conversation) -> list[int | None]:
    """Who had it before their eyes, as the trail has it."""
    with transaction() as session:
        query = select(AuditEntry).where(AuditEntry.conversation_id == conversation.id, AuditEntry.action == "opened")
        return [entry.staff_id for entry in session.exec(query).all()]


@pytest.mark.parametrize("action", BODIES)
async def test_no_write_reaches_the_conversation_of_another_team(stranger: httpx.AsyncClient, action: str) -> None:
    conversation = make_conversation(State.HELD, held_by=make_staff(Role.DESK, Team.INFOPUNT))
    there = await do(stranger, conversation, action, **BODIES[action])
    nowhere = await do(stranger, Conversation(id="0" * 24), action, **BODIES[action])
    assert there == nowhere
    assert there[0] == 404
    assert said_to(conversation) == []


async def test_no_reading_route_says_anything_of_the_conversation_of_another_team(
    app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    conversation = make_conversation()
    message = write_in(conversation)
    for path in (
        f"conversations/{conversation.id}",
        f"conversations/{conversation.id}/messages/{message}/translation",
        f"canned?conversation={conversation.id}",
    ):
        assert (await stranger.get(f"/desk/api/{path}")).status_code == 404, path
    assert news(app, stranger, conversation) == "event: list\ndata: []\n\nevent: gone\ndata: null\n\n"
    assert looks(conversation) == []


async def test_a_message_is_translated_only_within_its_own_conversation(app: FastAPI) -> None:
    mine, other = make_conversation(team=Team.RETURN), make_conversation()
    message = write_in(other)
    browser = browser_of(app, make_staff(Role.DESK, Team.RETURN))
    assert (await browser.get(f"/desk/api/conversations/{mine.id}/messages/{message}/translation")).status_code == 404


async def test_a_stream_ends_for_who_is_disabled_meanwhile(
    app: FastAPI, desk: httpx.AsyncClient, member: Staff
) -> None:
    conversation, told = make_conversation(), Watched()
    assert "event: list" in news(app, desk, conversation, told)
    with transaction() as session:
        disable(session, by=member, staff_id=member.id or 0)
    write_in(conversation)
    assert news(app, desk, conversation, told) == "event: signed_out\ndata: null\n\n"


async def test_a_stream_tells_of_a_conversation_that_went_to_another_team_that_it_is_gone(
    app: FastAPI, desk: httpx.AsyncClient
) -> None:
    on_duty(make_staff(Role.DESK, Team.MEDICAL))
    conversation, told = await taken(desk), Watched()
    assert "event: conversation" in news(app, desk, conversation, told)
    await do(desk, conversation, "pass-on", team="medical")
    write_in(conversation)
    after = news(app, desk, conversation, told)
    assert after.endswith("event: gone\ndata: null\n\n")
    assert "bonjour" not in after


async def test_whoever_reads_by_the_stream_or_a_translation_alone_stands_in_the_trail(
    app: FastAPI, desk: httpx.AsyncClient, member: Staff
) -> None:
    streamed, translated = make_conversation(), make_conversation()
    message = write_in(translated)
    for _ in range(2):
        assert "event: conversation" in news(app, desk, streamed)
        await desk.get(f"/desk/api/conversations/{translated.id}/messages/{message}/translation")
    assert (looks(streamed), looks(translated)) == ([member.id], [member.id])


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", None])
async def test_another_site_writes_nothing(desk: httpx.AsyncClient, origin: str | None) -> None:
    conversation = make_conversation()
    headers = {"Origin": origin} if origin else {}
    answer = await desk.post(f"/desk/api/conversations/{conversation.id}/take", json={}, headers=headers)
    assert answer.status_code == 403
    assert said_to(conversation) == []


@pytest.mark.parametrize("number", TOO_BIG)
async def test_a_number_that_no_id_has_is_refused_and_breaks_nothing(desk: httpx.AsyncClient, number: int) -> None:
    conversation = await taken(desk)
    assert (await do(desk, conversation, "take", from_holder=number))[0] == 422
    assert (await do(desk, conversation, "pass-on", colleague=number))[0] == 422
    path = f"/desk/api/conversations/{conversation.id}/messages/{number}/translation"
    assert (await desk.get(path)).status_code == 422
    assert (await desk.get(f"/desk/api/events?after={number}")).status_code == 422


@pytest.mark.parametrize("number", TOO_BIG)
async def test_no_account_has_such_a_number(app: FastAPI, number: int) -> None:
    administrator = browser_of(app, make_staff(Role.ADMINISTRATOR))
    assert (await administrator.get(f"/desk/staff/{number}")).status_code == 422
    answer = await administrator.post(f"/desk/staff/{number}/disable", headers={"Origin": ORIGIN})
    assert answer.status_code == 422


@pytest.mark.parametrize("to", [{}, {"team": "medical", "colleague": 1}])
async def test_it_is_passed_to_a_team_or_to_a_colleague_and_not_to_both(
    desk: httpx.AsyncClient, to: dict[str, Any]
) -> None:
    conversation = await taken(desk)
    assert (await do(desk, conversation, "pass-on", **to))[0] == 422
    assert len(said_to(conversation)) == 1


@pytest.mark.parametrize("words", ["\ud83d", "x" * 4000, "\u200b\u2060", "\x00"])
async def test_what_nobody_could_read_is_not_sent(desk: httpx.AsyncClient, words: str) -> None:
    conversation = await taken(desk)
    body = {"client_id": "a" * 8, "kind": "text", "text": words, "language": "en"}
    path = f"/desk/api/conversations/{conversation.id}/answers"
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    assert (await desk.post(path, content=json.dumps(body), headers=headers)).status_code in {404, 422}
    assert len(said_to(conversation)) == 1


async def test_markup_in_names_notes_and_blanks_stays_words(app: FastAPI, desk: httpx.AsyncClient) -> None:
    markup = '<img src=x onerror="alert(1)">\u202e'
    odd = browser_of(app, make_staff(Role.DESK, Team.INFOPUNT, name=markup))
    conversation = await taken(odd)
    await do(odd, conversation, "notes", text=markup)
    blanks = {"date": "2026-12-01", "time": "10:30", "place": markup}
    await do(odd, conversation, "answers", client_id="a" * 8, kind="canned", canned="appointment", blanks=blanks)
    assert [message for message in said_to(conversation) if "<img" in message.content["html"]] == []
    assert "onerror" in said_to(conversation)[-1].content["html"]
    page = (await desk.get("/desk/conversations")).text
    assert "<img src=x" not in page
    assert r"\u003cimg src=x" in page


async def test_one_list_is_looked_up_for_all_who_watch_it(app: FastAPI, desk: httpx.AsyncClient) -> None:
    services: DeskServices = app.state.desk
    watching = [Watched() for _ in range(5)]
    make_conversation()
    await asyncio.gather(*(asyncio.to_thread(_news, services, desk.cookies[COOKIE], None, told) for told in watching))
    numbers = {services.glance.number()}
    conversation = await taken(desk)
    for told in watching:
        (line,) = _news(services, desk.cookies[COOKIE], None, told)
        assert conversation.id in line
        assert _news(services, desk.cookies[COOKIE], None, told) == []
    assert services.glance.number() not in numbers
