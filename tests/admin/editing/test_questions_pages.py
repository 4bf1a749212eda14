"""The page of unanswered questions: what it shows, where one click puts it, and that every look is noted."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from admin.editing.drafts import draft_of
from admin.editing.questions import Asked
from admin.editing.tables import TopicWish
from admin.editing.units import page_unit
from admin.tables import AuditEntry, Role
from admin.texts import text
from bot.conversations import Message
from knowledge.pages import Package
from knowledge.served import ServedPackage
from knowledge.understand import Understander
from tests.admin.editing.asking import CAR, ask
from tests.admin.people import as_member, browser_of, make_staff, send
from tests.conftest import InThisProcess
from wegwijs.storage import transaction

LICENCE = "future/driving-licence"
PATH = "/desk/package/questions"


@pytest.fixture
async def editors_browser(
    app: FastAPI, published: ServedPackage, understander: Understander, package: Package
) -> AsyncIterator[httpx.AsyncClient]:
    """An editor who reads English, signed in."""
    asked = Asked(InThisProcess(understander), package=lambda: package, retention=timedelta(days=30), patience=60)
    app.state.editing = replace(app.state.editing, served=published, asked=asked)
    client = browser_of(app, make_staff(Role.EDITOR))
    yield client
    await client.aclose()


def four_ask() -> str:
    return ",".join(str(ask(words, language)) for language, words in CAR.items())


def questions_in_draft(language: str, topic: str = LICENCE) -> list[str]:
    with transaction() as session:
        draft = draft_of(session, page_unit(topic, language))
        return draft.fields["questions"] if draft is not None and draft.fields is not None else []


def actions() -> list[str]:
    with transaction() as session:
        return list(session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))).all())


async def test_a_group_shows_its_lines_in_their_own_direction_and_the_look_is_noted(
    editors_browser: httpx.AsyncClient,
) -> None:
    four_ask()
    for _ in range(3):
        ask("هل يمكن ان يأتي كلبي معي الى المركز ٠٤٨٨", "ar")
    page = await editors_browser.get(PATH)
    assert page.status_code == 200
    for words in CAR.values():
        assert f"<li>{words}</li>" in page.text
    assert '<ul lang="ar" dir="rtl">' in page.text
    assert "[number]" in page.text
    assert "٠٤٨٨" not in page.text
    assert text("questions.people", "en", number=4) in page.text
    assert actions()[-1] == "read_questions"


async def test_the_trail_holds_no_words(editors_browser: httpx.AsyncClient) -> None:
    messages = four_ask()
    await editors_browser.get(PATH)
    await editors_browser.get(f"{PATH}/page?message={messages.split(',')[0]}")
    await send(editors_browser, f"{PATH}/wishes", wish="Buying a car")
    with transaction() as session:
        entries = session.exec(select(AuditEntry)).all()
    assert len(entries) >= 2
    assert not any("car" in str(entry.detail) or "auto" in str(entry.detail) for entry in entries)


async def test_nothing_is_shown_where_nobody_asks(editors_browser: httpx.AsyncClient) -> None:
    page = await editors_browser.get(PATH)
    assert text("questions.none", "en") in page.text


async def test_one_click_puts_the_lines_of_every_language_into_the_drafts_of_a_page(
    editors_browser: httpx.AsyncClient, package: Package
) -> None:
    messages = four_ask()
    form = await editors_browser.get(f"{PATH}/page?message={messages.split(',')[0]}")
    assert CAR["ru"] in form.text
    answer = await send(
        editors_browser,
        f"{PATH}/page",
        messages=messages,
        topic=LICENCE,
        language=["nl", "ru"],
        lines=[f"{CAR['nl']}\r\n\r\n  een auto   kopen ", CAR["ru"]],
    )
    assert answer.headers["location"] == f"{PATH}?placed={LICENCE}&into=nl,ru"
    before = list(package.page(LICENCE, "nl").questions)
    assert questions_in_draft("nl") == [*before, CAR["nl"], "een auto kopen"]
    assert questions_in_draft("ru")[-1] == CAR["ru"]
    assert questions_in_draft("fr") == []
    after = await editors_browser.get(answer.headers["location"])
    assert f'href="/desk/package/pages/{LICENCE}/nl"' in after.text
    assert CAR["nl"] not in after.text  # dealt with


async def test_what_stands_there_already_is_not_added_twice(
    editors_browser: httpx.AsyncClient, package: Package
) -> None:
    there = package.page(LICENCE, "nl").questions[0]
    messages = four_ask()
    for _ in range(2):
        await send(
            editors_browser,
            f"{PATH}/page",
            messages=messages,
            topic=LICENCE,
            language="nl",
            lines=f"{there.upper()}\n{CAR['nl']}",
        )
    assert questions_in_draft("nl") == [*package.page(LICENCE, "nl").questions, CAR["nl"]]


@pytest.mark.parametrize(
    ("topic", "other", "line", "problem"),
    [
        (LICENCE, "no/such", "een auto kopen", "questions.no_such_page"),
        ("", "", "een auto kopen", "questions.no_such_page"),
        (LICENCE, "", "  \n ", "questions.no_lines"),
        (LICENCE, "", "een [...] kopen", "questions.masked"),
        (LICENCE, "", "auto " * 60, "questions.too_long"),
    ],
)
async def test_what_cannot_go_there_is_said_and_nothing_typed_is_lost(
    editors_browser: httpx.AsyncClient, topic: str, other: str, line: str, problem: str
) -> None:
    messages = four_ask()
    answer = await send(
        editors_browser,
        f"{PATH}/page",
        messages=messages,
        topic=topic,
        other=other,
        nearest=["future/school"],
        language="nl",
        lines=line,
    )
    assert answer.status_code == 422
    assert text(problem, "en", line="\0").split("\0")[0] in answer.text
    assert line.strip() in answer.text
    assert 'value="future/school">' in answer.text
    assert questions_in_draft("nl") == []
    with transaction() as session:
        assert session.get_one(Message, int(messages.split(",")[0])).not_understood is not None


async def test_a_question_of_another_page_is_refused(editors_browser: httpx.AsyncClient, package: Package) -> None:
    theirs = package.page("future/school", "nl").questions[0]
    answer = await send(
        editors_browser, f"{PATH}/page", messages=four_ask(), topic=LICENCE, language="nl", lines=theirs.upper()
    )
    assert answer.status_code == 422
    assert text("questions.stands_elsewhere", "en", topic="future/school", line="").strip() in answer.text


async def test_nothing_to_do_hides_a_group(editors_browser: httpx.AsyncClient) -> None:
    messages = four_ask()
    assert CAR["nl"] in (await editors_browser.get(PATH)).text
    await send(editors_browser, f"{PATH}/nothing", messages=messages)
    assert CAR["nl"] not in (await editors_browser.get(PATH)).text
    assert "laid_questions_aside" in actions()


async def test_a_wish_stays_until_it_is_done(editors_browser: httpx.AsyncClient) -> None:
    await send(editors_browser, f"{PATH}/wishes", wish="  Buying   a car <b> ")
    assert "Buying a car &lt;b&gt;" in (await editors_browser.get(PATH)).text
    with transaction() as session:
        number = session.exec(select(TopicWish.id)).one()
    await send(editors_browser, f"{PATH}/wishes/{number}/done")
    assert "Buying a car" not in (await editors_browser.get(PATH)).text


async def test_no_form_that_is_not_ours_clears_anything(app: FastAPI, editors_browser: httpx.AsyncClient) -> None:
    messages = four_ask()
    for wrong in ("", "1;2", "1,2,x", "-1"):
        assert (await send(editors_browser, f"{PATH}/nothing", messages=wrong)).status_code == 422
    as_member(editors_browser, make_staff(Role.DESK))
    assert (await send(editors_browser, f"{PATH}/nothing", messages=messages)).status_code == 403
    with transaction() as session:
        assert session.get_one(Message, int(messages.split(",")[0])).not_understood is not None


async def test_while_the_questions_are_compared_the_page_says_how_far_it_is(
    app: FastAPI, editors_browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    four_ask()
    monkeypatch.setattr(app.state.editing.asked, "_patience", 0.0)
    page = await editors_browser.get(PATH)
    assert page.headers["refresh"] == "2"
    assert "<progress" in page.text
    monkeypatch.undo()
    assert CAR["nl"] in (await editors_browser.get(PATH)).text
