"""How near a message is to each label by its words and letters: the nearest samples, and BM25.

Two kinds of terms are counted: words with their sequences of four letters, and sequences of consonants, which are the
same in a script and in its romanised forms. What each part pays: docs/understanding.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from knowledge.bm25 import BM25
from knowledge.consonants import consonants_of_folded
from knowledge.nearest import Scores, mean_of_nearest
from knowledge.postings import Postings, Terms, Weights
from knowledge.text import fold
from translations.ngrams import count_ngrams, count_words

_TERMS = 2**20
_COMMON = 300
"""A term in more samples is left out where samples are compared: with 1,000 that is no better, and takes three times as
long."""
_SEARCHED = 256


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How often each term stands in each text: of both kinds, of shape (texts, _TERMS)."""

    letters: csr_matrix
    consonants: csr_matrix

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Counts":
        """The counts of these texts."""
        folded = [fold(text) for text in texts]
        words = count_words(folded, columns=_TERMS)
        return cls(
            letters=csr_matrix(words + count_ngrams(folded, shortest=4, longest=4, columns=_TERMS)),
            consonants=count_ngrams(
                [consonants_of_folded(each) for each in folded],
                shortest=3,
                longest=4,
                columns=_TERMS,
                across_words=True,
            ),
        )

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> "Counts":
        return Counts(letters=self.letters[rows], consonants=self.consonants[rows])


class Likeness:
    """How alike a message is to each sample: the cosine of rare terms (TF-IDF with sublinear counts)."""

    def __init__(self, counts: csr_matrix) -> None:
        """How often each term stands in each sample; shape (samples, terms)."""
        samples = counts.shape[0]
        frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log((1 + samples) / (1 + frequency)) + 1
        self._rarity = np.where((frequency > 1) & (frequency <= _COMMON), rarity, 0.0).astype(np.float16)
        rows = np.repeat(np.arange(samples), np.diff(counts.indptr))
        weights = self._weights(counts.indices, counts.data)
        lengths = np.sqrt(np.bincount(rows, weights=weights**2, minlength=samples)).astype(np.float32)
        weighed = csr_matrix((weights / np.maximum(lengths, 1e-9)[rows], counts.indices, counts.indptr), counts.shape)
        weighed.eliminate_zeros()
        self._postings = Postings(weighed)

    def __call__(self, terms: Terms, counts: Weights) -> Weights:
        """The likeness of each sample to a message with these terms, so often each; shape (samples,)."""
        weights = self._weights(terms, counts)
        return self._postings.sums(terms, weights / np.maximum(np.linalg.norm(weights), np.float32(1e-9)))

    def _weights(self, terms: Terms, counts: Weights) -> Weights:
        weights: Weights = (1 + np.log(counts)) * self._rarity[terms].astype(np.float32)
        return weights


class Letters:
    """The terms of all samples, and of each topic's page in each language."""

    def __init__(
        self,
        counts: Counts,
        *,
        languages: Sequence[str],
        label_of: npt.NDArray[np.int64],
        labels: int,
        samples: int,
    ) -> None:
        """Texts, the first so many of them `samples`, with their language and the number of their label."""
        self._labels = labels
        self._label_of = label_of[:samples]
        self._likeness_of_letters, self._likeness_of_consonants = (
            Likeness(count[:samples]) for count in (counts.letters, counts.consonants)
        )
        self._of_letters, self._of_consonants = (
            BM25(count, languages=languages, label_of=label_of, labels=labels)
            for count in (counts.letters, counts.consonants)
        )

    def scores(self, counts: Counts, languages: Sequence[str | None], *, without: Sequence[int | None] = ()) -> Scores:
        """For each message and label the nearness of the nearest samples, and two BM25; shape (messages, labels, 3).

        `without` names for each message a sample that is left out of the nearest, the message itself.
        """
        left_out = without or [None] * len(languages)
        rows = enumerate(zip(languages, left_out, strict=True))
        return np.stack([self._scores(counts, row, language, sample) for row, (language, sample) in rows])

    def likeness(self, counts: Counts, row: int = 0) -> Weights:
        """How like one message is to each sample; shape (samples,)."""
        by_letters = self._likeness_of_letters(*_of_row(counts.letters, row))
        return (by_letters + self._likeness_of_consonants(*_of_row(counts.consonants, row))) / np.float32(2)

    def nearest(self, counts: Counts, row: int = 0, *, without: int | None = None) -> Scores:
        """How near one message is to each label by its nearest samples, but for one; shape (labels,)."""
        similarity = self.likeness(counts, row)
        if without is not None:
            similarity[without] = 0
        found = np.flatnonzero(similarity)
        if len(found) > _SEARCHED:
            found = found[np.argpartition(-similarity[found], _SEARCHED)[:_SEARCHED]]
        return mean_of_nearest(similarity[found], self._label_of[found], labels=self._labels, floor=0.0)

    def _scores(self, counts: Counts, row: int, language: str | None, without: int | None) -> Scores:
        by_letters = self._of_letters.scores(_of_row(counts.letters, row)[0], language)
        by_consonants = self._of_consonants.scores(_of_row(counts.consonants, row)[0], language)
        return np.stack([self.nearest(counts, row, without=without), by_letters, by_consonants], axis=1)


def _of_row(counts: csr_matrix, row: int) -> tuple[Terms, Weights]:
    """The terms of one text, and how often each stands there."""
    held = slice(counts.indptr[row], counts.indptr[row + 1])
    return counts.indices[held], counts.data[held]
