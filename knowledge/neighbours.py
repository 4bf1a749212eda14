"""How near a message is to each label, in five ways: two by meaning, three by words and letters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.encoder import Vectors
from knowledge.letters import Counts, Letters
from knowledge.meaning import Meaning, unit
from knowledge.nearest import Scores


@dataclass(frozen=True, kw_only=True)
class Centre:
    """The mean vector of each language: subtracting it leaves what a message means, not what it is written in."""

    by_language: dict[str, Vectors]
    overall: Vectors

    @classmethod
    def of(cls, vectors: Vectors, samples_languages: Sequence[str]) -> "Centre":
        """The means of these vectors; shape (n, dimension)."""
        codes = np.array(samples_languages)
        means = {str(code): vectors[codes == code].mean(axis=0) for code in np.unique(codes)}
        return cls(by_language=means, overall=vectors.mean(axis=0))

    def apply(self, vectors: Vectors, codes: Sequence[str | None]) -> Vectors:
        """The vectors without their language, of unit length."""
        means = np.stack([self.by_language.get(code or "", self.overall) for code in codes])
        return unit(vectors - means)


class Neighbours:
    """The samples and pages of all labels, to be asked which labels lie near a message."""

    def __init__(
        self,
        *,
        vectors: Vectors,
        counts: Counts,
        languages: Sequence[str],
        label_of: npt.NDArray[np.int64],
        labels: int,
    ) -> None:
        """Texts with their language and the number of their label, of so many: the samples, then the pages.

        `vectors` are those of the samples, as the encoder makes them, shape (samples, dimension).
        """
        samples = len(vectors)
        self._centre = Centre.of(vectors, languages[:samples])
        centred = self._centre.apply(vectors, languages[:samples])
        self._meaning = Meaning(centred, label_of=label_of[:samples], labels=labels)
        self._letters = Letters(counts, languages=languages, label_of=label_of, labels=labels, samples=samples)

    def scores(self, vectors: Vectors, counts: Counts, languages: Sequence[str | None]) -> Scores:
        """How near each message is to each label; shape (messages, labels, 5): two of `Meaning`, three of `Letters`."""
        centred = self._centre.apply(vectors, languages)
        return np.concatenate([self._meaning.scores(centred), self._letters.scores(counts, languages)], axis=2)

    def letter_scores(self, counts: Counts) -> Scores:
        """How near one message is to each label by its letters alone; shape (labels,)."""
        return self._letters.nearest(counts)
