"""A page by a real machine: words it knows are translated, facts and links come through to the letter."""

from dataclasses import replace

from admin.editing.drafts import draft_of
from admin.editing.machine_wording import machine_wording
from admin.editing.published import Publishing, publish
from admin.editing.segments import kept
from admin.tables import Role
from admin.texts import text
from knowledge.pages import Package, Page, Text
from knowledge.served import ServedPackage
from tests.admin.people import browser_of, make_staff, send
from translations.machine.translation import MachineTranslation
from wegwijs.app import make_app
from wegwijs.settings import settings
from wegwijs.storage import transaction


async def test_a_page_goes_through_the_machine_and_keeps_its_facts_and_links(
    machine: MachineTranslation, package: Package
) -> None:
    like = package.page("procedure/appeal", "en")
    details = "## Come tomorrow\n\n- Bring [papers.](topic:procedure/lawyer)\n- Come at {{ fact:call.address }} hours."
    source = Page(**{**vars(like), "title": "Come", "texts": {None: Text(short_answer="Come.", details=details)}})

    async def translate(text: str) -> str:
        return (await machine.translate(text, "en", "nl", preview=False)).text

    made = await machine_wording(source, "nl", translate)
    assert made.title == "Kom"
    assert made.texts[None].details == (
        "## Kom morgen\n\n- Breng [papieren.](topic:procedure/lawyer)\n- Kom om {{ fact:call.address }} uur."
    )
    whole = await machine_wording(like, "nl", translate)
    assert kept(whole.texts[None].short_answer) == kept(like.texts[None].short_answer)
    assert sorted(kept(whole.texts[None].details)) == sorted(kept(like.texts[None].details))


async def test_an_editor_has_the_machine_draft_a_page(
    in_database: None, machine: MachineTranslation, package: Package
) -> None:
    with transaction() as session:
        version = publish(session, package, Publishing(why="the files of the installation"))
    app = make_app(settings(), served=ServedPackage(package, number=version.number))
    app.state.editing = replace(app.state.editing, machine=machine)
    path = "/desk/package/translations/procedure/appeal/nl"
    async with browser_of(app, make_staff(Role.EDITOR)) as browser:
        assert text("translations.machine", "en") in (await browser.get(path)).text
        made = await send(browser, f"{path}/machine", revision="0")
        assert made.headers["location"] == f"{path}?done=drafted"
        assert text("translations.machine_warning", "en")[:60] in (await browser.get(path)).text
        again = await send(browser, f"{path}/machine", revision="0")
        assert (again.status_code, text("translations.changed_meanwhile", "en") in again.text) == (409, True)
    with transaction() as session:
        draft = draft_of(session, "procedure/appeal/nl.md")
        assert draft is not None
        assert draft.fields is not None
        assert (draft.fields["status"], draft.revision) == ("draft", 1)
        assert len(draft.fields["questions"]) == len(package.page("procedure/appeal", "nl").questions)
