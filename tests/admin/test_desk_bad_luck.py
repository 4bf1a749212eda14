"""What goes wrong between a member of staff and a person: nothing is lost, nothing is erased, and it is said."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from admin.tables import AuditEntry, Role, Staff
from admin.web.desk import DeskServices, Watched, _news
from admin.web.guards import COOKIE
from bot.conversations import Conversation, Message, State, add_reply
from bot.erasing import erase_content
from bot.handovers import Handover, Note
from bot.teams import Team
from channels.outbound import Delivery, DeliveryState, window_opened
from knowledge.pages import Package
from tests.admin.people import as_it_is, browser_of, do, make_conversation, make_staff, on_duty, said_to, taken
from translations.machine.process import TranslationFailed
from wegwijs.storage import now, transaction


@pytest.fixture
def worker(in_database: None) -> Staff:
    """Somebody of the Info Point."""
    return on_duty(make_staff(Role.DESK, Team.INFOPUNT, name="Noor"))


@pytest.fixture
def desk(app: FastAPI, worker: Staff) -> httpx.AsyncClient:
    """Their browser."""
    return browser_of(app, worker)


def change(conversation: Conversation, **fields: object) -> Conversation:
    with transaction() as session:
        stored = session.get_one(Conversation, conversation.id)
        for name, value in fields.items():
            setattr(stored, name, value)
        session.add(stored)
    return stored


def reply_that(conversation: Conversation, state: DeliveryState) -> int:
    """A reply of the bot whose sending came to this; the id of the delivery."""
    with transaction() as session:
        stored = session.get_one(Conversation, conversation.id)
        reply = add_reply(session, stored, language="ti", content={"text": "x", "key": "x"})
        session.flush()
        delivery = Delivery(
            conversation_id=stored.id, message_id=reply.id or 0, number=0, channel="whatsapp", state=state
        )
        session.add(delivery)
    return delivery.id or 0


def becomes(delivery_id: int, state: DeliveryState) -> None:
    with transaction() as session:
        delivery = session.get_one(Delivery, delivery_id)
        delivery.state = state
        session.add(delivery)


def news(app: FastAPI, client: httpx.AsyncClient, conversation: Conversation, told: Watched) -> str:
    services: DeskServices = app.state.desk
    return "".join(_news(services, client.cookies[COOKIE], conversation.id, told))


async def is_listed(client: httpx.AsyncClient, conversation: Conversation) -> bool:
    return conversation.id in (await client.get("/desk/conversations")).text


async def writes(client: httpx.AsyncClient, conversation: Conversation, words: str = "x") -> int:
    status, _ = await do(client, conversation, "answers", client_id="a" * 8, kind="text", text=words, language="en")
    return status


async def test_a_yes_to_a_colleague_answers_nothing_that_the_bot_asked_before(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    change(conversation, open_question="ask_delete", session=3)
    assert await writes(desk, conversation, "Do you need a doctor?") == 204
    found = as_it_is(conversation)
    assert (found.open_question, found.session) == (None, 4)


async def test_taking_in_a_second_tab_what_one_holds_changes_and_says_nothing(
    desk: httpx.AsyncClient, worker: Staff
) -> None:
    conversation = await taken(desk)
    for holder in (None, worker.id):
        assert (await do(desk, conversation, "take", from_holder=holder))[0] == 204
    assert len(said_to(conversation)) == 1


async def test_who_is_taken_over_while_on_duty_sees_it_at_once_and_it_stands_in_the_trail(
    app: FastAPI, desk: httpx.AsyncClient, worker: Staff
) -> None:
    ana = on_duty(make_staff(Role.DESK, Team.INFOPUNT, name="Ana"))
    hers, told = browser_of(app, ana), Watched()
    conversation = await taken(hers)
    news(app, hers, conversation, told)
    assert (await do(desk, conversation, "take", from_holder=ana.id))[0] == 204
    seen = news(app, hers, conversation, told)
    assert "event: list" in seen
    assert f'"held_by": {worker.id}' in seen.split("event: conversation")[1]
    assert await writes(hers, conversation) == 403
    with transaction() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.detail["before"].as_integer() == ana.id)).one()
    assert (entry.staff_id, entry.action) == (worker.id, "taken")


async def test_what_the_person_erased_is_gone_for_who_holds_it_and_nobody_takes_it(
    app: FastAPI, desk: httpx.AsyncClient
) -> None:
    conversation, told = await taken(desk), Watched()
    news(app, desk, conversation, told)
    await do(desk, conversation, "notes", text="a note")
    with transaction() as session:
        stored = session.get_one(Conversation, conversation.id)
        messages = session.exec(select(Message).where(Message.conversation_id == conversation.id)).all()
        erase_content(session, stored, messages)
        session.add(stored)
    reply_that(conversation, DeliveryState.FAILED)
    assert news(app, desk, conversation, told).endswith("event: gone\ndata: null\n\n")
    assert await writes(desk, conversation) == 404
    for action, body in {"take": {}, "notes": {"text": "x"}}.items():
        assert (await do(desk, conversation, action, **body))[0] == 404
    assert not await is_listed(desk, conversation)
    with transaction() as session:
        assert session.exec(select(Note)).all() == []
        assert [row.outcome for row in session.exec(select(Handover))] == ["erased"]


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.WINDOW_CLOSED])
async def test_what_did_not_arrive_leaves_the_list_when_the_conversation_is_closed_and_comes_back_when_it_is_new(
    desk: httpx.AsyncClient, state: DeliveryState
) -> None:
    conversation = make_conversation(State.BOT)
    reply_that(conversation, state)
    assert await is_listed(desk, conversation)
    await do(desk, conversation, "take")
    assert (await do(desk, conversation, "close", outcome="no_reply"))[0] == 204
    assert not await is_listed(desk, conversation)
    change(conversation, state=State.BOT)
    assert not await is_listed(desk, conversation)
    reply_that(conversation, state)
    assert await is_listed(desk, conversation)


async def test_what_was_kept_for_the_window_and_failed_then_is_on_the_list_again(desk: httpx.AsyncClient) -> None:
    conversation = make_conversation(State.BOT)
    delivery = reply_that(conversation, DeliveryState.WINDOW_CLOSED)
    await do(desk, conversation, "take")
    await do(desk, conversation, "close", outcome="no_reply")
    with transaction() as session:
        window_opened(session.connection(), [change(conversation, handle="1", state=State.BOT).id])
    becomes(delivery, DeliveryState.FAILED)
    assert await is_listed(desk, conversation)


async def test_the_last_word_to_somebody_who_blocked_us_does_not_put_them_on_the_list(desk: httpx.AsyncClient) -> None:
    conversation = change(await taken(desk), channel="telegram", handle="1")
    await do(desk, conversation, "close", outcome="answered")
    with transaction() as session:
        (delivery,) = session.exec(select(Delivery)).all()
    becomes(delivery.id or 0, DeliveryState.FAILED)
    assert not await is_listed(desk, conversation)


async def test_that_a_message_did_not_arrive_is_seen_while_the_conversation_is_open(
    app: FastAPI, desk: httpx.AsyncClient
) -> None:
    conversation, told = await taken(desk), Watched()
    delivery = reply_that(conversation, DeliveryState.QUEUED)
    assert "event: unsent" not in news(app, desk, conversation, told)
    becomes(delivery, DeliveryState.FAILED)
    assert '["failed"]' in news(app, desk, conversation, told).split("event: unsent")[1]
    becomes(delivery, DeliveryState.DELIVERED)
    assert "event: unsent\ndata: {}" in news(app, desk, conversation, told)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"channel": "telegram"}, None),
        ({"channel": "telegram", "opted_out": True}, "opted_out"),
        ({"channel": "whatsapp"}, None),
        ({"channel": "whatsapp", "last_message_at": now() - timedelta(hours=25)}, "window_closed"),
        ({"channel": "telegram", "last_message_at": now() - timedelta(hours=25)}, None),
    ],
)
async def test_why_nothing_would_arrive_is_seen_before_it_is_written(
    desk: httpx.AsyncClient, fields: dict[str, object], why: str | None
) -> None:
    conversation = change(make_conversation(), handle="1", **fields)
    assert (await desk.get(f"/desk/api/conversations/{conversation.id}")).json()["unreachable"] == why


async def test_who_wants_no_messages_gets_none_and_the_desk_sees_that(desk: httpx.AsyncClient) -> None:
    conversation = change(await taken(desk), channel="telegram", handle="1", opted_out=True)
    assert await writes(desk, conversation) == 204
    shown = (await desk.get(f"/desk/api/conversations/{conversation.id}")).json()
    assert shown["messages"][-1]["unsent"] == ["opted_out"]


async def test_a_language_that_is_not_known_is_said_and_answered_in_english(desk: httpx.AsyncClient) -> None:
    conversation = change(make_conversation(), language=None)
    shown = (await desk.get(f"/desk/api/conversations/{conversation.id}")).json()
    assert (shown["language"], shown["language_name"], shown["answered_in"]) == (None, "?", "en")
    await do(desk, conversation, "take")
    sent = await do(desk, conversation, "answers", client_id="a" * 8, kind="canned", canned="asking_colleague")
    assert sent == (204, "")
    assert said_to(conversation)[-1].language == "en"


async def test_a_translation_that_failed_is_said_and_not_tried_for_ever(
    app: FastAPI, desk: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_given: object, **_more: object) -> None:
        raise TranslationFailed("its process died")

    services: DeskServices = app.state.desk
    monkeypatch.setattr(services.machine, "translate", fail)
    conversation = await taken(desk)
    status, said = await do(
        desk, conversation, "answers", client_id="a" * 8, kind="text", text="x", language="en", translated=True
    )
    assert (status, said) == (422, "The translation did not work. Your text was not sent.")
    assert len(said_to(conversation)) == 1


async def test_what_is_counted_has_the_team_that_had_it_last(app: FastAPI, desk: httpx.AsyncClient) -> None:
    conversation = change(make_conversation(danger="medical"), language=None)
    await do(desk, conversation, "take")
    await do(desk, conversation, "give-back")
    await do(desk, conversation, "take")
    await do(desk, conversation, "pass-on", team="medical")
    change(conversation, language="so")
    medical = browser_of(app, on_duty(make_staff(Role.DESK, Team.MEDICAL)))
    await do(medical, conversation, "take")
    await do(medical, conversation, "close", outcome="sent_on", about="health/emergency")
    with transaction() as session:
        (row,) = session.exec(select(Handover)).all()
    assert (row.team, row.reason, row.language, row.outcome) == ("medical", "danger", "so", "sent_on")
    assert row.taken_at is not None
    assert row.closed_at is not None
    assert row.began_at <= row.taken_at < row.closed_at


async def test_a_page_that_is_missing_in_the_language_of_the_desk_is_shown_and_sent_all_the_same(
    app: FastAPI, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(package.pages, ("health/emergency", "nl"))  # type: ignore[misc]
    dutch = on_duty(make_staff(Role.DESK, Team.INFOPUNT))
    with transaction() as session:
        stored = session.get_one(Staff, dutch.id)
        stored.interface = "nl"
        session.add(stored)
    client = browser_of(app, dutch)
    conversation = change(await taken(client), topic="health/emergency")
    assert (await client.get("/desk/conversations")).status_code == 200
    english = package.page("health/emergency", "en").title
    found = (await client.get("/desk/api/pages", params={"q": english})).json()
    assert english in {each["title"] for each in found}
    sent = await do(client, conversation, "answers", client_id="a" * 8, kind="page", topic="health/emergency")
    assert sent == (204, "")
