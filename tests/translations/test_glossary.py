"""The glossary: complete in every language, and marked where a page first uses a word."""

import pytest

from knowledge.check_glossary import check_glossary
from knowledge.pages import Package
from translations.glossary import TermMarker, UnknownTerm, glossary, term, topics
from translations.languages import languages


def test_every_term_has_a_name_an_explanation_and_a_page_in_every_language(package: Package) -> None:
    assert [str(problem) for problem in check_glossary(package)] == []
    assert len(topics()) >= 118
    for code in languages():
        assert list(glossary(code)) == list(topics()), code


def test_an_unknown_term_is_an_error() -> None:
    with pytest.raises(UnknownTerm):
        term("code-208", "nl")


def test_only_the_first_use_on_a_page_is_marked() -> None:
    marker = TermMarker("en")
    first = [piece for piece, key in marker.split("Your annex 26 is a paper. Keep annex 26.") if key]
    later = [piece for piece, key in marker.split("Show the annex 26.") if key]
    assert (first, later) == (["annex 26"], [])
    assert marker.found == ["annex-26"]


def test_a_term_inside_a_longer_one_or_inside_a_word_is_not_marked() -> None:
    assert [key for _, key in TermMarker("en").split("an annex 26quater") if key] == ["annex-26quater"]
    assert [key for _, key in TermMarker("en").split("Fedasilian") if key] == []


def test_an_abbreviation_is_told_from_an_everyday_word_by_its_capitals() -> None:
    assert [key for _, key in TermMarker("nl").split("Het OCMW helpt.") if key] == ["ocmw"]
    assert [key for _, key in TermMarker("nl").split("het ocmw") if key] == []


@pytest.mark.parametrize("written", ["itiraz", "İtiraz", "İTİRAZ", "ITIRAZ"])
def test_a_turkish_word_is_found_in_capitals_with_and_without_a_dot(written: str) -> None:
    assert [key for _, key in TermMarker("tr").split(written) if key] == ["appeal"]


def test_a_language_without_a_glossary_yet_has_plain_pages() -> None:
    assert list(TermMarker("uk").split("code 207")) == [("code 207", None)]


def test_nothing_of_a_text_is_lost_by_marking() -> None:
    text = "Go to the town hall with annex 26, then to Fedasil."
    assert "".join(piece for piece, _ in TermMarker("en").split(text)) == text
