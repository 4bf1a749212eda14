"""How near a message is to each label by its letters: the nearest samples, and what samples of its language vote.

Two kinds of letter sequences are counted: of words as they are written, and of their consonants alone, which are the
same in a script and in its romanised forms. What each part pays: docs/understanding.md.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

from knowledge.consonants import consonants
from knowledge.nearest import Scores, mean_of_nearest
from knowledge.text import fold
from translations.ngrams import count_ngrams

_FEATURES = 2**18
_COMMON = 1000
"""A letter sequence in more samples tells nothing: without them letters take a third of the time, and leave-one-out
stays where it was (recall at 1 and 3: 74.7 and 85.9 %)."""
_SEARCHED = 256
_ROWS_AT_ONCE = 64
_RIDGE = 1.5
"""How far a sample's own label is believed: 0.3 is 5 points worse, 4 the same."""


def count_letters(texts: Sequence[str]) -> csr_matrix:
    """How often each n-gram of 2 to 5 letters stands in each text, hashed; shape (texts, _FEATURES)."""
    return count_ngrams([fold(text) for text in texts], _letter_counter())


def count_consonants(texts: Sequence[str]) -> csr_matrix:
    """How often each n-gram of 3 to 5 consonants stands in each text, also across words; shape (texts, _FEATURES)."""
    return csr_matrix(_consonant_counter().transform([f" {consonants(text)} " for text in texts]))


@cache
def _letter_counter() -> Any:
    # Hashed n-grams: a vocabulary of them would take more memory than everything else.
    return HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), n_features=_FEATURES, alternate_sign=False, norm=None
    )


@cache
def _consonant_counter() -> Any:
    # In upper case is what has no letter of its own: S is sh.
    return HashingVectorizer(
        analyzer="char",
        ngram_range=(3, 5),
        n_features=_FEATURES,
        alternate_sign=False,
        norm=None,
        lowercase=False,
        dtype=np.float32,
    )


class Weighing:
    """TF-IDF with sublinear counts, rows of unit length; without the sequences that stand everywhere."""

    def __init__(self, counts: csr_matrix) -> None:
        """Learn from the counts of all samples how rare each sequence is."""
        frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log((1 + counts.shape[0]) / (1 + frequency)) + 1
        self._rarity = np.where((frequency > 1) & (frequency <= _COMMON), rarity, 0.0).astype(np.float32)

    def __call__(self, counts: csr_matrix) -> csr_matrix:
        """The weights of these counts; the same shape."""
        weights = (1 + np.log(counts.data)) * self._rarity[counts.indices]
        weighed = csr_matrix((weights, counts.indices.copy(), counts.indptr.copy()), shape=counts.shape)
        weighed.eliminate_zeros()
        return csr_matrix(normalize(weighed))


class Letters:
    """The letter sequences of all samples, and a kernel ridge regression on them in each language."""

    def __init__(
        self, texts: Sequence[str], *, languages: Sequence[str], label_of: npt.NDArray[np.int64], labels: int
    ) -> None:
        """Samples with their language and the number of their label, of so many `labels`."""
        counts = count_letters(texts), count_consonants(texts)
        self._weighings = [Weighing(count) for count in counts]
        self._label_of = label_of
        self._language_of = np.array(languages)
        self._labels = labels
        weighed = self._weighed(*counts)
        self._columns = weighed.T.tocsr()
        self._votes = np.zeros((len(texts), labels), dtype=np.float16)
        for code in np.unique(self._language_of):
            rows = np.flatnonzero(self._language_of == code)
            self._votes[rows] = _votes(weighed[rows], label_of[rows], labels)

    def scores(self, texts: Sequence[str], languages: Sequence[str | None]) -> Scores:
        """For each message and label the nearness of the nearest samples, and the votes; shape (messages, labels, 2).

        Where the language is None, samples of all languages vote.
        """
        rows = self._weighed(count_letters(texts), count_consonants(texts))
        scores = np.empty((len(texts), self._labels, 2), dtype=np.float32)
        for row, (similarity, samples) in enumerate(self._similar(rows)):
            top = np.argpartition(-similarity, _SEARCHED)[:_SEARCHED] if len(similarity) > _SEARCHED else slice(None)
            scores[row, :, 0] = mean_of_nearest(
                similarity[top], self._label_of[samples[top]], labels=self._labels, floor=0.0
            )
            code = languages[row]
            voting = slice(None) if code is None else self._language_of[samples] == code
            scores[row, :, 1] = similarity[voting] @ self._votes[samples[voting]].astype(np.float32)
        return scores

    def _weighed(self, *counts: csr_matrix) -> csr_matrix:
        both = [weighing(count) for weighing, count in zip(self._weighings, counts, strict=True)]
        return csr_matrix(hstack(both)) * np.float32(1 / np.sqrt(len(both)))

    def _similar(self, rows: csr_matrix) -> Iterator[tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]]:
        """For each row the samples that share a letter sequence with it: how near, and which."""
        for start in range(0, rows.shape[0], _ROWS_AT_ONCE):
            found = rows[start : start + _ROWS_AT_ONCE] @ self._columns
            for first, last in pairwise(found.indptr):
                yield found.data[first:last], found.indices[first:last]


def _votes(samples: csr_matrix, label_of: npt.NDArray[np.int64], labels: int) -> npt.NDArray[np.float32]:
    """What each sample votes for each label, times its nearness to a message; shape (samples, labels)."""
    # A sequence in one sample only brings no two samples nearer, and is left out of the product.
    shared = samples[:, np.bincount(samples.indices, minlength=samples.shape[1]) > 1]
    nearness = (shared @ shared.T).toarray()
    np.fill_diagonal(nearness, 1 + _RIDGE)
    truth = np.full((samples.shape[0], labels), -1 / labels, dtype=np.float32)
    truth[np.arange(len(label_of)), label_of] += 1
    return np.asarray(solve(nearness, truth, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False))
