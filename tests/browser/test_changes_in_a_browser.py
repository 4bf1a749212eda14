"""An editor proposes a changed address; a publisher follows the trial, reads what it found, publishes, and returns."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from admin.texts import text
from admin.web.guards import COOKIE
from tests.conftest import Service, start_service, stop_service
from tests.hiring import in_its_place

pytestmark = pytest.mark.browser
SCREEN: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
TRIAL_MS = 240_000.0
"""A trial takes half a minute on a quiet machine."""
ROOM = "/desk/package"

_BEGIN = """
import sys
from admin.tables import Role, Staff
from tests.admin.people import begin, make_staff
from wegwijs.storage import transaction
login, role = sys.argv[1:]
staff = make_staff(Role(role), login=login, name=login.title())
with transaction() as session:
    stored = session.get_one(Staff, staff.id)
    stored.interface = "nl"
    session.add(stored)
print(begin(staff), staff.id)
"""

_CHANGE = """
import sys
from admin.editing.drafts import fields_now, save_draft
from admin.editing.published import published_package
from wegwijs.storage import transaction
with transaction() as session:
    _, package = published_package(session)
    for unit, name, value in (
        ("facts.yaml#infopunt.address", "value", "Nieuwe Graanmarkt 1, 1000 Brussel"),
        ("reception/infopunt/ar.md", "title", "عنوان نقطة المعلومات الجديد"),
        ("reception/infopunt/ti.md", "title", "ሓድሽ ኣድራሻ ናይ ሓበሬታ"),
    ):
        fields = fields_now(unit, draft=None, sources=package.sources)
        changed = {**fields, name: value}
        save_draft(session, unit, changed, revision=0, by=int(sys.argv[1]), sources=package.sources)
"""


@pytest.fixture
def service(tmp_path: Path, understander: object) -> Iterator[Service]:
    """A service of its own: what is published here is nobody else's."""
    started = start_service(tmp_path)
    yield started
    stop_service(started)


def say(key: str, **values: str | int) -> str:
    return text(key, "nl", **values)


def page_of(browser: Browser, service: Service, token: str, screen: ViewportSize) -> tuple[Page, list[str]]:
    """The browser of somebody who is signed in, and what it complains of."""
    context = browser.new_context(viewport=screen, color_scheme="dark" if screen is PHONE else "light")
    context.add_cookies([{"name": COOKIE, "value": token, "url": f"{service.url}/desk"}])
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    return page, errors


def defects(page: Page, name: str) -> list[str]:
    """What is wrong with the page for people with a handicap, or because it is wider than the screen."""
    if folder := os.environ.get("WEGWIJS_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found + ["too wide"] * bool(is_too_wide)


def press(page: Page, key: str, **values: str | int) -> None:
    page.get_by_role("button", name=say(key, **values), exact=True).click()


def test_a_changed_address_is_proposed_tried_published_and_taken_back(browser: Browser, service: Service) -> None:
    eva_token, eva_id = in_its_place(service, _BEGIN, "eva", "editor").split()
    pia_token, _ = in_its_place(service, _BEGIN, "pia", "publisher").split()
    in_its_place(service, _CHANGE, eva_id)
    eva, eva_errors = page_of(browser, service, eva_token, PHONE)
    pia, pia_errors = page_of(browser, service, pia_token, SCREEN)

    eva.goto(f"{service.url}{ROOM}/changes")
    expect(eva.locator(".reach h3")).to_contain_text("14 talen")
    assert defects(eva, "changes") == []
    eva.locator("[name=why]").fill("Het Infopunt verhuist op 1 december.")
    press(eva, "changes.propose")
    expect(eva).to_have_url(f"{service.url}{ROOM}/proposals/1")
    expect(eva.get_by_role("progressbar")).to_be_visible()
    assert defects(eva, "trial") == []

    pia.goto(f"{service.url}{ROOM}/proposals")
    assert defects(pia, "proposals") == []
    pia.get_by_role("link", name=say("proposals.number", number=1)).click()
    for page in (eva, pia):
        expect(page.locator("#trial-said")).not_to_be_empty(timeout=TRIAL_MS)
        expect(page.locator("#trial-said")).to_have_text(say("trial.state.done"))
    expect(pia.get_by_text("testberichten die de chat niet kent")).to_be_visible()
    assert defects(pia, "report") == []
    assert defects(eva, "report") == []
    expect(eva.get_by_text(say("proposals.own"))).to_be_visible()

    press(pia, "proposals.publish")
    expect(pia.get_by_text("Gepubliceerd door Pia")).to_be_visible()
    reader = browser.new_page()
    expect_page(reader, f"{service.url}/nl/reception/infopunt", "Nieuwe Graanmarkt 1")

    pia.get_by_role("link", name=say("package.menu.versions")).click()
    assert defects(pia, "versions") == []
    pia.get_by_role("link", name=say("versions.number", number=1), exact=True).click()
    assert defects(pia, "version") == []
    pia.get_by_role("link", name=say("versions.return")).click()
    assert defects(pia, "return") == []
    pia.locator("[name=why]").fill("De verhuizing is uitgesteld.")
    press(pia, "versions.return_button", number=1)
    expect(pia).to_have_url(f"{service.url}{ROOM}/versions/3")
    expect_page(reader, f"{service.url}/nl/reception/infopunt", "Héger-Bordetstraat 3")
    assert eva_errors == []
    assert pia_errors == []


def expect_page(reader: Page, url: str, words: str) -> None:
    """Within 5 seconds a reader's page says this."""
    for _ in range(10):
        reader.goto(url)
        if words in reader.locator("main").inner_text():
            return
        reader.wait_for_timeout(500)
    raise AssertionError(f"{words} is not on {url}")
