"""An inverted index: which items hold a term, and how much it weighs in each."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Weights = npt.NDArray[np.float32]
Terms = npt.NDArray[np.int64]


class Postings:
    """Made for one short message at a time: only what its terms point to is read, and a posting takes four bytes."""

    def __init__(self, weights: csr_matrix) -> None:
        """The weight of each term in each item; shape (items, terms)."""
        by_term = weights.T.tocsr()
        held = np.flatnonzero(np.diff(by_term.indptr))
        self._count = weights.shape[0]
        self._terms = held.astype(np.int32)
        self._starts = by_term.indptr[np.append(held, -1)].astype(np.int32)
        self._items = by_term.indices.astype(np.min_scalar_type(self._count))
        self._weights = by_term.data.astype(np.float16)

    def sums(self, terms: Terms, weights: Weights) -> Weights:
        """For each item the weights of these terms in it, times the weight of each; shape (items,)."""
        place = np.searchsorted(self._terms, terms)
        known = place < len(self._terms)
        known[known] = self._terms[place[known]] == terms[known]
        starts, ends = self._starts[place[known]], self._starts[place[known] + 1]
        lengths = ends - starts
        entries = np.arange(lengths.sum()) + np.repeat(ends - np.cumsum(lengths), lengths)
        products = self._weights[entries] * np.repeat(weights[known], lengths)
        sums = np.bincount(self._items[entries], weights=products, minlength=self._count)
        return np.asarray(sums, dtype=np.float32)
