"""The guides for staff: what they name is on the screen, and what they show is there."""

import re
from functools import cache
from pathlib import Path

import pytest

from admin.texts import INTERFACES, text, texts
from knowledge.trial.comparing import LIMITS
from wegwijs.settings import PROJECT

DOCS = PROJECT / "docs"
GUIDES = ("desk", "editors")
FILLED_IN = r"{\w+}"
QUOTED = {"nl": r'"([^"]+)"', "fr": r"«\s([^»]+?)\s»", "en": r'"([^"]+)"'}
"""What stands between quotation marks is a name on the screen, as it is written there."""
PICTURES = r"!\[[^\]]+\]\(([^)]+)\)"
MOST_WORDS = 1_300
"""So many words, with the pictures in two rows, fill two printed pages."""


@cache
def on_the_screen(interface: str) -> re.Pattern[str]:
    """Any text of the pages of staff that has words of its own, with anything where something is filled in."""
    parts = (re.split(FILLED_IN, row[interface]) for row in texts().values())
    written = (".+".join(map(re.escape, some)) for some in parts if any(map(str.isalpha, "".join(some))))
    return re.compile("|".join(written))


def guide(room: str, interface: str) -> str:
    return (DOCS / room / f"{interface}.md").read_text(encoding="utf-8")


def named(room: str, interface: str) -> list[str]:
    """What a guide quotes, each on one line."""
    return [" ".join(each.split()) for each in re.findall(QUOTED[interface], guide(room, interface))]


@pytest.mark.parametrize("room", GUIDES)
@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_guide_names_is_written_so_on_the_screen(room: str, interface: str) -> None:
    names = named(room, interface)
    assert names
    assert [each for each in names if not on_the_screen(interface).fullmatch(each)] == []


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_guide_for_editors_names_every_place_of_their_room(interface: str) -> None:
    places = {row[interface] for key, row in texts().items() if key.startswith("package.menu.")}
    assert places - set(named("editors", interface)) == set()


@pytest.mark.parametrize("room", GUIDES)
def test_the_three_guides_show_the_same_pictures_and_every_picture_is_shown(room: str) -> None:
    shown = {code: re.findall(PICTURES, guide(room, code)) for code in INTERFACES}
    assert shown["nl"] == shown["fr"] == shown["en"]
    taken = {path.relative_to(DOCS / room) for path in (DOCS / room).rglob("*.png")}
    assert {Path(each) for each in shown["nl"]} == taken


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_guide_for_editors_stays_two_pages(interface: str) -> None:
    assert len(guide("editors", interface).split()) <= MOST_WORDS


def test_the_limits_of_a_trial_are_written_as_they_are() -> None:
    written = (DOCS / "editing.md").read_text(encoding="utf-8")
    for name, limit in LIMITS.items():
        assert f"| {text(f'trial.figure.{name}', 'en')} | {limit.overall:g} | {limit.in_one:g} |" in written
