"""An editor proposes a changed address; a publisher follows the trial, reads what it found, publishes, and returns."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from admin.texts import text
from admin.web.guards import COOKIE
from tests.browser.guide import shot
from tests.conftest import Chat, Service, start_service, stop_service, wait_until
from tests.hiring import in_its_place

pytestmark = pytest.mark.browser
SCREEN: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
LIVE_SECONDS = 5.0
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
    for unit, title in (
        ("reception/infopunt/ar.md", "عنوان نقطة المعلومات الجديد"),
        ("reception/infopunt/ti.md", "ሓድሽ ኣድራሻ ናይ ሓበሬታ"),
    ):
        fields = fields_now(unit, draft=None, sources=package.sources)
        save_draft(session, unit, fields | {"title": title}, revision=0, by=int(sys.argv[1]), sources=package.sources)
"""


PETS = {
    "en": (
        "My dog or cat",
        "A dog needs a passport, a chip and vaccinations. Ask a vet. In most reception places animals are not allowed.",
        """dog
my cat has no vaccination
passport for a dog
can I bring my cat to the centre
who takes care of my dog when I am in a centre
chip for the dog
how much is a vet
animals in the reception place
my dog came with me from home
where do I leave my pet""",
    ),
    "nl": (
        "Mijn hond of kat",
        "Een hond heeft een paspoort, een chip en vaccins nodig. Vraag het aan een dierenarts.",
        """hond
mijn kat heeft geen vaccin
paspoort voor een hond
mag mijn kat mee naar het centrum
wie zorgt voor mijn hond als ik in een centrum zit
chip voor de hond
hoeveel kost een dierenarts
dieren in de opvang
mijn hond is van thuis meegekomen
waar laat ik mijn huisdier""",
    ),
    "fr": (
        "Mon chien ou mon chat",
        "Un chien a besoin d'un passeport, d'une puce et de vaccins. Demandez à un vétérinaire.",
        """chien
mon chat n'a pas de vaccin
passeport pour un chien
mon chat peut venir au centre
qui garde mon chien quand je suis au centre
la puce du chien
combien coûte un vétérinaire
animaux dans le centre d'accueil
mon chien est venu avec moi
où laisser mon animal""",
    ),
}
"""A page with its questions in three languages."""
ASKED = ("I have a little dog with me, is that allowed", "ik heb een kleine hond bij mij, mag dat")
"""Questions it answers that are none of its list."""


class People:
    """People who write all the time, each after the answer to what they wrote before."""

    QUESTIONS = ("where can i sleep tonight", "waar is het infopunt", "كيف أجد محامي", "ኣበይ ክድቅስ እኽእል")

    def __init__(self, service: Service, *, how_many: int = 3) -> None:
        self.answered = 0
        self._going = True
        self._pool = ThreadPoolExecutor(how_many)
        self._each = [self._pool.submit(self._write, Chat(service.url, "en"), number) for number in range(how_many)]

    def _write(self, chat: Chat, number: int) -> None:
        for turn in count(number):
            if not self._going:
                return
            assert chat.say(self.QUESTIONS[turn % len(self.QUESTIONS)], seconds=30)
            self.answered += 1
            time.sleep(0.1)

    def stop(self) -> int:
        """How many messages were answered; fails when one was lost."""
        self._going = False
        for each in self._each:
            each.result()
        self._pool.shutdown()
        return self.answered


@pytest.fixture
def service(tmp_path: Path, understander: object) -> Iterator[Service]:
    """A service of its own: what is published here is nobody else's."""
    started = start_service(tmp_path, WEGWIJS_MESSAGES_PER_MINUTE="100000", WEGWIJS_CONVERSATIONS_PER_MINUTE="100000")
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

    changes_the_address(eva, service)
    sees_the_new_address(pia, service)
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
    shot(pia.locator("#trial"), "editors/pictures/trial.png")
    expect(eva.get_by_text(say("proposals.own"))).to_be_visible()

    people, arab = People(service), Chat(service.url, "ar")
    assert "Héger-Bordetstraat 3" in asks_for_the_info_point(arab)
    press(pia, "proposals.publish")
    published_at = time.monotonic()
    expect(pia.get_by_text("Gepubliceerd door Pia")).to_be_visible()
    reader = browser.new_page()
    expect_page(reader, f"{service.url}/nl/reception/infopunt", "Nieuwe Graanmarkt 1")
    assert "Nieuwe Graanmarkt 1" in asks_for_the_info_point(arab)
    assert time.monotonic() - published_at < LIVE_SECONDS
    expect(reader.locator("footer")).to_contain_text("Versie 2 van de informatie")

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
    assert people.stop() > 20
    assert eva_errors == []
    assert pia_errors == []


def changes_the_address(editor: Page, service: Service) -> None:
    """Once, in the table of facts; what it touches is seen before."""
    editor.goto(f"{service.url}{ROOM}/facts/infopunt.address")
    editor.locator("#f-value").fill("Nieuwe Graanmarkt 1, 1000 Brussel")
    editor.locator("#f-source").fill("brief van de directie")
    expect(editor.locator("#look")).to_contain_text("Pagina's: 28. Talen: 14.")
    expect(editor.locator("#look")).to_contain_text("Nieuwe Graanmarkt 1")
    saves(editor)


def sees_the_new_address(colleague: Page, service: Service) -> None:
    """What one editor saved, every other goes on with."""
    colleague.goto(f"{service.url}{ROOM}/facts/infopunt.address")
    expect(colleague.locator("#f-value")).to_have_value("Nieuwe Graanmarkt 1, 1000 Brussel")
    shot(colleague, "editors/pictures/fact.png")


def saves(editor: Page) -> None:
    press(editor, "button.save")
    expect(editor.locator("#saved")).to_contain_text(say("unit.saved_at", at="")[:10])


def asks_for_the_info_point(chat: Chat) -> str:
    """What the bot says of it."""
    return str(chat.say(button="topic:reception/infopunt")[0]["text"])


def test_a_new_page_is_answered_only_once_it_is_published(browser: Browser, service: Service) -> None:
    eva_token, _ = in_its_place(service, _BEGIN, "els", "editor").split()
    pia_token, _ = in_its_place(service, _BEGIN, "pam", "publisher").split()
    eva, eva_errors = page_of(browser, service, eva_token, SCREEN)
    begins_the_pets(eva, service)
    for language, (_, short_answer, questions) in PETS.items():
        eva.goto(f"{service.url}{ROOM}/pages/future/pets/{language}")
        eva.locator("#f-short_answer").fill(short_answer)
        eva.locator("#f-questions").fill(questions)
        saves(eva)
    eva.goto(f"{service.url}{ROOM}/changes")
    eva.locator("[name=why]").fill("Mensen vragen naar hun hond.")
    press(eva, "changes.propose")
    expect(eva.get_by_role("progressbar")).to_be_visible()
    assert not answered_by_it(service)

    pia, _ = page_of(browser, service, pia_token, SCREEN)
    pia.goto(eva.url)
    expect(pia.locator("#trial-said")).to_have_text(say("trial.state.done"), timeout=TRIAL_MS)
    assert not answered_by_it(service)
    if pia.locator("[name=accepts_worse]").count():
        pia.locator("[name=accepts_worse]").check()
    press(pia, "proposals.publish")
    expect(pia.get_by_text("Gepubliceerd door Pam")).to_be_visible()
    wait_until(lambda: answered_by_it(service) == set(ASKED), seconds=LIVE_SECONDS)
    assert eva_errors == []


def begins_the_pets(editor: Page, service: Service) -> None:
    """Begin a topic in the three languages."""
    editor.goto(f"{service.url}{ROOM}/topics/new")
    editor.locator("[name=title]").fill("My dog or cat")
    editor.locator("[name=written_in]").select_option("en")
    editor.locator("[name=theme]").select_option("future")
    editor.locator("[name=slug]").fill("pets")
    editor.locator("[name=source]").fill("the vet")
    for language in PETS:
        editor.locator(f"[name=languages][value={language}]").check()
    press(editor, "topic.begin")
    for language, (title, _, _) in PETS.items():
        editor.goto(f"{service.url}{ROOM}/pages/future/pets/{language}")
        editor.locator("#f-title").fill(title)
        saves(editor)


def answered_by_it(service: Service) -> set[str]:
    """Which of the questions are answered by its page, or offered it."""
    return {each for each in ASKED if "future/pets" in topics_said(Chat(service.url, "en").say(each))}


def topics_said(replies: list[dict[str, object]]) -> set[str]:
    """The pages that replies are of, or offer."""
    pages = {str(reply["page"]).split("/", 2)[2] for reply in replies if reply.get("page")}
    offered = [button for reply in replies for button in reply["buttons"]]  # type: ignore[attr-defined]
    return pages | {button["payload"].removeprefix("topic:") for button in offered}


def expect_page(reader: Page, url: str, words: str) -> None:
    """Within 5 seconds a reader's page says this."""
    for _ in range(10):
        reader.goto(url)
        if words in reader.locator("main").inner_text():
            return
        reader.wait_for_timeout(500)
    raise AssertionError(f"{words} is not on {url}")
