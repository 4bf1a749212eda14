"""BM25: how much the terms of a message tell of all that is written on a topic in one language."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from knowledge.postings import Postings, Terms, Weights

_SATURATION = 1.2
_LENGTH_COUNTS = 0.5
_SCALE = 20.0
"""Divides the sums, so that they weigh like the other scores."""


class BM25:
    """Of each language one index, in which a label is a document: its samples, and for a topic its page."""

    def __init__(
        self, counts: csr_matrix, *, languages: Sequence[str], label_of: npt.NDArray[np.int64], labels: int
    ) -> None:
        """How often each term stands in each text, shape (texts, terms); the language and label number of each."""
        codes = np.array(languages)
        self._labels = labels
        self._of_language = {
            str(code): Postings(_weights(_by_label(counts[codes == code], label_of[codes == code], labels)))
            for code in np.unique(codes)
        }

    def scores(self, terms: Terms, language: str | None) -> Weights:
        """How much these terms tell of each label, in this language or the one that fits best; shape (labels,)."""
        once = np.full(len(terms), 1 / _SCALE, dtype=np.float32)
        asked = [self._of_language[language]] if language in self._of_language else self._of_language.values()
        found: Weights = np.max([postings.sums(terms, once) for postings in asked], axis=0)
        return found


def _by_label(counts: csr_matrix, label_of: npt.NDArray[np.int64], labels: int) -> csr_matrix:
    rows = np.arange(len(label_of))
    belongs = csr_matrix((np.ones(len(rows), dtype=np.float32), (label_of, rows)), shape=(labels, len(rows)))
    return csr_matrix(belongs @ counts)


def _weights(counts: csr_matrix) -> csr_matrix:
    """The BM25 weight of each term in each document; the same shape as `counts`."""
    documents = counts.shape[0]
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
    of_length = 1 - _LENGTH_COUNTS + _LENGTH_COUNTS * lengths / lengths.mean()
    saturated = (
        counts.data * (_SATURATION + 1) / (counts.data + _SATURATION * np.repeat(of_length, np.diff(counts.indptr)))
    )
    weights = (rarity[counts.indices] * saturated).astype(np.float32)
    return csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)
