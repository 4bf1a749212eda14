"""An applicant who writes Tigrinya on a phone and a desk worker who reads Dutch, in two real browsers at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from admin.texts import text
from admin.web.guards import COOKIE
from tests.browser.guide import shot
from tests.conftest import Chat, Service, start_service, stop_service
from tests.hiring import hired
from translations.interface import string

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
SCREEN = {"width": 1280, "height": 800}
OF_THE_START = ("WEGWIJS_DATA_DIR", "WEGWIJS_PORT")


@pytest.fixture
def house(tmp_path: Path, understander: object) -> Iterator[list[Service]]:
    """A service that may be killed: the last of the list is the one that runs."""
    running = [start_service(tmp_path, WEGWIJS_MESSAGES_PER_MINUTE="100000")]
    yield running
    stop_service(running[-1])


def kill(service: Service) -> None:
    """As a power cut would."""
    service.process.kill()
    service.process.wait()


def started_again(service: Service) -> Service:
    """The same service on the same port."""
    given = {name: value for name, value in service.environment.items() if name not in OF_THE_START}
    return start_service(service.data_dir, port=int(service.url.rsplit(":", 1)[1]), **given)


def desk_of(browser: Browser, service: Service, name: str, team: str, interface: str = "nl") -> Page:
    """The desk, open in the browser of a new member of staff."""
    context = browser.new_context(viewport=SCREEN, color_scheme="light")
    cookie = {"name": COOKIE, "value": hired(service, name, team, interface), "url": f"{service.url}/desk"}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{service.url}/desk/conversations")
    return page


def phone_of(browser: Browser, service: Service, code: str) -> Page:
    """The chat, open on a phone."""
    page = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{service.url}/{code}/chat")
    expect(page.locator("#messages li")).not_to_have_count(0, timeout=15_000)
    return page


def write(phone: Page, words: str) -> None:
    phone.locator("textarea").fill(words)
    phone.keyboard.press("Enter")


def press(phone: Page, label: str) -> None:
    phone.get_by_role("button", name=label, exact=True).last.click()


def asks_for_a_person(phone: Page, code: str) -> None:
    write(phone, {"ti": "ምስ ሰብ ክዛረብ ደልየ", "fr": "je veux parler à une personne"}[code])
    expect(phone.locator("#messages")).to_contain_text(string("bot.ask_consent", code)[:40], timeout=20_000)
    press(phone, string("button.yes", code))
    expect(phone.locator("#messages")).to_contain_text(string("bot.ask_town", code)[:30], timeout=20_000)
    press(phone, string("button.skip_town", code))


def accessible(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [violation["id"] for violation in found.response["violations"]]


def sends_an_appointment(desk: Page) -> None:
    desk.locator("#canned-button").click()
    desk.locator("#canned-search").fill("afspraak adres")
    desk.locator("#canned-hits button").filter(has_text="…").first.click()
    for name, value in {"date": "2030-03-04", "time": "10:30", "place": "Belliardstraat 68"}.items():
        desk.locator(f"#blanks-form [name={name}]").fill(value)
    desk.locator("#blanks-form button").click()


def sends_a_page(desk: Page, about: str) -> None:
    desk.locator("#pages-button").click()
    desk.locator("#pages-search").fill(about)
    expect(desk.locator("#pages-hits button").first).to_be_visible(timeout=10_000)
    desk.locator("#pages-hits button").first.click()


def sends_as_it_is(desk: Page, words: str) -> None:
    """In Dutch to somebody who reads Tigrinya: the desk says that this cannot be translated, and lets one decide."""
    desk.locator("#words").fill(words)
    desk.locator("#send-box button").click()
    expect(desk.locator("#preview-refused")).to_be_visible(timeout=15_000)
    shot(desk, "desk/preview.png")
    desk.locator("#preview-as-is").click()


def passes_on(desk: Page, to: str, note: str) -> None:
    desk.locator("#pass-on").click()
    desk.locator("#pass-to").select_option(to)
    desk.locator("#pass-note").fill(note)
    desk.locator("#pass-form button").click()


def takes_the_first(desk: Page) -> None:
    desk.locator("#list button").first.click(timeout=20_000)
    desk.locator("#take").click(timeout=10_000)


def test_a_person_and_the_desk_understand_each_other_to_the_end_and_a_crash_loses_nothing(
    browser: Browser, house: list[Service]
) -> None:
    phone, desk = phone_of(browser, house[0], "ti"), desk_of(browser, house[0], "Noor", "infopunt")
    log, told = desk.locator("#log"), phone.locator("#messages")
    asks_for_a_person(phone, "ti")
    takes_the_first(desk)
    expect(told).to_contain_text("Noor", timeout=15_000)
    before = told.locator(".bot").count()

    write(phone, "ኣብ ብሩክሰል እየ ዘለኹ")
    expect(log).to_contain_text("ኣብ ብሩክሰል እየ ዘለኹ", timeout=15_000)
    sends_an_appointment(desk)
    expect(told).to_contain_text("Belliardstraat 68", timeout=15_000)
    sends_a_page(desk, "advocaat")
    expect(told.locator(".staff")).to_have_count(2, timeout=15_000)
    sends_as_it_is(desk, "Wacht even, ik vraag het aan een collega.")
    expect(told).to_contain_text("Wacht even", timeout=15_000)
    shot(desk, "desk/list.png")

    kill(house[-1])
    write(phone, "ኣለኹ")
    desk.locator("#written-in").select_option("ti")
    desk.locator("#words").fill("ኣለኹም ዶ?")
    desk.locator("#send-box button").click()
    house.append(started_again(house[-1]))
    expect(told.get_by_text("ኣለኹም ዶ?", exact=True)).to_have_count(1, timeout=60_000)
    expect(log.get_by_text("ኣለኹ", exact=True)).to_have_count(1, timeout=60_000)
    assert told.locator(".bot").count() == before

    outside = desk_of(browser, house[-1], "Ana", "reach-out")
    passes_on(desk, "team:reach-out", "slaapt bij het station")
    takes_the_first(outside)
    expect(outside.locator("#notes")).to_contain_text("slaapt bij het station", timeout=10_000)
    expect(told).to_contain_text("Ana", timeout=15_000)
    outside.locator("#end").click()
    outside.locator("#end-form button").click()
    expect(told).to_contain_text(string("bot.ask_helped", "ti"), timeout=15_000)
    press(phone, string("button.helped_yes", "ti"))
    expect(told).to_contain_text(string("bot.helped_thanks", "ti"), timeout=15_000)
    expect(told.locator(".staff")).to_have_count(4)


def test_the_desk_is_worked_by_keyboard_alone(browser: Browser, house: list[Service]) -> None:
    phone, desk = phone_of(browser, house[0], "fr"), desk_of(browser, house[0], "Noor", "infopunt")
    asks_for_a_person(phone, "fr")
    expect(desk.locator("#list button")).to_have_count(1, timeout=20_000)
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.locator("#take")).to_be_visible(timeout=10_000)
    desk.keyboard.press("t")
    expect(desk.locator("#canned-button")).to_be_visible(timeout=10_000)
    desk.keyboard.press("c")
    desk.keyboard.type("even lezen")
    desk.keyboard.press("Escape")
    desk.keyboard.press("c")
    desk.locator("#canned-search").fill("collega")
    expect(desk.locator("#canned-hits button").first).to_be_visible(timeout=10_000)
    desk.keyboard.press("Enter")
    expect(phone.locator("#messages .staff")).to_have_count(1, timeout=15_000)
    desk.keyboard.press("x")
    expect(desk.locator("#end-dialog")).to_be_visible()
    desk.locator("#end-form button").press("Enter")
    expect(phone.locator("#messages")).to_contain_text(string("bot.ask_helped", "fr"), timeout=15_000)


@pytest.mark.parametrize(("viewport", "scheme"), [(SCREEN, "light"), (SCREEN, "dark"), (PHONE, "dark")])
def test_the_desk_has_no_serious_fault_of_accessibility(
    browser: Browser, service: Service, viewport: dict[str, int], scheme: str
) -> None:
    phone = phone_of(browser, service, "fr")
    asks_for_a_person(phone, "fr")
    context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    name = f"Staff{viewport['width']}{scheme}"
    cookie = {"name": COOKIE, "value": hired(service, name, "infopunt", "fr"), "url": f"{service.url}/desk"}
    context.add_cookies([cookie])  # type: ignore[list-item]
    desk = context.new_page()
    desk.goto(f"{service.url}/desk/conversations")
    assert accessible(desk) == []
    desk.locator("#list button").first.click()
    desk.locator("#take").click()
    expect(desk.locator("#canned-button")).to_be_visible(timeout=10_000)
    assert accessible(desk) == []
    for opener in ("#canned-button", "#pages-button", "#pass-on", "#note-button", "#end"):
        desk.locator(opener).click()
        expect(desk.locator("dialog[open]")).to_be_visible()
        assert accessible(desk) == []
        desk.keyboard.press("Escape")
    assert desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    desk.locator("#end").click()
    desk.locator("#end-form button").click()


@pytest.fixture
def waiting(service: Service) -> Iterator[list[Chat]]:
    """Two who wait in Gent; erased in the end."""
    chats = [Chat(service.url, code) for code in ("fr", "en")]
    for chat in chats:
        for step in ("person", "yes", "town:Gent"):
            chat.say(button=step)
    yield chats
    for chat in chats:
        erase(chat)


def erase(chat: Chat) -> None:
    chat.http.delete(chat.path, headers=chat.headers)


def opens(desk: Page, chat: Chat) -> None:
    desk.locator(f"#list [data-id='{chat.id}']").click(timeout=20_000)
    expect(desk.locator(f"#list [data-id='{chat.id}']")).to_have_attribute("aria-current", "true", timeout=10_000)


def test_what_is_being_written_to_one_person_never_stands_before_another(
    browser: Browser, service: Service, waiting: list[Chat]
) -> None:
    desk = desk_of(browser, service, "Drafter", "infopunt")
    for chat in waiting:
        opens(desk, chat)
        desk.locator("#take").click()
        expect(desk.locator("#words")).to_be_visible(timeout=10_000)
    first, second = waiting
    opens(desk, first)
    desk.locator("#words").fill("votre avocat a appelé")
    desk.locator("#written-in").select_option("fr")
    opens(desk, second)
    expect(desk.locator("#words")).to_have_value("")
    expect(desk.locator("#written-in")).to_have_value("nl")
    opens(desk, first)
    expect(desk.locator("#words")).to_have_value("votre avocat a appelé")


def test_of_what_a_person_erases_nothing_stays_on_the_page_of_who_holds_it(
    browser: Browser, service: Service, waiting: list[Chat]
) -> None:
    desk = desk_of(browser, service, "Holder", "infopunt")
    opens(desk, waiting[0])
    desk.locator("#take").click()
    waiting[0].post(text="je dors à la gare du nord")
    expect(desk.locator("#log")).to_contain_text("gare du nord", timeout=10_000)
    erase(waiting[0])
    expect(desk.locator("#announcer")).to_have_text(text("desk.gone", "nl"), timeout=10_000)
    expect(desk.locator("#conversation")).to_be_hidden()
    assert "gare du nord" not in desk.content()


def test_danger_in_a_conversation_of_the_bot_is_told_aloud(browser: Browser, service: Service) -> None:
    desk, chat = desk_of(browser, service, "Listener", "infopunt"), Chat(service.url, "en")
    expect(desk.locator("#count")).not_to_be_empty()
    chat.say("i want to end my life")
    expect(desk.locator("#announcer")).to_have_text(text("desk.new_waiting", "nl", language="English"), timeout=10_000)
    expect(desk.locator("#list button").first).to_have_attribute("data-id", chat.id)
    erase(chat)


def test_words_that_were_refused_stand_where_they_were_written_and_who_has_it_now_is_said(
    browser: Browser, service: Service, waiting: list[Chat]
) -> None:
    slow, quick = (desk_of(browser, service, name, "infopunt") for name in ("Slow", "Quick"))
    opens(slow, waiting[0])
    slow.locator("#take").click()
    slow.locator("#words").fill("un moment")
    opens(quick, waiting[0])
    # Quick takes it from the one they see it with: before, there is nothing to take it from.
    expect(quick.locator("#state")).to_contain_text("Slow")
    quick.locator("#take").click()
    expect(slow.locator("#announcer")).to_have_text(text("desk.error.held", "nl"), timeout=10_000)
    expect(slow.locator("#state")).to_contain_text("Quick")
    expect(slow.locator("#send-box")).to_be_hidden()
    expect(slow.locator("#words")).to_have_value("un moment")


def test_the_texts_of_the_desk_exist_in_its_three_languages() -> None:
    for key in ("desk.title", "desk.take", "desk.refused.not_safe"):
        assert len({text(key, code, language="", name="") for code in ("nl", "fr", "en")}) == 3
