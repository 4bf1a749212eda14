"""The editors' room without a script: plain forms that lose nothing, for editors and publishers."""

import re
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from lxml.html import fromstring

from admin.editing.drafts import draft_of, drafts
from admin.editing.forms import FieldsOf, fields_of
from admin.editing.published import Publishing, publish
from admin.editing.units import (
    fact_unit,
    page_unit,
    text_of,
    topic_unit,
    with_units,
)
from admin.tables import Role
from admin.web.editing.sight import address_of
from knowledge.pages import Package, read_package
from knowledge.served import ServedPackage
from tests.admin.people import ORIGIN, browser_of, make_staff, send
from wegwijs.storage import transaction

DRAFTS = "/desk/package/drafts"
TOPIC = "procedure/appeal"
ARABIC = page_unit(TOPIC, "ar")
FACT = fact_unit("infopunt.address")


@pytest.fixture
def room(app: FastAPI, published: ServedPackage) -> FastAPI:
    """The app, serving version 1."""
    app.state.editing = replace(app.state.editing, served=published)
    return app


@pytest.fixture
def eva(room: FastAPI) -> httpx.AsyncClient:
    """The browser of an editor."""
    return browser_of(room, make_staff(Role.EDITOR, name="Eva"))


@pytest.fixture
def emil(room: FastAPI) -> httpx.AsyncClient:
    """The browser of another editor."""
    return browser_of(room, make_staff(Role.EDITOR, name="Emil"))


def filled_in(fields: FieldsOf, *, unit: str, revision: int = 0, **changes: str) -> dict[str, str]:
    """The form of a page as a browser sends it."""
    text = fields["texts"][""]
    return {
        "unit": unit,
        "revision": str(revision),
        "title": fields["title"],
        "status": fields["status"],
        "questions": "\r\n".join(fields["questions"]),
        "short_answer": text["short_answer"],
        "details": text["details"].replace("\n", "\r\n"),
        **changes,
    }


def drafted(unit: str) -> FieldsOf | None:
    """What is kept of a unit."""
    with transaction() as session:
        draft = draft_of(session, unit)
        return draft.fields if draft else None


def as_published(package: Package, unit: str) -> FieldsOf:
    return fields_of(unit, text_of(package.sources, unit) or "")


async def test_every_page_of_the_room_opens_for_editors_and_publishers_and_for_nobody_else(
    room: FastAPI, eva: httpx.AsyncClient
) -> None:
    paths = [
        "",
        "/facts",
        "/facts/infopunt.address",
        f"/topics/{TOPIC}",
        "/topics/new",
        f"/pages/{TOPIC}/ti",
        "/picks/nl",
    ]
    browsers = {role: browser_of(room, make_staff(role)) for role in (Role.EDITOR, Role.PUBLISHER, Role.DESK)}
    for path in paths:
        answers = {role: (await each.get(f"/desk/package{path}")).status_code for role, each in browsers.items()}
        assert answers == {Role.EDITOR: 200, Role.PUBLISHER: 200, Role.DESK: 403}, path


@pytest.mark.parametrize(
    "path", ["/pages/procedure/nothing/nl", f"/pages/{TOPIC}/xx", "/topics/a/b", "/facts/no", "/picks/xx", "/facts/A.B"]
)
async def test_what_is_not_there_is_said(eva: httpx.AsyncClient, path: str) -> None:
    answer = await eva.get(f"/desk/package{path}")
    assert (answer.status_code, "There is no such" in answer.text) == (404, True)


async def test_the_matrix_leads_to_every_page_and_says_more_than_a_colour(eva: httpx.AsyncClient) -> None:
    html = (await eva.get("/desk/package")).text
    assert len(re.findall(r'href="package/pages/', html)) == 142 * 14
    assert 'aria-label="d: Tigrinya, draft"' in html
    one = (await eva.get("/desk/package", params={"q": "appeal court", "language": "ti", "show": "draft"})).text
    assert set(re.findall(r"package/pages/[a-z/-]+/([a-z]+)\"", one)) == {"ti"}
    assert "Nothing found" in (await eva.get("/desk/package", params={"q": "xyzzy"})).text
    assert (await eva.get("/desk/package", params={"show": "odd", "theme": "<b>"})).status_code == 200


async def test_a_page_is_changed_kept_and_shown_with_the_same_form(eva: httpx.AsyncClient, package: Package) -> None:
    before = as_published(package, ARABIC)
    sent = filled_in(before, unit=ARABIC, questions="\r\n".join([*before["questions"], "  سؤال جديد ", ""]))
    answer = await send(eva, DRAFTS, **sent, still_right="1", do="save")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/package/pages/{TOPIC}/ar?saved=save")
    kept = drafted(ARABIC)
    assert kept == before | {"questions": [*before["questions"], "سؤال جديد"]}
    html = (await eva.get(answer.headers["location"])).text
    assert "سؤال جديد" in html
    assert 'name="revision" value="1"' in html
    again = await send(eva, DRAFTS, **filled_in(before, unit=ARABIC, revision=1), do="save")
    assert again.status_code == 303
    assert drafted(ARABIC) is None


async def test_a_preview_shows_what_is_typed_and_keeps_nothing(eva: httpx.AsyncClient, package: Package) -> None:
    sent = filled_in(as_published(package, ARABIC), unit=ARABIC, details="كلمة {{ fact:police.phone }} <script>")
    html = (await send(eva, DRAFTS, **sent, do="preview")).text
    assert 'href="tel:101"' in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html.replace('<script type="', "")
    assert "HTML" in html
    look = await send(eva, f"{DRAFTS}/look", **sent)
    assert look.status_code == 200
    assert '<div class="bubble">' in look.text
    assert drafted(ARABIC) is None


async def test_two_editors_of_one_page_lose_nothing(
    eva: httpx.AsyncClient, emil: httpx.AsyncClient, package: Package
) -> None:
    before = as_published(package, ARABIC)
    assert "Emil" not in (await eva.get(f"/desk/package/pages/{TOPIC}/ar")).text
    assert "Eva has this open too." in (await emil.get(f"/desk/package/pages/{TOPIC}/ar")).text
    assert (await send(eva, f"{DRAFTS}/open", unit=ARABIC)).json() == {"others": ["Emil"], "revision": 0, "by": ""}
    first = await send(eva, f"{DRAFTS}/saved", **filled_in(before, unit=ARABIC, title="عنوان إيفا"))
    assert first.json()["revision"] == 1
    second = await send(emil, f"{DRAFTS}/saved", **filled_in(before, unit=ARABIC, title="عنوان إميل"))
    assert (second.status_code, second.json()["revision"]) == (409, 1)
    assert "عنوان إيفا" in second.json()["html"]
    assert "Eva changed this meanwhile" in second.json()["html"]
    plain = await send(emil, DRAFTS, **filled_in(before, unit=ARABIC, title="عنوان إميل"), do="save")
    assert plain.status_code == 409
    assert 'value="عنوان إميل"' in plain.text
    assert "عنوان إيفا" in plain.text
    chosen = filled_in(before, unit=ARABIC, revision=1, title="عنوان إميل")
    assert (await send(emil, DRAFTS, **chosen, do="save")).status_code == 303
    assert (drafted(ARABIC) or {})["title"] == "عنوان إميل"


async def test_what_is_endless_is_not_kept_and_stays_in_its_field(eva: httpx.AsyncClient, package: Package) -> None:
    sent = filled_in(as_published(package, ARABIC), unit=ARABIC, short_answer="a" * 3000)
    answer = await send(eva, DRAFTS, **sent, do="save")
    assert answer.status_code == 422
    assert "at most 2000 fit" in answer.text
    assert "a" * 3000 in answer.text
    quiet = await send(eva, f"{DRAFTS}/saved", **sent)
    assert (quiet.status_code, 'href="#f-short_answer"' in quiet.json()["html"]) == (422, True)
    looked = await send(eva, f"{DRAFTS}/look", **sent)
    assert (looked.status_code, "at most 2000 fit" in looked.text) == (422, True)
    huge = await send(eva, f"{DRAFTS}/saved", **(sent | {"details": "a" * 1_000_000}))
    assert huge.status_code == 413
    assert drafted(ARABIC) is None


async def test_editing_an_approved_page_makes_it_reviewed_and_nobody_approves_by_hand(
    eva: httpx.AsyncClient, package: Package
) -> None:
    sent = filled_in(as_published(package, ARABIC), unit=ARABIC, status="approved", title="عنوان")
    assert (await send(eva, f"{DRAFTS}/saved", **sent)).json()["status"] == "reviewed"


async def test_a_translation_is_stamped_with_the_draft_of_its_source(eva: httpx.AsyncClient, package: Package) -> None:
    source = page_unit(TOPIC, "en")
    english = as_published(package, source)
    await send(eva, DRAFTS, **filled_in(english, unit=source, title="Another title"), do="save")
    sent = filled_in(as_published(package, ARABIC), unit=ARABIC, title="عنوان")
    await send(eva, DRAFTS, **sent, do="save")
    assert (drafted(ARABIC) or {})["translated_from"]["hash"] == package.page(TOPIC, "en").hash
    await send(eva, DRAFTS, **(sent | {"revision": "1"}), still_right="1", do="save")
    assert (drafted(ARABIC) or {})["translated_from"]["hash"] != package.page(TOPIC, "en").hash


async def test_what_was_published_meanwhile_is_shown_and_the_editor_chooses(
    eva: httpx.AsyncClient, package: Package
) -> None:
    sent = filled_in(as_published(package, ARABIC), unit=ARABIC, title="عنوان إيفا")
    await send(eva, DRAFTS, **sent, do="save")
    text = package.sources[ARABIC].replace("title: ", "title: جديد ")
    with transaction() as session:
        publish(session, read_package(with_units(package.sources, {ARABIC: text}), like=package), Publishing(why="x"))
    html = (await eva.get(f"/desk/package/pages/{TOPIC}/ar")).text
    assert "Something else was published meanwhile" in html
    assert "<ins" in html
    await send(eva, DRAFTS, **(sent | {"revision": "1"}), do="keep")
    html = (await eva.get(f"/desk/package/pages/{TOPIC}/ar")).text
    assert "Something else was published meanwhile" not in html
    revision = re.findall(r'name="revision" value="(\d+)"', html)[0]
    await send(eva, DRAFTS, **(sent | {"revision": revision}), do="discard")
    assert drafted(ARABIC) is None


async def test_one_text_becomes_two_and_two_become_one(eva: httpx.AsyncClient, package: Package) -> None:
    sent = filled_in(as_published(package, ARABIC), unit=ARABIC)
    split = await send(eva, DRAFTS, **sent, do="split")
    assert set((drafted(ARABIC) or {})["texts"]) == {"in", "out"}
    html = (await eva.get(split.headers["location"])).text
    assert 'name="details.out"' in html
    two = {name: value for name, value in sent.items() if name not in {"short_answer", "details"}}
    for name in ("in", "out"):
        two |= {f"short_answer.{name}": sent["short_answer"], f"details.{name}": sent["details"]}
    await send(eva, DRAFTS, **(two | {"revision": "1"}), do="join")
    assert drafted(ARABIC) is None


UNITS = {
    "an address": FACT,
    "a phone number": fact_unit("infopunt.phone"),
    "a number": fact_unit("registration.lodge-days"),
    "an amount": fact_unit("pocket-money.adult"),
    "a day": fact_unit("pact.start"),
    "opening hours": fact_unit("infopunt.hours"),
    "a page": ARABIC,
    "the source": page_unit(TOPIC, "en"),
    "a topic": topic_unit(TOPIC),
}


@pytest.mark.parametrize("what", UNITS)
async def test_a_form_that_is_sent_back_as_it_was_shown_changes_nothing(
    eva: httpx.AsyncClient, package: Package, what: str
) -> None:
    unit = UNITS[what]
    shown = fromstring((await eva.get(address_of(unit))).text)
    (form,) = (each for each in shown.forms if each.get("id") == "unit")
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    answer = await send(eva, DRAFTS, **sent)  # type: ignore[arg-type]
    assert answer.status_code == 303, answer.text
    assert drafted(unit) is None


async def test_what_a_number_counts_can_be_changed(eva: httpx.AsyncClient, package: Package) -> None:
    unit = UNITS["a number"]
    fields = as_published(package, unit)
    sent = {
        "unit": unit,
        "revision": "0",
        "value": "22",
        "counted": "days",
        "source": "x",
        "date": "2026",
        "check": "1",
    }
    assert (await send(eva, DRAFTS, **sent)).status_code == 303
    assert drafted(unit) == fields | {"value": "22", "unit": "days", "source": "x"}


async def test_a_changed_fact_shows_every_sentence_it_stands_in_with_its_new_value(
    eva: httpx.AsyncClient, package: Package
) -> None:
    new = {"unit": FACT, "revision": "0", "kind": "value", "value": "Nieuwstraat 1", "source": "fedasil.be"}
    html = (await send(eva, f"{DRAFTS}/look", **new, date="2026-11")).text
    pages = sum("{{ fact:infopunt.address }}" in page.source for page in package.pages.values())
    assert f"Pages: {pages}. Languages: 14." in html
    assert html.count("Nieuwstraat 1") >= pages
    for lacking in ({"date": ""}, {"date": "2026", "source": ""}):
        assert "needs its source and date" in (await send(eva, f"{DRAFTS}/look", **(new | lacking))).text
    await send(eva, DRAFTS, **new, date="2026-11", do="save")
    assert (drafted(FACT) or {})["value"] == "Nieuwstraat 1"
    listed = (await eva.get("/desk/package/facts", params={"q": "infopunt.address"})).text
    assert "being edited" in listed
    page = await eva.get("/desk/package/pages/reception/info-point/nl")
    assert page.status_code in {200, 404}


async def test_a_fact_is_removed_only_when_nothing_says_it(eva: httpx.AsyncClient, package: Package) -> None:
    used = (await eva.get("/desk/package/facts/infopunt.address")).text
    assert 'value="remove"' not in used
    sent = {"unit": FACT, "revision": "0", "do": "remove"}
    assert (await send(eva, DRAFTS, **sent)).status_code == 422
    assert drafts_are_empty()
    unused = "contribution.start"
    assert 'value="remove"' in (await eva.get(f"/desk/package/facts/{unused}")).text
    await send(eva, DRAFTS, unit=fact_unit(unused), revision="0", do="remove")
    with transaction() as session:
        draft = draft_of(session, fact_unit(unused))
    assert draft is not None
    assert draft.fields is None


def drafts_are_empty() -> bool:
    with transaction() as session:
        return drafts(session) == []


async def test_a_new_fact_has_its_own_kind_of_fields(eva: httpx.AsyncClient) -> None:
    way = await eva.get("/desk/package/facts/new", params={"key": "Test.hours", "kind": "weekdays"})
    assert way.headers["location"] == "/desk/package/facts/test.hours?kind=weekdays"
    assert 'type="time"' in (await eva.get(way.headers["location"])).text
    odd = await eva.get("/desk/package/facts/new", params={"key": "no key"})
    assert (odd.status_code, 'value="no key"' in odd.text) == (422, True)
    unit = fact_unit("test.hours")
    await eva.post(
        DRAFTS,
        data={
            "unit": unit,
            "kind": "weekdays",
            "weekdays": ["tue", "mon"],
            "opens": "09:00",
            "closes": "12:00",
            "source": "x",
            "date": "2026",
        },
        headers={"Origin": ORIGIN},
    )
    assert (drafted(unit) or {})["weekdays"] == ["mon", "tue"]
    assert "Monday" in (await eva.get("/desk/package/facts/test.hours")).text


async def test_a_topic_is_changed_begun_and_retired(eva: httpx.AsyncClient, package: Package) -> None:
    begun = await send(
        eva, "/desk/package/topics/new", title="Rooftop garden", written_in="en", theme="future", languages=["ar"]
    )
    assert begun.headers["location"] == "/desk/package/pages/future/rooftop-garden/en"
    assert 'value="Rooftop garden"' in (await eva.get(begun.headers["location"])).text
    assert (await eva.get("/desk/package/pages/future/rooftop-garden/so")).status_code == 200
    twice = await send(eva, "/desk/package/topics/new", title="Rooftop garden", written_in="en", theme="future")
    assert (twice.status_code, "already" in twice.text, 'value="Rooftop garden"' in twice.text) == (422, True, True)
    unit = topic_unit(TOPIC)
    sent = {
        "unit": unit,
        "revision": "0",
        "who": "any",
        "team": "lawyer",
        "sources": "a\r\nb",
        "review_by": "2027-01-01",
    }
    answer = await send(eva, f"{DRAFTS}/look", **sent)
    assert "Fill in when it was reviewed" in answer.text
    await send(eva, DRAFTS, **sent, reviewed_on="2026-11-22", related=["procedure/refusal", ""], do="save")
    kept = drafted(unit) or {}
    assert (kept["sources"], kept["related"]) == (["a", "b"], ["procedure/refusal"])
    assert (await send(eva, f"/desk/package/topics/{TOPIC}/retire")).status_code == 409


async def test_the_facts_and_topics_to_pick_from_have_their_value_in_the_language(eva: httpx.AsyncClient) -> None:
    found = (await eva.get("/desk/package/picks/ar")).json()
    values = {each["key"]: each["name"] for each in found["facts"]}
    assert values["police.phone"] == "101"
    assert TOPIC in {each["key"] for each in found["topics"]}
