"""What somebody who waits for a person is told: who, which place, when, and nothing that nobody has published."""

from datetime import UTC, datetime

import pytest

from bot.replies import Rendered, Renderer, Reply
from bot.teams import Team, team_name
from knowledge.pages import Package
from knowledge.rendering import interface_plain
from translations.interface import string
from translations.languages import languages

CODES = list(languages())
SUNDAY = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
MONDAY_AT_TEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ARMISTICE_DAY = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)


def waiting(package: Package, code: str = "en", *, moment: datetime = MONDAY_AT_TEN, **parameters: str) -> Rendered:
    return Renderer(package=package).render(Reply("waiting", parameters), language=code, moment=moment)


@pytest.mark.parametrize("team", list(Team))
@pytest.mark.parametrize("code", CODES)
def test_who_waits_is_told_which_team_and_which_place(package: Package, code: str, team: Team) -> None:
    told = waiting(package, code, team=team, place="4")
    assert told.text.startswith(string("bot.waiting", code))
    assert string("bot.waiting_team", code, team=team_name(team, code)) in told.text
    assert string("bot.waiting_place", code, place="4") in told.text
    assert interface_plain("bot.waiting_meanwhile", code=code, facts=package.facts) in told.text
    assert [button.payload for button in told.buttons] == ["stop_waiting"]
    assert "{" not in told.text


def test_the_first_in_the_queue_is_told_so(package: Package) -> None:
    assert string("bot.waiting_next", "fr") in waiting(package, "fr", place="1").text


def test_in_danger_the_emergency_number_comes_before_the_queue(package: Package) -> None:
    text = waiting(package, danger="violence", place="1").text
    assert text.index("112") < text.index(string("bot.waiting_next", "en"))
    assert string("bot.waiting_danger", "en").split(".")[0] not in waiting(package, place="1").text


@pytest.mark.parametrize("code", CODES)
def test_outside_opening_hours_the_day_and_the_time_are_promised(package: Package, code: str) -> None:
    text = waiting(package, code, moment=SUNDAY).text
    assert package.facts["infopunt.hours"].text(code) in text
    assert "09:00" in text.split(package.facts["infopunt.hours"].text(code))[1]
    assert str(package.facts["infopunt.address"].value) in text


@pytest.mark.parametrize(
    ("team", "moment", "promise"),
    [
        ("infopunt", MONDAY_AT_TEN, "It is open now."),
        ("infopunt", SUNDAY, "It is closed now. It opens again on Monday at 09:00."),
        ("infopunt", ARMISTICE_DAY, "It is closed now. It opens again on Thursday at 09:00."),
        ("return", datetime(2026, 11, 23, 11, 45, tzinfo=UTC), "It is closed now. It opens again on Monday at 13:30."),
        ("return", datetime(2026, 11, 23, 14, 0, tzinfo=UTC), "It is open now."),
    ],
)
def test_the_hours_are_those_of_the_team_in_brussels(
    package: Package, team: str, moment: datetime, promise: str
) -> None:
    assert promise in waiting(package, moment=moment, team=team).text


@pytest.mark.parametrize("team", ["reach-out", "medical"])
def test_of_a_team_whose_hours_are_not_known_none_are_promised(package: Package, team: str) -> None:
    text = waiting(package, team=team).text
    assert string("bot.waiting_no_hours", "en") in text
    assert "open" not in text


@pytest.mark.parametrize("code", CODES)
def test_who_takes_over_is_said_by_first_name(package: Package, code: str) -> None:
    told = Renderer(package=package).render(Reply("taken_over", {"name": "Ana"}), language=code, moment=SUNDAY)
    assert "Ana" in told.text
    assert "{" not in told.text + told.html


@pytest.mark.parametrize("code", CODES)
def test_another_team_is_said_by_its_name(package: Package, code: str) -> None:
    told = Renderer(package=package).render(Reply("passed_on", {"team": "reach-out"}), language=code, moment=SUNDAY)
    assert team_name("reach-out", code) in told.text


def test_a_name_is_text_whatever_stands_in_it(package: Package) -> None:
    named = Reply("taken_over", {"name": "*Ana* [x](topic:a/b) {{ fact:none }} <b>"})
    told = Renderer(package=package).render(named, language="en", moment=SUNDAY)
    assert "<a" not in told.html
    assert "<em" not in told.html
    assert told.html == f"<p>{told.text}</p>"


def test_a_latin_name_keeps_its_direction_in_arabic(package: Package) -> None:
    told = Renderer(package=package).render(Reply("taken_over", {"name": "Ana"}), language="ar", moment=SUNDAY)
    assert "\u2068Ana\u2069" in told.text


def test_whether_it_helped_is_asked_with_two_buttons(package: Package) -> None:
    asked = Renderer(package=package).render(Reply("ask_helped"), language="nl", moment=SUNDAY)
    assert [button.payload for button in asked.buttons] == ["helped:yes", "helped:no"]


@pytest.mark.parametrize("key", ["page_needs_person", "helped_no_thanks", "failed"])
def test_where_a_person_is_offered_one_tap_asks_for_them(package: Package, key: str) -> None:
    offered = Renderer(package=package).render(Reply(key), language="so", moment=SUNDAY)
    assert [button.payload for button in offered.buttons] == ["person"]
