"""The flow of translations in a real headless Chromium: from a changed source to an approved translation."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from admin.editing.drafts import draft_of, save_draft
from admin.editing.forms import fields_of
from admin.editing.published import Publishing, publish
from admin.tables import Role, Staff
from admin.texts import text
from admin.web.guards import COOKIE
from knowledge.pages import Package
from knowledge.served import ServedPackage
from tests.admin.people import begin, make_staff
from tests.browser.guide import shot
from tests.conftest import wait_until
from tests.ports import free_port
from wegwijs.app import make_app
from wegwijs.settings import settings
from wegwijs.storage import transaction

pytestmark = pytest.mark.browser
COMPUTER: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
TOPIC = "procedure/appeal"
ENGLISH = f"{TOPIC}/en.md"


@pytest.fixture
def room(in_database: None, package: Package) -> Iterator[str]:
    """The pages of staff, with the whole package published; where they are. Without Rasa, worker and understanding."""
    with transaction() as session:
        version = publish(session, package, Publishing(why="the files of the installation"))
    port = free_port()
    app = make_app(settings(), served=ServedPackage(package, number=version.number))
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="error"))
    thread = Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, seconds=20)
    yield f"http://127.0.0.1:{port}/desk/package"
    server.should_exit = True
    thread.join()


def editor(browser: Browser, room: str, *, screen: ViewportSize = COMPUTER, dark: bool = False) -> Page:
    """The browser of an editor who speaks Dutch and works in Dutch."""
    staff = make_staff(Role.EDITOR)
    with transaction() as session:
        stored = session.get_one(Staff, staff.id)
        stored.speaks, stored.interface = ["nl"], "nl"
    context = browser.new_context(viewport=screen, color_scheme="dark" if dark else "light")
    context.add_cookies([{"name": COOKIE, "value": begin(staff), "url": f"{room.removesuffix('/package')}"}])
    return context.new_page()


def say(key: str, **values: str | int) -> str:
    return text(key, "nl", **values)


def press(page: Page, key: str) -> None:
    page.get_by_role("button", name=say(key), exact=True).click()


def change_source(package: Package) -> None:
    fields = fields_of(ENGLISH, package.sources[ENGLISH]) | {"title": "Going to court"}
    with transaction() as session:
        save_draft(session, ENGLISH, fields, revision=0, by=1, sources=package.sources)


def is_in_order(page: Page) -> bool:
    """Whether everybody can use the page, and it is no wider than the screen."""
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert (found, is_too_wide) == ([], False), page.url
    return True


def test_a_changed_source_is_followed_in_dutch_and_approved_by_who_speaks_it(
    browser: Browser, room: str, package: Package
) -> None:
    page = editor(browser, room)
    change_source(package)
    page.goto(f"{room}/translations")
    assert is_in_order(page)
    dutch = page.get_by_role("row").filter(has_text="Nederlands")
    expect(dutch).to_contain_text(say("translations.mine"))
    dutch.get_by_role("link", name=say("translations.lack.stale")).click()
    page.get_by_role("link", name="Going to court").click()
    expect(page.locator("ins")).to_contain_text("Going to")
    expect(page.locator("del").first).to_contain_text("Appeal at")
    expect(page.locator(".page[lang=nl]")).to_contain_text(package.page(TOPIC, "nl").title)
    expect(page.get_by_role("button", name=say("translations.approve"))).to_have_count(0)
    assert is_in_order(page)
    shot(page, "editors/pictures/translation.png")

    press(page, "translations.keep")
    expect(page.get_by_role("status")).to_have_text(say("translations.done.kept"))
    press(page, "translations.approve")
    expect(page.get_by_role("status")).to_have_text(say("translations.done.approved"))
    expect(page.locator("main")).to_contain_text(say("translations.meaning.none"))
    with transaction() as session:
        draft = draft_of(session, f"{TOPIC}/nl.md")
        assert draft is not None
        assert draft.fields is not None
        assert draft.fields["status"] == "approved"

    page.goto(f"{room}/translations/{TOPIC}/ti")
    press(page, "translations.keep")
    expect(page.get_by_role("status")).to_have_text(say("translations.done.kept"))
    expect(page.get_by_role("button", name=say("translations.approve"))).to_have_count(0)
    expect(page.locator("main")).to_contain_text(say("translations.not_a_speaker"))
    expect(page.locator("main")).to_contain_text(say("translations.machine.not_safe"))


def test_a_file_goes_to_the_agency_and_comes_back(
    browser: Browser, room: str, package: Package, tmp_path: Path
) -> None:
    page = editor(browser, room)
    page.goto(f"{room}/translations?language=ar&theme=procedure")
    page.get_by_role("checkbox", name=say("translations.lack.unreviewed"), exact=True).check()
    with page.expect_download() as download:
        press(page, "xliff.send_button")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name.startswith("wegwijs-ar-")
    data = file.read_text(encoding="utf-8")
    data = data.replace(package.page(TOPIC, "ar").title, "الطعن أمام المحكمة")
    data = data.replace(package.page("procedure/dublin", "en").hash, "0" * 16)
    file.write_text(data, encoding="utf-8")
    page.set_input_files("[name=file]", file)
    press(page, "xliff.receive_button")
    expect(page.get_by_role("heading", name=say("xliff.taken", number=1))).to_be_visible()
    expect(page.get_by_role("link", name="الطعن أمام المحكمة")).to_be_visible()
    expect(page.get_by_role("heading", name=say("xliff.refused", number=1))).to_be_visible()
    expect(page.locator("main")).to_contain_text(say("xliff.why.other_source"))
    assert is_in_order(page)


@pytest.mark.parametrize(
    "path", ["translations?language=ti", "translations/health/dentist/ar", "languages", "languages/uk"]
)
def test_every_page_can_be_used_on_a_phone_and_in_the_dark(browser: Browser, room: str, path: str) -> None:
    page, errors = editor(browser, room, screen=PHONE, dark=True), list[str]()
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{room}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert is_in_order(page)
    assert errors == []
