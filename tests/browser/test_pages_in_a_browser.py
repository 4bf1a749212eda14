"""Two editors in a real headless Chromium: by keyboard, in Arabic, on one page at once; nobody's text is lost."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from admin.texts import text
from admin.web.guards import COOKIE
from tests.browser.guide import shot
from tests.conftest import Service
from tests.hiring import hired_to_edit

pytestmark = pytest.mark.browser
ARABIC = "/desk/package/pages/procedure/lawyer/ar"
LAYOUTS = ({"width": 1440, "height": 900}, {"width": 360, "height": 740})
Editors = tuple[Page, Page]


@pytest.fixture(scope="module")
def tokens(service: Service) -> list[str]:
    """The sessions of two editors who read Dutch."""
    return [hired_to_edit(service, name, "editor", "nl") for name in ("Eva", "Emil")]


def signed_in(browser: Browser, service: Service, token: str) -> Page:
    context = browser.new_context(viewport=LAYOUTS[0])  # type: ignore[arg-type]
    context.add_cookies([{"name": COOKIE, "value": token, "url": f"{service.url}/desk"}])
    return context.new_page()


@pytest.fixture
def editors(browser: Browser, service: Service, tokens: list[str]) -> Iterator[Editors]:
    """Eva and Emil, each in a browser; what they leave of the page is thrown away."""
    eva, emil = (signed_in(browser, service, token) for token in tokens)
    yield eva, emil
    for page in (eva, emil):
        page.context.close()
    last = signed_in(browser, service, tokens[0])
    last.goto(f"{service.url}{ARABIC}")
    if last.locator("[value=discard]").count():
        last.locator("details:has([value=discard]) summary").click()
        last.locator("[value=discard]").click()
        expect(last.get_by_text(text("unit.done_discard", "nl"))).to_be_visible()
    last.context.close()


def say(key: str, **values: str | int) -> str:
    """A text as these editors read it."""
    return text(key, "nl", **values)


def finds_the_arabic_page(page: Page, service: Service) -> None:
    """From the matrix, with the keyboard alone."""
    page.goto(f"{service.url}/desk/package")
    page.get_by_label(say("matrix.search")).focus()
    page.keyboard.type("procedure lawyer")
    page.keyboard.press("Enter")
    cell = page.locator('a.cell[href$="procedure/lawyer/ar"]')
    expect(cell).to_have_accessible_name(f"{say('status.letter.draft')}: Arabisch, {say('status.draft')}")
    expect(page.locator("tbody tr")).not_to_have_count(142)
    cell.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{service.url}{ARABIC}")


def picks_a_fact(page: Page, key: str) -> None:
    """Typed into the details, behind what stands there."""
    page.locator("#f-details").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" {{")
    expect(page.locator("#picker")).to_be_visible()
    page.keyboard.type(key)
    expect(page.locator("#picker-hits li").first).to_contain_text(key)
    page.keyboard.press("Enter")
    expect(page.locator("#picker")).to_be_hidden()
    expect(page.locator("#f-details")).to_be_focused()


def test_a_page_is_found_changed_and_seen_by_keyboard_and_two_editors_lose_nothing(
    editors: Editors, service: Service
) -> None:
    eva, emil = editors
    finds_the_arabic_page(eva, service)
    expect(eva.locator("#f-details")).to_have_attribute("dir", "rtl")
    picks_a_fact(eva, "poison-centre.phone")
    assert eva.locator("#f-details").input_value().endswith(" {{ fact:poison-centre.phone }}")
    expect(eva.locator(".as-page [href^='tel:']").last).to_be_visible()
    expect(eva.locator("#problems .blocks")).to_contain_text("poison-centre.phone")
    emil.goto(f"{service.url}{ARABIC}")
    expect(emil.locator("#others")).to_have_text(say("unit.others", names="Eva"))
    expect(eva.locator("#saved")).to_contain_text(say("unit.saved_at", at="")[:10], timeout=10_000)
    expect(eva.locator("#others")).to_have_text(say("unit.others", names="Emil"), timeout=20_000)
    shot(eva, "editors/pictures/page.png")

    emil.reload()
    for page, title in ((eva, "عنوان إيفا"), (emil, "عنوان إميل")):
        page.locator("#f-title").fill(title)
        page.keyboard.press("Control+s")
    expect(eva.locator("#saved")).to_contain_text(say("unit.saved_at", at="")[:10], timeout=10_000)
    theirs = emil.locator("#conflict")
    expect(theirs).to_contain_text("عنوان إيفا", timeout=10_000)
    expect(theirs).to_contain_text(say("unit.theirs", name="Eva"))
    expect(emil.locator("#f-title")).to_have_value("عنوان إميل")
    theirs.get_by_role("button", name=say("unit.save_mine")).press("Enter")
    expect(theirs).to_be_empty()
    expect(emil.locator("#saved")).to_contain_text(say("unit.saved_at", at="")[:10], timeout=10_000)
    emil.reload()
    expect(emil.locator("#f-title")).to_have_value("عنوان إميل")
    emil.goto(f"{service.url}/desk/package?q=procedure+lawyer")
    expect(emil.locator('a.cell[href$="procedure/lawyer/ar"]')).to_contain_text("✎")
    shot(emil, "editors/pictures/matrix.png")


def test_too_much_at_once_is_said_and_stays_in_its_field(editors: Editors, service: Service) -> None:
    eva, _ = editors
    eva.goto(f"{service.url}{ARABIC}")
    eva.locator("#f-details").evaluate("(field) => { field.value = 'a'.repeat(1000000); }")
    eva.locator("#f-details").press("End")
    eva.keyboard.type("b")
    expect(eva.locator("#saved")).to_have_text(say("unit.too_big"), timeout=10_000)
    assert len(eva.locator("#f-details").input_value()) == 1_000_001
    eva.locator("#f-details").fill("<script>alert(1)</script>")
    problem = eva.locator("#problems .blocks a[href='#f-details']").first
    expect(problem).to_be_visible(timeout=10_000)
    problem.press("Enter")
    expect(eva.locator("#f-details")).to_be_focused()
    expect(eva.locator("#f-details")).to_have_attribute("aria-invalid", "true")
    expect(eva.locator("#saved")).to_contain_text(say("unit.saved_at", at="")[:10], timeout=10_000)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_room_is_accessible_and_fits(
    browser: Browser, service: Service, tokens: list[str], layout: dict[str, int], scheme: str
) -> None:
    context = browser.new_context(viewport=layout, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_cookies([{"name": COOKIE, "value": tokens[0], "url": f"{service.url}/desk"}])
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    for path in ("?theme=health", "/pages/procedure/appeal/ti", "/facts/infopunt.address", "/topics/procedure/appeal"):
        page.goto(f"{service.url}/desk/package{path}")
        assert [each["id"] for each in Axe().run(page).response["violations"]] == [], path
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), path
    page.goto(f"{service.url}/desk/package/pages/procedure/appeal/ti")
    page.locator("[data-pick=topics]").first.click()
    expect(page.locator("#picker-hits li").first).to_be_visible()
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    context.close()
    assert errors == []
