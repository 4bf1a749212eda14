"""The held-out messages: written apart from the package, never learned from."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from knowledge.evaluation.questions import read_questions
from knowledge.pages import Package
from knowledge.samples import load_utterances, samples
from knowledge.text import fold
from translations.languages import languages
from translations.ngrams import count_ngrams
from wegwijs.settings import PROJECT

HELD_OUT = PROJECT / "tests/held_out"
ENOUGH = {"information": 60, "off_topic": 15, "danger": 15, "person": 8, "smalltalk": 8}
TOO_NEAR = 0.85
"""Cosine of letter sequences from which on a line is taken for one of the package's own."""


def test_every_line_asks_for_topics_that_exist(package: Package) -> None:
    for question in read_questions(HELD_OUT):
        assert set(question.topics) <= set(package.topics), question
        assert bool(question.topics) is (question.kind == "information"), question


@pytest.mark.parametrize("code", list(languages()))
def test_every_language_has_enough_of_each_kind(code: str) -> None:
    kinds = Counter(question.kind for question in read_questions(HELD_OUT / f"{code}.jsonl"))
    assert not Counter(ENOUGH) - kinds


@pytest.mark.parametrize("code", list(languages()))
def test_no_line_is_learned_from(package: Package, code: str) -> None:
    held_out = [question.text for question in read_questions(HELD_OUT / f"{code}.jsonl")]
    learned = [sample.text for sample in samples(package, load_utterances()) if sample.language == code]
    assert not {fold(text) for text in held_out} & {fold(text) for text in learned}
    nearness = (_letters(held_out) @ _letters(learned).T).toarray()
    assert [held_out[row] for row in np.flatnonzero(nearness.max(axis=1) > TOO_NEAR)] == []


def _letters(texts: Sequence[str]) -> csr_matrix:
    folded = [fold(text) for text in texts]
    return csr_matrix(normalize(count_ngrams(folded, shortest=2, longest=5, columns=2**18)))
