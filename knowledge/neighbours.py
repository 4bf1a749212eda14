"""How near a message is to each label, in five ways: two by meaning, three by words and letters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.encoder import Vectors
from knowledge.letters import Counts, Letters
from knowledge.meaning import Meaning, MeaningBefore, unit
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


@dataclass(frozen=True, kw_only=True)
class NeighboursBefore:
    """What was learned of nearly the same texts, and stays or is gone on from."""

    centre: Centre
    meaning: MeaningBefore


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
        before: "NeighboursBefore | None" = None,
    ) -> None:
        """Texts with their language and the number of their label, of so many: the samples, then the pages.

        `vectors` are those of the samples, as the encoder makes them, shape (samples, dimension). With `before`,
        learned of nearly the same texts, only the texts that came or went change what is near to a message.
        """
        samples = len(vectors)
        self._centre = Centre.of(vectors, languages[:samples]) if before is None else before.centre
        centred = self._centre.apply(vectors, languages[:samples])
        of_meaning = before.meaning if before else None
        self._meaning = Meaning(centred, label_of=label_of[:samples], labels=labels, before=of_meaning)
        self._letters = Letters(counts, languages=languages, label_of=label_of, labels=labels, samples=samples)

    def before(self, columns: Sequence[int | None]) -> "NeighboursBefore":
        """What other texts go on from; for each of their labels its number here, or None."""
        return NeighboursBefore(centre=self._centre, meaning=self._meaning.before(columns))

    def scores(
        self,
        vectors: Vectors,
        counts: Counts,
        languages: Sequence[str | None],
        *,
        without: Sequence[int | None] = (),
    ) -> Scores:
        """How near each message is to each label; shape (messages, labels, 5): two of `Meaning`, three of `Letters`.

        `without` names for each message the sample that it is itself: it is not among its own nearest.
        """
        centred = self._centre.apply(vectors, languages)
        by_meaning = self._meaning.scores(centred, without=without)
        return np.concatenate([by_meaning, self._letters.scores(counts, languages, without=without)], axis=2)

    def nearest(
        self, vectors: Vectors, counts: Counts, languages: Sequence[str | None], *, count: int
    ) -> npt.NDArray[np.int64]:
        """The numbers of the so many samples nearest to each text by meaning, and of as many by letters.

        The shape is (texts, 2, count), the nearest first.
        """
        by_meaning = self._meaning.nearest(self._centre.apply(vectors, languages), count)
        likenesses = (self._letters.likeness(counts, row) for row in range(len(languages)))
        by_letters = [np.argsort(-likeness, kind="stable")[:count] for likeness in likenesses]
        return np.stack([by_meaning, np.stack(by_letters)], axis=1)

    def centred(self, vectors: Vectors, languages: Sequence[str | None]) -> Vectors:
        """What vectors mean without the language they are written in; of unit length."""
        return self._centre.apply(vectors, languages)

    def letter_scores(self, counts: Counts) -> Scores:
        """How near one message is to each label by its letters alone; shape (labels,)."""
        return self._letters.nearest(counts)
