"""The consonants of a word are the same in its own script and as people romanise it."""

import pytest

from knowledge.consonants import consonants


@pytest.mark.parametrize(
    ("written", "romanised"),
    [
        ("وين المحامي", "wayn almu7ami"),
        ("شغل", "shoghl"),
        ("کجا بخوابم", "koja bekhabam"),
        ("ክሰርሕ ይኽእል", "kserih yikhel"),
        ("ኣበይ", "abey"),
    ],
)
def test_script_and_romanised_share_most_of_their_consonants(written: str, romanised: str) -> None:
    first, second = consonants(written), consonants(romanised)
    assert len(set(first.replace(" ", "")) ^ set(second.replace(" ", ""))) <= 2, (first, second)


@pytest.mark.parametrize(("text", "left"), [("", ""), ("a", "-"), ("112", "-"), ("shukran!", "Skrn"), ("ü", "-")])
def test_what_is_left_of_a_text(text: str, left: str) -> None:
    assert consonants(text) == left
