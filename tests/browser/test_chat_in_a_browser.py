"""The web chat in a real headless Chromium, on a phone's screen: Arabic, Tigrinya and Dutch."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from channels.web.quality.texts import quality_texts
from knowledge.pages import Package
from tests.conftest import Service
from tests.knowledge.test_understand import SLEEPING_OUTSIDE
from translations.glossary import term
from translations.interface import string
from translations.languages import languages

pytestmark = pytest.mark.browser
CODES = ["ar", "ti", "nl"]
PHONE = {"width": 360, "height": 740}
SHELTER = "reception/emergency-shelter"


class Phone:
    """A page on a phone that notes every request to another host and every error."""

    def __init__(self, browser: Browser, service: Service) -> None:
        self.context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, bypass_csp=False)
        self.page: Page = self.context.new_page()
        self.url = service.url
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    def _note(self, url: str) -> None:
        if not url.startswith(self.url):
            self.foreign.append(url)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def ask(self, text: str) -> None:
        self.page.locator("textarea").fill(text)
        self.page.keyboard.press("Enter")


@pytest.fixture
def phone(browser: Browser, service: Service) -> Iterator[Phone]:
    """A phone of its own for each test."""
    phone = Phone(browser, service)
    yield phone
    phone.context.close()


def accessible(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [violation["id"] for violation in found.response["violations"]]


@pytest.mark.parametrize("code", CODES)
def test_a_question_about_sleeping_outside_gets_the_right_page(phone: Phone, package: Package, code: str) -> None:
    phone.open("/")
    phone.page.get_by_role("link", name=languages()[code].name).first.click()
    expect(phone.page.locator("html")).to_have_attribute("dir", languages()[code].direction.value)
    expect(phone.page.locator("[role=log]")).to_contain_text("Wegwijs", timeout=10_000)
    phone.ask(SLEEPING_OUTSIDE[code])
    page_link = phone.page.locator(f'a[href="/{code}/{SHELTER}"]')
    expect(page_link).to_be_visible(timeout=10_000)
    expect(phone.page.locator('a[href="tel:080099340"]').first).to_be_visible()
    assert accessible(phone.page) == []
    page_link.click()
    expect(phone.page.locator("h1")).to_have_text(package.page(SHELTER, code).title)
    assert accessible(phone.page) == []
    assert phone.foreign == []
    assert phone.errors == []


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_wider_than_a_small_screen(phone: Phone, code: str) -> None:
    phone.page.set_viewport_size({"width": 320, "height": 568})
    for path in ("/", f"/{code}/chat", f"/{code}", f"/{code}/health", f"/{code}/{SHELTER}", "/nl/quality"):
        phone.open(path)
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_a_lost_connection_loses_and_repeats_nothing(phone: Phone) -> None:
    phone.open("/nl/chat")
    expect(phone.page.locator("[role=log]")).to_contain_text("computerprogramma", timeout=10_000)
    phone.context.set_offline(True)
    phone.ask("mag ik werken in belgië")
    phone.page.wait_for_timeout(1500)
    phone.context.set_offline(False)
    expect(phone.page.locator('a[href="/nl/future/right-to-work"]')).to_have_count(1, timeout=40_000)
    assert phone.page.get_by_text("mag ik werken in belgië", exact=True).count() == 1


def test_a_reload_shows_the_conversation_again_once(phone: Phone) -> None:
    phone.open("/nl/chat")
    phone.ask("dank u wel")
    expect(phone.page.locator("[role=log]")).to_contain_text(string("bot.thanks", "nl"), timeout=10_000)
    phone.page.reload()
    expect(phone.page.locator("[role=log]")).to_contain_text(string("bot.thanks", "nl"), timeout=10_000)
    assert phone.page.get_by_text("dank u wel", exact=True).count() == 1


def test_quick_exit_leaves_nothing_on_the_phone(phone: Phone) -> None:
    phone.open("/nl/chat")
    phone.ask("mijn man slaat mij")
    expect(phone.page.locator("[role=log]")).to_contain_text("101", timeout=10_000)
    phone.page.route("https://www.meteo.be/**", lambda route: route.fulfill(status=200, body="weather"))
    phone.page.locator("#exit").click()
    phone.page.wait_for_url("https://www.meteo.be/", timeout=10_000)
    phone.page.go_back()
    phone.page.wait_for_timeout(1000)
    assert "mijn man" not in phone.page.content()


def test_erasing_clears_the_phone_and_the_server(phone: Phone, service: Service) -> None:
    phone.open("/nl/chat")
    phone.ask("een geheim verhaal over mij")
    expect(phone.page.locator("[role=log]")).to_contain_text("een geheim verhaal", timeout=10_000)
    phone.ask("wissen")
    phone.page.get_by_role("button", name=string("button.yes", "nl"), exact=True).click()
    expect(phone.page.locator("body")).to_contain_text(string("bot.deleted", "nl")[:20], timeout=10_000)
    expect(phone.page.locator("body")).not_to_contain_text("een geheim verhaal")
    assert "token" not in phone.page.evaluate("JSON.stringify(localStorage)")


def test_a_screen_reader_hears_answers_and_a_keyboard_reaches_everything(phone: Phone) -> None:
    phone.open("/nl/chat")
    log = phone.page.locator("[role=log]")
    expect(log).to_have_attribute("aria-live", "polite") if log.get_attribute("aria-live") else None
    phone.page.keyboard.press("Tab")
    expect(phone.page.locator(":focus")).to_have_attribute("href", "#content")
    reached = set()
    for _ in range(25):
        phone.page.keyboard.press("Tab")
        reached.add(phone.page.evaluate("document.activeElement.tagName"))
    assert {"A", "BUTTON", "TEXTAREA"} <= reached


def test_pages_can_be_read_without_javascript(browser: Browser, service: Service, package: Package) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{service.url}/ti/{SHELTER}")
    expect(page.locator("h1")).to_have_text(package.page(SHELTER, "ti").title)
    expect(page.locator("article")).to_contain_text("Samusocial")
    page.goto(f"{service.url}/ti/chat")
    expect(page.locator('a[href="/ti/procedure"]')).to_be_visible()
    context.close()


@pytest.mark.parametrize("code", list(quality_texts()))
def test_the_page_on_quality_can_be_read_by_everybody(phone: Phone, code: str) -> None:
    phone.open(f"/{code}/health")
    phone.page.get_by_role("link", name=quality_texts()[code].title).click()
    expect(phone.page.locator("h1")).to_have_text(quality_texts()[code].title)
    expect(phone.page.locator("table").first.locator("tbody tr")).to_have_count(len(languages()) + 1)
    assert accessible(phone.page) == []
    assert phone.foreign == []
    assert phone.errors == []


@pytest.mark.parametrize("code", CODES)
def test_a_tap_on_a_marked_word_explains_it_and_closes_again(phone: Phone, code: str) -> None:
    phone.open(f"/{code}/procedure/annex-26")
    word = phone.page.locator("a.term").first
    key = str(word.get_attribute("href")).removeprefix("#term-")
    explained = phone.page.locator(f"#term-{key}")
    word.click()
    expect(explained).to_have_css("position", "fixed")
    expect(explained).to_contain_text(term(key, code).name)
    assert accessible(phone.page) == []
    explained.get_by_role("link", name=string("web.close", code)).click()
    expect(explained).to_have_css("position", "static")
    assert phone.errors == []


@pytest.mark.parametrize(("waits", "hours", "kept"), [(False, 5, False), (True, 5, True), (True, 97, False)])
def test_the_phone_keeps_a_conversation_longer_while_somebody_waits_for_a_person(
    phone: Phone, waits: bool, hours: int, kept: bool
) -> None:
    phone.open("/nl/chat")
    phone.ask("dank u wel")
    expect(phone.page.locator("[role=log]")).to_contain_text(string("bot.thanks", "nl"), timeout=10_000)
    if waits:
        phone.ask("ik wil met een mens praten")
        phone.page.get_by_role("button", name=string("button.yes", "nl"), exact=True).click()
        phone.page.get_by_role("button", name=string("button.skip_town", "nl"), exact=True).click()
        expect(phone.page.locator("#waiting")).to_be_visible(timeout=10_000)
    phone.page.evaluate(
        """hours => {
          const device = JSON.parse(localStorage.getItem('wegwijs'));
          device.used -= hours * 3600e3;
          localStorage.setItem('wegwijs', JSON.stringify(device));
        }""",
        hours,
    )
    phone.page.reload()
    expect(phone.page.locator("[role=log]")).to_contain_text("Wegwijs", timeout=10_000)
    assert (phone.page.get_by_text("dank u wel", exact=True).count() == 1) is kept
