"""Counting words and letter sequences: of many texts at once the same as of each by itself."""

from collections import Counter

import pytest

from translations.ngrams import count_ngrams, count_words

TEXTS = ["waar is mijn bed", "", "ናበይ ክኸይድ", "وين انام", "a", "na na na"]
COLUMNS = 2**20


def ngrams_by_hand(text: str, *, shortest: int, longest: int) -> Counter[str]:
    return Counter(
        padded[start : start + length]
        for word in text.split()
        for padded in [f" {word} "]
        for length in range(shortest, longest + 1)
        for start in range(len(padded) - length + 1)
    )


@pytest.mark.parametrize("text", [text for text in TEXTS if text])
def test_each_sequence_of_each_word_is_counted(text: str) -> None:
    counted = count_ngrams([text], shortest=2, longest=5, columns=COLUMNS)
    assert sorted(counted.data) == sorted(ngrams_by_hand(text, shortest=2, longest=5).values())


def test_a_text_counts_the_same_beside_others() -> None:
    together = count_ngrams(TEXTS, shortest=2, longest=5, columns=COLUMNS)
    for row, text in enumerate(TEXTS):
        alone = count_ngrams([text], shortest=2, longest=5, columns=COLUMNS)
        assert (together[row] != alone).nnz == 0


def test_sequences_go_across_words_only_when_asked_to() -> None:
    within = count_ngrams(["ab cd"], shortest=4, longest=4, columns=COLUMNS)
    across = count_ngrams(["ab cd"], shortest=4, longest=4, columns=COLUMNS, across_words=True)
    assert (within.sum(), across.sum()) == (2, 4)


def test_words_are_counted() -> None:
    counted = count_words(["na na ja", "ja"], columns=COLUMNS)
    assert sorted(counted[0].data) == [1, 2]
    assert counted[1].nnz == 1
    assert counted[1].indices[0] in counted[0].indices
