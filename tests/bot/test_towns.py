"""Which town a person means, and what is not a town."""

import pytest

from bot.towns import known_town, offered_towns, town_as_written


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("bxl", "Brussel"),
        ("I am in Bruxelles", "Brussel"),
        ("غنت", "Gent"),
        ("Anvers", "Antwerpen"),
        ("la louviere", "La Louvière"),
    ],
)
def test_a_town_is_known_however_it_is_written(text: str, town: str) -> None:
    assert known_town(text) == town


def test_a_town_we_do_not_know_is_kept_as_written() -> None:
    assert known_town("Hoogstraten") is None
    assert town_as_written(" Hoogstraten ") == "Hoogstraten"


@pytest.mark.parametrize("text", ["", "Kerkstraat 12", "i do not understand this question at all", "x" * 61])
def test_an_address_or_a_story_is_no_town(text: str) -> None:
    assert town_as_written(text) is None


def test_the_offered_towns_are_known() -> None:
    assert [known_town(town) for town in offered_towns()] == offered_towns()
