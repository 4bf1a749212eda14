"""The interface strings: complete in every language, and what they promise can be typed."""

import pytest

from knowledge.pages import Package
from knowledge.samples import KINDS, load_utterances
from translations.check import check_texts
from translations.interface import UnknownString, string, strings
from translations.languages import UnknownLanguage, language, languages


def test_every_language_has_every_string_with_its_names_and_facts(package: Package) -> None:
    assert check_texts(set(package.facts)) == []


def test_a_lost_name_or_an_unknown_fact_is_found() -> None:
    # Every fact a string names is unknown to an empty table.
    assert any("unknown fact" in problem for problem in check_texts(set()))


@pytest.mark.parametrize("code", list(languages()))
def test_every_language_has_utterances_of_every_kind(code: str) -> None:
    assert set(load_utterances()[code]) == set(KINDS)


def test_an_unknown_key_or_language_is_an_error() -> None:
    with pytest.raises(UnknownString):
        string("bot.no_such_string", "nl")
    with pytest.raises(UnknownLanguage):
        language("xx")


def test_names_are_filled_in() -> None:
    assert "woensdag" in string("bot.waiting_closed", "nl", day="woensdag", time="09:00")


def test_the_notice_says_what_the_law_asks_for() -> None:
    # EU AI Act, article 50: at first contact, that this is a computer. DESIGN promise 6: who runs it, what it keeps.
    for code in languages():
        assert "Fedasil" in strings(code)["bot.notice"]
        assert "{{ fact:this-chat.keep-days }}" in strings(code)["bot.notice"]
