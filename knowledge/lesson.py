"""All that is learned from: the samples with their vectors, and the words and letters of samples and pages."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.classifier import is_topic
from knowledge.country import without_country
from knowledge.encoder import VectorCache, Vectors
from knowledge.letters import Counts
from knowledge.nearest import Scores
from knowledge.neighbours import Neighbours, NeighboursBefore
from knowledge.pages import Package
from knowledge.samples import Sample, Utterances, danger_of_kind, page_texts, samples

_ASKED = 90
"""Questions, cries for help and other lines of each half and language to calibrate on."""

Progress = Callable[[str, int, int], None]
"""Told the name of a step, and how much of it is done of how much."""
ENCODING, COUNTING = "encoding new texts", "counting words and letters"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """All that can be learned from: the samples with their vectors, and counts of the samples and then of the pages."""

    samples: Sequence[Sample]
    vectors: Vectors
    pages: Sequence[Sample]
    counts: Counts
    labels: Sequence[str]

    def neighbours(self, chosen: npt.NDArray[np.int64], *, before: NeighboursBefore | None = None) -> Neighbours:
        """What the chosen samples and all pages teach."""
        pages = np.arange(len(self.pages)) + len(self.samples)
        texts = [*(self.samples[number] for number in chosen), *self.pages]
        number_of = {label: number for number, label in enumerate(self.labels)}
        return Neighbours(
            vectors=self.vectors[chosen],
            counts=self.counts[np.concatenate([chosen, pages])],
            languages=[text.language for text in texts],
            label_of=np.array([number_of[text.label] for text in texts]),
            labels=len(self.labels),
            before=before,
        )

    def whole(self, *, before: NeighboursBefore | None = None) -> Neighbours:
        """What all of it teaches; `before` is what a lesson near to it taught of its labels."""
        return self.neighbours(np.arange(len(self.samples)), before=before)

    def scores_by_the_other_half(self, half: int) -> Scores:
        """The scores of samples of one half by what is learned without it, as a stranger's messages would score."""
        known = [number for number, sample in enumerate(self.samples) if sample.half != half]
        asked = np.array(self.asked(half))
        languages = [self.samples[number].language for number in asked]
        return self.neighbours(np.array(known)).scores(self.vectors[asked], self.counts[asked], languages)

    def asked(self, half: int) -> list[int]:
        """The samples of one half to calibrate on: of each language so many questions, cries for help, and others.

        By the hash of their texts the same ones are taken when a page changes.
        """
        groups: dict[tuple[str, bool, bool], list[int]] = defaultdict(list)
        for number, sample in enumerate(self.samples):
            if sample.half == half:
                group = (sample.language, is_topic(sample.label), danger_of_kind(sample.label) is not None)
                groups[group].append(number)
        for numbers in groups.values():
            numbers.sort(key=lambda number: hashlib.sha256(self.samples[number].text.encode()).digest())
        return sorted(number for numbers in groups.values() for number in numbers[:_ASKED])


def make_lesson(package: Package, utterances: Utterances, *, cache: VectorCache, progress: Progress) -> Lesson:
    """The lesson of this package; texts that were never encoded are encoded now."""
    learned, pages = samples(package, utterances), page_texts(package)
    texts = [without_country(sample.text) for sample in learned]
    vectors = cache.vectors(texts, lambda done, total: progress(ENCODING, done, total))
    progress(COUNTING, 0, 1)
    counts = Counts.of([*texts, *(page.text for page in pages)])
    progress(COUNTING, 1, 1)
    return Lesson(
        samples=learned,
        vectors=vectors,
        pages=pages,
        counts=counts,
        labels=sorted({sample.label for sample in learned}),
    )


def keys_of(samples: Sequence[Sample]) -> npt.NDArray[np.uint64]:
    """A number for each different sample, sorted: what two lessons have in common can be counted by them."""
    texts = (f"{sample.language} {sample.label} {sample.text}".encode() for sample in samples)
    return np.unique(np.array([int.from_bytes(hashlib.sha256(text).digest()[:8]) for text in texts], dtype=np.uint64))
