"""What the pages of staff say: every row in Dutch, French and English, with the same names to fill in."""

import re

import pytest

from admin.tables import Role
from admin.texts import INTERFACES, UnknownText, interface_asked_for, text, texts
from admin.web.pages import FOLDER, PLACES
from bot.teams import Team


def test_every_row_is_written_in_the_three_languages_with_the_same_names() -> None:
    for key, row in texts().items():
        assert set(row) == set(INTERFACES), key
        assert all(isinstance(each, str) and each.strip() for each in row.values()), key
        assert len({frozenset(re.findall(r"{(\w+)}", each)) for each in row.values()}) == 1, key


def test_every_text_a_page_asks_for_is_there() -> None:
    asked = {place.title for place in PLACES} | {f"role.{role}" for role in Role} | {f"team.{team}" for team in Team}
    for path in [*FOLDER.glob("templates/*.html"), *FOLDER.glob("*.py")]:
        source = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""\bt\(["']([a-z_.]+)["'][,)]""", source))
        asked |= set(re.findall(r"\"((?:staff|sign_in|accept|refused|account)\.(?!html)[a-z_]+)\"", source))
    assert asked - texts().keys() == set()


def test_a_missing_text_is_an_error_and_names_are_filled_in() -> None:
    assert text("accept.welcome", "nl", name="Noor") == "Welkom, Noor"
    for key, interface in (("nothing.here", "nl"), ("accept.welcome", "de")):
        with pytest.raises(UnknownText):
            text(key, interface, name="Noor")


@pytest.mark.parametrize(("asked", "given"), [("nl-BE", "nl"), ("de,fr;q=0.8", "fr"), (None, "en"), ("zz", "en")])
def test_the_browser_chooses_before_anybody_signs_in(asked: str | None, given: str) -> None:
    assert interface_asked_for(asked) == given
