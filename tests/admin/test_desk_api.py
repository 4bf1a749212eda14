"""What staff do at the desk: one holds a conversation, the person is told each change, and nothing is sent twice."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from admin.tables import AuditEntry, Role, Staff
from bot.conversations import Author, Conversation, Message, State
from bot.handovers import Handover, Note
from bot.teams import Team
from tests.admin.people import (
    ORIGIN,
    as_it_is,
    browser_of,
    do,
    make_conversation,
    make_staff,
    on_duty,
    said_to,
    taken,
)
from wegwijs.storage import transaction


@pytest.fixture
def worker(in_database: None) -> Staff:
    """Somebody of the Info Point who speaks no Tigrinya."""
    return on_duty(make_staff(Role.DESK, Team.INFOPUNT, name="Noor"))


@pytest.fixture
def desk(app: FastAPI, worker: Staff) -> httpx.AsyncClient:
    """Their browser."""
    return browser_of(app, worker)


async def test_who_takes_a_conversation_holds_it_and_the_person_reads_their_first_name(
    desk: httpx.AsyncClient, worker: Staff
) -> None:
    conversation = await taken(desk)
    now = as_it_is(conversation)
    assert (now.state, now.held_by) == (State.HELD, worker.id)
    (told,) = said_to(conversation)
    assert (told.content["key"], told.language, told.author) == ("taken_over", "ti", Author.BOT)
    assert "Noor" in told.content["text"]


async def test_of_many_who_take_it_at_the_same_moment_one_gets_it(app: FastAPI) -> None:
    conversation = make_conversation()
    browsers = [browser_of(app, make_staff(Role.DESK, Team.INFOPUNT)) for _ in range(4)]
    answers = [
        status for status, _ in await asyncio.gather(*(do(browser, conversation, "take") for browser in browsers))
    ]
    assert sorted(answers) == [204, 409, 409, 409]
    assert len(said_to(conversation)) == 1


async def test_nothing_can_be_sent_by_who_does_not_hold_it(desk: httpx.AsyncClient) -> None:
    conversation = make_conversation()
    status, _ = await do(desk, conversation, "answers", client_id="12345678", kind="text", text="x", language="en")
    assert status == 403
    assert said_to(conversation) == []


async def test_what_an_absent_colleague_holds_can_be_taken_over(
    app: FastAPI, desk: httpx.AsyncClient, worker: Staff
) -> None:
    absent = make_staff(Role.DESK, Team.INFOPUNT, name="Bram")
    conversation = await taken(browser_of(app, absent))
    assert (await do(desk, conversation, "take"))[0] == 409
    assert (await do(desk, conversation, "take", from_holder=absent.id))[0] == 204
    assert as_it_is(conversation).held_by == worker.id


async def test_put_back_on_the_list_it_keeps_its_place_and_the_person_knows(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    since = as_it_is(conversation).waiting_since
    assert (await do(desk, conversation, "give-back"))[0] == 204
    now = as_it_is(conversation)
    assert (now.state, now.held_by) == (State.WAITING, None)
    assert since is None or now.waiting_since == since
    assert said_to(conversation)[-1].content["key"] == "given_back"


async def test_passed_to_another_team_it_is_read_there_and_no_longer_here(
    app: FastAPI, desk: httpx.AsyncClient
) -> None:
    conversation = await taken(desk)
    assert (await do(desk, conversation, "pass-on", team="reach-out", note="sleeps near the station"))[0] == 204
    outside = browser_of(app, on_duty(make_staff(Role.DESK, Team.REACH_OUT)))
    seen = await outside.get(f"/desk/api/conversations/{conversation.id}")
    assert [note["text"] for note in seen.json()["notes"]] == ["sleeps near the station"]
    assert (await desk.get(f"/desk/api/conversations/{conversation.id}")).status_code == 404
    assert said_to(conversation)[-1].content["key"] == "passed_on"


async def test_nothing_is_left_with_a_colleague_who_is_not_there(
    app: FastAPI, desk: httpx.AsyncClient, worker: Staff
) -> None:
    conversation = await taken(desk)
    away, there = make_staff(Role.DESK, Team.MEDICAL), on_duty(make_staff(Role.DESK, Team.MEDICAL, name="Ana"))
    for nobody in (away.id, worker.id, 2**31 - 1):
        assert (await do(desk, conversation, "pass-on", colleague=nobody))[0] == 409
    assert as_it_is(conversation).held_by == worker.id
    assert (await do(desk, conversation, "pass-on", colleague=there.id))[0] == 204
    assert as_it_is(conversation).held_by == there.id
    assert "Ana" in said_to(conversation)[-1].content["text"]


async def test_a_canned_reply_goes_out_in_the_language_of_the_person_with_its_meaning_beside_it(
    desk: httpx.AsyncClient,
) -> None:
    conversation = await taken(desk)
    blanks = {"date": "2026-12-01", "time": "10:30"}
    sent = await do(
        desk, conversation, "answers", client_id="a" * 8, kind="canned", canned="come_to_infopunt_on", blanks=blanks
    )
    assert sent == (204, "")
    message = said_to(conversation)[-1]
    assert (message.author, message.language) == (Author.STAFF, "ti")
    assert "10:30" in message.content["text"]
    assert message.content["beside"]["text"].startswith("Please come to the Info Point")


async def test_what_was_sent_already_is_not_sent_again(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    for _ in range(3):
        assert (await do(desk, conversation, "answers", client_id="again-again", kind="canned", canned="one_moment"))[
            0
        ] == 204
    assert [message.author for message in said_to(conversation)].count(Author.STAFF) == 1


async def test_a_blank_that_was_left_open_is_named_and_nothing_is_sent(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    status, error = await do(
        desk, conversation, "answers", client_id="b" * 8, kind="canned", canned="appointment", blanks={"date": "soon"}
    )
    assert status == 422
    assert "date" in error
    assert len(said_to(conversation)) == 1


async def test_a_page_is_sent_as_its_short_answer_in_the_language_of_the_person(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    assert (await do(desk, conversation, "answers", client_id="c" * 8, kind="page", topic="health/emergency"))[0] == 204
    message = said_to(conversation)[-1]
    assert (message.author, message.content["page"]) == (Author.STAFF, "/ti/health/emergency")


async def test_own_words_are_not_translated_where_that_is_not_safe(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    address = f"/desk/api/conversations/{conversation.id}/preview"
    found = (
        await desk.post(address, json={"text": "Please wait.", "language": "en"}, headers={"Origin": ORIGIN})
    ).json()
    assert (found["possible"], found["why"]) == (False, "not_safe")
    status, _ = await do(
        desk, conversation, "answers", client_id="d" * 8, kind="text", text="Wait", language="en", translated=True
    )
    assert status == 409
    assert len(said_to(conversation)) == 1


async def test_own_words_are_shown_as_words_whatever_stands_in_them(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    words = "<script>alert(1)</script> & more\nof it"
    assert (await do(desk, conversation, "answers", client_id="e" * 8, kind="text", text=words, language="fr"))[
        0
    ] == 204
    message = said_to(conversation)[-1]
    assert message.language == "fr"
    assert message.content["html"] == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; more<br>of it</p>"


async def test_closing_gives_it_back_to_the_bot_and_asks_once_whether_it_helped(desk: httpx.AsyncClient) -> None:
    conversation = make_conversation()
    with transaction() as session:
        stored = session.get_one(Conversation, conversation.id)
        stored.waiting_since = stored.created_at
        session.add(stored)
    assert (await do(desk, conversation, "take"))[0] == 204
    assert (await do(desk, conversation, "close", outcome="answered", about="health/emergency"))[0] == 204
    assert as_it_is(conversation).state is State.CLOSED
    assert [message.content["key"] for message in said_to(conversation)][-2:] == ["closed", "ask_helped"]
    with transaction() as session:
        (counted,) = session.exec(select(Handover)).all()
    assert (counted.outcome, counted.about) == ("answered", "health/emergency")


async def test_the_list_holds_no_word_of_anybody_and_danger_stands_on_top(desk: httpx.AsyncClient) -> None:
    first, danger = make_conversation(), make_conversation(danger="suicide")
    with transaction() as session:
        for conversation in (first, danger):
            session.add(
                Message(
                    conversation_id=conversation.id,
                    channel="web",
                    provider_id=conversation.id,
                    author=Author.PERSON,
                    content={"kind": "text", "text": "open sesame words"},
                )
            )
        session.add(Note(conversation_id=first.id, content="open sesame note"))
    page = (await desk.get("/desk/conversations")).text
    assert page.index(danger.id) < page.index(first.id)
    assert "sesame" not in page


async def test_the_trail_says_who_opened_and_took_a_conversation(desk: httpx.AsyncClient, worker: Staff) -> None:
    conversation = await taken(desk)
    await desk.get(f"/desk/api/conversations/{conversation.id}")
    with transaction() as session:
        rows = session.exec(select(AuditEntry).where(AuditEntry.conversation_id == conversation.id)).all()
    assert [(row.staff_id, row.action) for row in rows] == [(worker.id, "taken"), (worker.id, "opened")]


async def test_pages_are_found_by_the_words_staff_use(desk: httpx.AsyncClient) -> None:
    found = (await desk.get("/desk/api/pages", params={"q": "lawyer free"})).json()
    assert found
    assert any("lawyer" in page["title"].lower() for page in found)


async def test_canned_replies_are_found_and_shown_in_both_languages(desk: httpx.AsyncClient) -> None:
    conversation = await taken(desk)
    found = (await desk.get("/desk/api/canned", params={"q": "appoint", "conversation": conversation.id})).json()
    assert "appointment" in {reply["id"] for reply in found}
    assert all(reply["theirs"] != reply["text"] for reply in found)
