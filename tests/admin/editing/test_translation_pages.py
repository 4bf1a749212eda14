"""The pages of translations: what is open, one translation, and files to and from an agency."""

import io
import zipfile

import httpx
import pytest

from admin.editing.drafts import draft_of, save_draft
from admin.editing.forms import fields_of
from admin.editing.from_agency import Why
from admin.editing.translation_flow import Lack
from admin.editing.xliff import Unreadable
from admin.tables import Role, Staff
from admin.texts import INTERFACES, texts
from admin.web.guards import PREFIX
from knowledge.pages import Package
from knowledge.served import ServedPackage
from tests.admin.people import ORIGIN, as_member, make_staff, send
from wegwijs.storage import transaction

HERE = f"{PREFIX}/package/translations"
TOPIC = "procedure/appeal"
ENGLISH, DUTCH = f"{TOPIC}/en.md", f"{TOPIC}/nl.md"


@pytest.fixture
def speaker(published: ServedPackage, browser: httpx.AsyncClient) -> Staff:
    """An editor who speaks Dutch, signed in."""
    staff = make_staff(Role.EDITOR)
    with transaction() as session:
        stored = session.get_one(Staff, staff.id)
        stored.speaks = ["nl"]
    as_member(browser, staff)
    return staff


def change_source(package: Package, by: Staff) -> None:
    fields = fields_of(ENGLISH, package.sources[ENGLISH]) | {"title": "Going to court"}
    with transaction() as session:
        save_draft(session, ENGLISH, fields, revision=0, by=by.id or 0, sources=package.sources)


def stored_status() -> str | None:
    with transaction() as session:
        draft = draft_of(session, DUTCH)
        return draft.fields["status"] if draft and draft.fields else None


async def test_my_language_comes_first_and_its_open_pages_are_listed(
    browser: httpx.AsyncClient, speaker: Staff, package: Package
) -> None:
    change_source(package, speaker)
    page = (await browser.get(HERE)).text
    assert page.index('lang="nl">Nederlands') < page.index('lang="fr">Français')
    stale = (await browser.get(HERE, params={"language": "nl", "lack": "stale", "theme": "procedure"})).text
    assert f'href="{HERE}/{TOPIC}/nl"' in stale
    assert (
        f'href="{HERE}/{TOPIC}/nl"'
        not in (await browser.get(HERE, params={"language": "nl", "lack": "stale", "theme": "health"})).text
    )


async def test_the_change_of_the_source_stands_beside_the_translation(
    browser: httpx.AsyncClient, speaker: Staff, package: Package
) -> None:
    assert "<ins" not in (await browser.get(f"{HERE}/{TOPIC}/ar")).text
    change_source(package, speaker)
    page = (await browser.get(f"{HERE}/{TOPIC}/ar")).text
    assert "</span>Going to</ins>" in page
    assert "</span>Appeal at the</del>" in page
    assert '<div class="page" lang="ar" dir="rtl">' in page
    assert package.page(TOPIC, "ar").title in page


async def test_a_speaker_keeps_and_then_approves(browser: httpx.AsyncClient, speaker: Staff, package: Package) -> None:
    change_source(package, speaker)
    refused = await send(browser, f"{HERE}/{TOPIC}/nl/approve", revision="0")
    assert refused.status_code == 409
    assert stored_status() is None
    kept = await send(browser, f"{HERE}/{TOPIC}/nl/keep", revision="0")
    assert kept.headers["location"] == f"{HERE}/{TOPIC}/nl?done=kept"
    assert "Noted:" in (await browser.get(kept.headers["location"])).text
    again = await send(browser, f"{HERE}/{TOPIC}/nl/keep", revision="0")
    assert again.status_code == 409
    assert texts()["translations.changed_meanwhile"]["en"] in again.text
    assert (await send(browser, f"{HERE}/{TOPIC}/nl/approve", revision="1")).status_code == 303
    assert stored_status() == "approved"


async def test_who_does_not_speak_the_language_does_not_approve(browser: httpx.AsyncClient, speaker: Staff) -> None:
    answer = await send(browser, f"{HERE}/{TOPIC}/ti/approve", revision="0")
    assert answer.status_code == 409
    assert texts()["translations.not_a_speaker"]["en"] in answer.text
    assert "/approve" not in (await browser.get(f"{HERE}/{TOPIC}/ti")).text


@pytest.mark.parametrize(("language", "said"), [("ti", "not_safe"), ("nl", "not_installed")])
async def test_where_no_machine_translates_it_is_said(
    browser: httpx.AsyncClient, speaker: Staff, language: str, said: str
) -> None:
    page = (await browser.get(f"{HERE}/{TOPIC}/{language}")).text
    assert texts()[f"translations.machine.{said}"]["en"].format(code=language) in page
    answer = await send(browser, f"{HERE}/{TOPIC}/{language}/machine", revision="0")
    assert answer.status_code == 409
    assert texts()["translations.machine.none"]["en"] in answer.text
    assert stored_status() is None


@pytest.mark.parametrize("path", [f"{TOPIC}/xx", f"{TOPIC}/en", "procedure/nothing/nl"])
async def test_a_translation_that_cannot_be_is_said_to_be_none(
    browser: httpx.AsyncClient, speaker: Staff, path: str
) -> None:
    assert (await browser.get(f"{HERE}/{path}")).status_code == 404
    assert (await send(browser, f"{HERE}/{path}/keep", revision="0")).status_code == 404


async def upload(browser: httpx.AsyncClient, data: bytes, **form: str) -> httpx.Response:
    file = {"file": ("back.xlf", data)}
    return await browser.post(f"{HERE}/xliff", files=file, data=form, headers={"Origin": ORIGIN})


async def test_a_file_goes_out_and_comes_back_as_a_draft(
    browser: httpx.AsyncClient, speaker: Staff, package: Package
) -> None:
    wanted = {"language": "nl", "lack": "unreviewed", "theme": "procedure"}
    answer = await browser.get(f"{HERE}/xliff", params=wanted)
    assert answer.headers["content-type"] == "application/x-xliff+xml"
    assert 'filename="wegwijs-nl-' in answer.headers["content-disposition"]
    assert (await upload(browser, answer.content)).text.count("<li>") == 0
    title = package.page(TOPIC, "nl").title.encode()
    result = await upload(browser, answer.content.replace(title, b"Naar de rechter"))
    assert "Drafts made: 1" in result.text
    assert "Naar de rechter" in result.text
    again = await upload(browser, answer.content)
    assert texts()["xliff.why.has_draft"]["en"] in again.text
    replaced = await upload(browser, answer.content.replace(title, b"Voor de rechter"), replace="true")
    assert "Voor de rechter" in replaced.text
    assert stored_status() == "draft"


async def test_several_languages_come_in_a_zip(browser: httpx.AsyncClient, speaker: Staff) -> None:
    answer = await browser.get(
        f"{HERE}/xliff", params={"language": ["nl", "ti", "xx"], "lack": ["unreviewed", "stale"], "theme": "return"}
    )
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert [name.split("-")[1] for name in names] == ["nl", "ti"]
    nothing = await browser.get(f"{HERE}/xliff", params={"language": "nl", "lack": "missing"})
    assert nothing.status_code == 422
    assert texts()["xliff.nothing_to_send"]["en"] in nothing.text


async def test_a_file_that_cannot_be_read_is_refused_on_the_page(browser: httpx.AsyncClient, speaker: Staff) -> None:
    for data, why in [(b"x", "not_xml"), (b"<!DOCTYPE x><x/>", "entities"), (b" " * 5_000_001, "too_big")]:
        answer = await upload(browser, data)
        assert answer.status_code == 422
        assert texts()[f"xliff.{why}"]["en"] in answer.text
    assert (await upload(browser, b" " * 9_000_000)).status_code == 413


def test_everything_that_can_be_said_has_its_words() -> None:
    said = [f"translations.{about}.{lack}" for lack in Lack for about in ("lack", "meaning")]
    said += [f"xliff.why.{why}" for why in Why] + [f"xliff.{reason}" for reason in Unreadable]
    for key in said:
        assert texts()[key].keys() == set(INTERFACES)
