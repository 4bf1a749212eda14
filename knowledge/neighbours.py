"""How near a message is to each label's samples, in five ways: three by meaning, two by letters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.encoder import Vectors
from knowledge.letters import Letters, count_letters
from knowledge.meaning import Meaning, unit
from knowledge.nearest import Scores

__all__ = ["Centre", "Neighbours", "Scores", "count_letters"]


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
    """The samples of all labels, to be asked which labels lie near a message."""

    def __init__(
        self,
        *,
        vectors: Vectors,
        texts: Sequence[str],
        languages: Sequence[str],
        labels: Sequence[str],
    ) -> None:
        """`vectors` as the encoder makes them, shape (n, dimension); one text, language and label each."""
        self.labels = sorted(set(labels))
        number_of = {label: number for number, label in enumerate(self.labels)}
        label_of = np.array([number_of[label] for label in labels])
        self._centre = Centre.of(vectors, languages)
        self._meaning = Meaning(self._centre.apply(vectors, languages), label_of=label_of, labels=len(self.labels))
        self._letters = Letters(texts, languages=languages, label_of=label_of, labels=len(self.labels))

    def scores(self, vectors: Vectors, texts: Sequence[str], languages: Sequence[str | None]) -> Scores:
        """How near each message is to each label; shape (messages, labels, 5): three of `Meaning`, two of `Letters`."""
        centred = self._centre.apply(vectors, languages)
        return np.concatenate([self._meaning.scores(centred), self._letters.scores(texts, languages)], axis=2)

    def letter_scores(self, text: str, language: str | None) -> Scores:
        """How near one text is to each label by its letters alone; shape (labels,)."""
        return np.asarray(self._letters.scores([text], [language])[0, :, 0])
