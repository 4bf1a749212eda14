"""What every way of finding a topic has in common: it learns from the same lesson, then ranks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from knowledge.pages import Package
from knowledge.samples import Sample, load_utterances, samples

RANKED = 3
"""So many topics are asked for."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What all are taught with: the samples Wegwijs itself learns from, and the pages most of them come from."""

    package: Package
    samples: Sequence[Sample]

    @classmethod
    def of(cls, package: Package) -> "Lesson":
        """The whole lesson of this package."""
        return cls(package=package, samples=samples(package, load_utterances()))

    def questions(self) -> list[Sample]:
        """The samples that ask for a topic."""
        return [sample for sample in self.samples if sample.label in self.package.topics]


class DidNotLearn(RuntimeError):
    """A way was stopped while it learned, or gave up; says why."""


class Way(Protocol):
    """A way of finding the topic of a message."""

    title: str
    pid: int
    """The process that answers, once it has learned."""

    def learn(self, lesson: Lesson, /) -> None:
        """Learn from the lesson.

        Raises:
            DidNotLearn: it was stopped, or gave up.
        """
        ...

    def rank(self, text: str, /) -> list[str]:
        """The likeliest topics of a message, best first, at most RANKED."""
        ...


def first_topics(labels: Iterable[str]) -> list[str]:
    """The first RANKED different topics among these labels; what is no topic (small talk ...) is passed over."""
    topics = (label for label in labels if "/" in label)
    return list(islice(dict.fromkeys(topics), RANKED))
