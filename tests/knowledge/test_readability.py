"""Reading ease: the published formulas, on sentences counted by hand."""

import pytest

from knowledge.pages import Package
from knowledge.readability import reading_ease
from knowledge.wording import running_text


def test_the_formula_of_flesch_on_a_counted_sentence() -> None:
    # Four words, four syllables.
    assert reading_ease(["Keep this paper safe"], "en") == pytest.approx(206.835 - 1.015 * 4 - 84.6 * 5 / 4)


def test_every_turkish_vowel_is_a_syllable() -> None:
    # me-rha-ba: 3, na-sıl-sı-nız: 4
    assert reading_ease(["Merhaba nasılsınız"], "tr") == pytest.approx(198.825 - 2.61 * 2 - 40.175 * 7 / 2)


@pytest.mark.parametrize("code", ["ar", "fa", "ps", "so", "sq", "ti"])
def test_a_language_without_a_formula_gets_no_figure(code: str) -> None:
    assert reading_ease(["abc"], code) is None


def test_longer_sentences_and_words_are_harder() -> None:
    plain = reading_ease(["You get a bed", "You get food"], "en")
    hard = reading_ease(["Accommodation notwithstanding administrative impossibility is provided"], "en")
    assert plain is not None
    assert hard is not None
    assert plain > hard + 60


def test_facts_names_and_links_are_not_counted(package: Package) -> None:
    text = package.page("procedure/annex-26", "en").texts[None]
    read = " ".join(running_text(text))
    assert "fact" not in read
    assert "topic:" not in read
    assert "26" not in read
