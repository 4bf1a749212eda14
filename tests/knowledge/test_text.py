"""Text cleaning: whatever a person sends, what comes out is short, visible and safe for the encoder."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import MAX_CHARACTERS, clean, fold

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=3000)
"""Every code point, lone surrogates included."""


@given(ANYTHING)
def test_cleaned_text_is_short_normal_and_can_be_stored(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= MAX_CHARACTERS
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not any(unicodedata.category(character) in {"Cs", "Co", "Cn"} for character in cleaned)
    assert "\x00" not in cleaned
    assert "\u202e" not in cleaned


@given(ANYTHING)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(st.text(alphabet="abc é ግ م\u200c\n", max_size=200))
def test_ordinary_text_keeps_its_letters(text: str) -> None:
    def letters(value: str) -> str:
        return "".join(unicodedata.normalize("NFKC", value).split())

    assert letters(clean(text)) == letters(text)


def test_the_character_that_overruns_the_encoder_is_taken_apart() -> None:
    assert "\ufdfa" not in clean("\ufdfa" * 10_000)


def test_persian_half_spaces_stay() -> None:
    assert clean("می‌توانید") == "می‌توانید"


@given(ANYTHING)
def test_folding_never_fails_and_is_stable(text: str) -> None:
    folded = fold(clean(text))
    assert fold(folded) == folded


def test_spelling_variants_fold_to_one() -> None:
    assert fold("أين أنام الليلة؟") == fold("اين انام الليله")
    assert fold("ፀሓይ") == fold("ጸሓይ")
    assert fold("Où dormir ?") == fold("ou dormir")
    assert fold("IŞIK") == fold("ışık")
