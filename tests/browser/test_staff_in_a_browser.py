"""The pages of staff in a real headless Chromium: from the invitation to the list, on a computer and on a phone."""

import os
import subprocess
import sys
import time
from typing import Literal

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from admin.texts import text
from tests.conftest import Service

pytestmark = pytest.mark.browser
PASSWORD = "rivier lantaarn zeven"
COMPUTER: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}


def administrators_link(service: Service, login: str) -> str:
    """The invitation of another administrator, as the command line prints it."""
    made = subprocess.run(
        [sys.executable, "-m", "wegwijs.cli", "staff", "create", login, "--name", "Lien", "--another"],
        env={**os.environ, **service.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return made.stdout.splitlines()[-1]


def defects(page: Page) -> list[str]:
    """What is wrong with a page: for people with a handicap, or because it is wider than the screen."""
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found + ["too wide"] * bool(is_too_wide)


def say(key: str, **values: str) -> str:
    """A text as the pages of these people, who read Dutch, have it."""
    return text(key, "nl", **values)


def press(page: Page, key: str) -> None:
    page.get_by_role("button", name=say(key), exact=True).click()


def accept(page: Page, link: str) -> pyotp.TOTP:
    """Take up an invitation; what the app on the phone makes codes with."""
    page.goto(link)
    assert defects(page) == []
    expect(page.locator(".qr svg")).to_be_visible()
    app = pyotp.TOTP(page.locator("form code").inner_text().replace(" ", ""))
    page.locator("[name=code]").fill(app.now())
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "accept.button")
    return app


@pytest.mark.parametrize(("screen", "colours"), [(COMPUTER, "light"), (PHONE, "dark")])
def test_an_administrator_comes_in_invites_a_colleague_goes_out_and_comes_back(
    browser: Browser, service: Service, screen: ViewportSize, colours: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport=screen, color_scheme=colours)
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    app = accept(page, administrators_link(service, f"lien.{colours}"))
    expect(page).to_have_url(f"{service.url}/desk/staff")

    page.locator("[name=login]").fill(f"amal.{colours}")
    page.locator("[name=name]").fill("Amal")
    page.get_by_label(say("team.medical")).check()
    press(page, "staff.invite_button")
    expect(page.get_by_text(say("staff.link_title", login=f"amal.{colours}"))).to_be_visible()
    assert defects(page) == []
    link = page.locator("section code").inner_text()
    page.get_by_role("row", name=f"amal.{colours}").get_by_role("link").click()
    expect(page.get_by_label(say("team.medical"))).to_be_checked()
    assert defects(page) == []
    page.get_by_role("link", name=say("account.title")).click()
    page.get_by_label(say("account.on_duty")).check()
    press(page, "button.save")
    expect(page.get_by_role("status")).to_have_text(say("account.saved_details"))
    assert defects(page) == []

    press(page, "sign_out.button")
    expect(page).to_have_url(f"{service.url}/desk/sign-in")
    assert defects(page) == []
    page.locator("[name=login]").fill(f"lien.{colours}")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=code]").fill(app.at(int(time.time()) + 30))  # the present one has been used
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{service.url}/desk/staff")
    colleague = browser.new_context(viewport=screen).new_page()
    accept(colleague, link)
    expect(colleague).to_have_url(f"{service.url}/desk/conversations")
    assert errors == []
