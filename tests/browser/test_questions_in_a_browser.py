"""Three people ask on their phones what no page answers; an editor reads one question, and places it."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from admin.texts import text
from admin.web.guards import COOKIE
from tests.conftest import Service, start_service, stop_service
from tests.hiring import in_its_place
from translations.interface import string

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 360, "height": 740}
SCREEN: ViewportSize = {"width": 1280, "height": 800}
ASKED = {
    "nl": "waar kan ik een auto kopen, bel 0488 12 34 56",
    "ar": "وين بشتري سيارة",
    "ti": "መኪና ኣበይ እገዝእ",
}
LICENCE = "future/driving-licence"
EDITOR = """
import sys
from admin.tables import Role, Staff
from tests.admin.people import begin, make_staff
from wegwijs.storage import transaction
staff = make_staff(Role.EDITOR, login=sys.argv[1], name="Eva")
with transaction() as session:
    stored = session.get_one(Staff, staff.id)
    stored.interface = "nl"
    session.add(stored)
print(begin(staff))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, understander: object) -> Iterator[Service]:
    """A service whose first version was published when it started."""
    service = start_service(tmp_path_factory.mktemp("questions"), WEGWIJS_MESSAGES_PER_MINUTE="100000")
    yield service
    stop_service(service)


def shot(page: Page, name: str) -> None:
    """A picture for whoever looks after how it looks."""
    folder = os.environ.get("WEGWIJS_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / name, full_page=True)


def defects(page: Page) -> list[str]:
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found + ["too wide"] * bool(is_too_wide)


def phone_of(browser: Browser, service: Service, code: str) -> Page:
    page = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{service.url}/{code}/chat")
    expect(page.locator("#messages li")).not_to_have_count(0, timeout=15_000)
    return page


def write(phone: Page, words: str) -> None:
    phone.locator("textarea").fill(words)
    phone.keyboard.press("Enter")


def asks_in_vain(phone: Page, code: str, words: str) -> None:
    """Write it; of the choices, where there are any, none is right."""
    write(phone, words)
    something_else = phone.get_by_role("button", name=string("button.something_else", code))
    unknown = phone.get_by_text(string("bot.unknown", code)[:30])
    off_topic = phone.get_by_text(string("bot.off_topic", code)[:30])
    expect(something_else.or_(unknown).or_(off_topic).first).to_be_visible(timeout=20_000)
    if something_else.count():
        something_else.click()
        expect(phone.locator("#messages")).to_contain_text(string("bot.menu", code), timeout=20_000)
    phone.context.close()


def editor_of(browser: Browser, service: Service, **context: object) -> Page:
    made = browser.new_context(**context)  # type: ignore[arg-type]
    cookie = {"name": COOKIE, "value": in_its_place(service, EDITOR, uuid4().hex).strip(), "url": f"{service.url}/desk"}
    made.add_cookies([cookie])  # type: ignore[list-item]
    return made.new_page()


def test_what_three_people_ask_in_three_languages_is_one_question_and_goes_into_the_draft_of_a_page(
    browser: Browser, house: Service
) -> None:
    for code, words in ASKED.items():
        asks_in_vain(phone_of(browser, house, code), code, words)
    editor = editor_of(browser, house, viewport=SCREEN, color_scheme="light")
    editor.goto(f"{house.url}/desk/package/questions")
    group = editor.locator("section.card").filter(has_text=text("questions.people", "nl", number=3))
    expect(group).to_have_count(1, timeout=30_000)
    expect(group.locator("ul[lang=nl] li")).to_have_text("waar kan ik een auto kopen, bel [number]")
    expect(group.locator("ul[lang=ar]")).to_have_attribute("dir", "rtl")
    expect(group.locator("ul[lang=ti] li")).to_have_count(1)
    assert defects(editor) == []
    shot(editor, "questions.png")

    group.get_by_role("button", name=text("questions.for_a_page", "nl")).click()
    assert defects(editor) == []
    shot(editor, "question-page.png")
    editor.locator("[name=other]").fill(LICENCE)
    editor.get_by_role("button", name=text("questions.put", "nl")).click()
    expect(editor.locator("#wrong-nl")).to_contain_text("[number]")  # first the editor's own words
    assert defects(editor) == []
    shot(editor, "question-wrong.png")
    editor.locator("#lines-nl").fill("waar kan ik een auto kopen")
    for code in ("ar", "ti"):
        editor.locator(f"#lines-{code}").fill("")
    editor.get_by_role("button", name=text("questions.put", "nl")).click()
    notice = editor.locator(".notice a", has_text="Nederlands")
    expect(notice).to_have_attribute("href", f"/desk/package/pages/{LICENCE}/nl")
    expect(editor.get_by_text(text("questions.none", "nl"))).to_be_visible()


def test_under_an_answer_two_small_buttons_say_whether_it_helped(browser: Browser, house: Service) -> None:
    phone = phone_of(browser, house, "ti")
    write(phone, "ክሰርሕ ይፍቀደለይ ዶ")
    not_meant = phone.get_by_role("button", name=string("button.not_meant", "ti"))
    expect(phone.get_by_role("button", name=string("button.helped_page", "ti"))).to_be_visible(timeout=20_000)
    assert defects(phone) == []
    shot(phone, "answer-ti.png")
    not_meant.click()
    expect(phone.locator("#messages")).to_contain_text(string("bot.not_meant", "ti"), timeout=20_000)
    assert defects(phone) == []
    shot(phone, "not-meant-ti.png")


def test_the_page_is_read_on_a_phone_in_the_dark(browser: Browser, house: Service) -> None:
    editor = editor_of(browser, house, viewport=PHONE, color_scheme="dark")
    editor.goto(f"{house.url}/desk/package/questions")
    editor.locator("[name=wish]").fill("Een auto kopen en verzekeren")
    editor.get_by_role("button", name=text("wishes.wish", "nl")).click()
    expect(editor.locator(".wishes")).to_contain_text("Een auto kopen en verzekeren", timeout=20_000)
    assert defects(editor) == []
    shot(editor, "wishes-phone.png")
