"""Ways that compare meaning alone: the bundled encoder, bare."""

import os
from collections.abc import Sequence

import numpy as np

from knowledge.encoder import VectorCache
from knowledge.samples import Sample
from knowledge.training import make_encoder, print_progress
from tests.compare.way import Lesson, first_topics
from wegwijs.settings import Settings


class _NearestByMeaning:
    """The nearest of some texts by the cosine of their vectors."""

    pid = os.getpid()

    def __init__(self) -> None:
        self._encoder = make_encoder(Settings())

    def _learn_from(self, taught: Sequence[Sample]) -> None:
        cache = VectorCache(self._encoder, Settings().data_dir / "understanding")
        self._vectors = cache.vectors([sample.text for sample in taught], print_progress)
        self._topics = [sample.label for sample in taught]

    def rank(self, text: str) -> list[str]:
        """The topics of the nearest texts."""
        near = self._vectors @ self._encoder.encode([text])[0]
        return first_topics(self._topics[number] for number in np.argsort(-near))


class NearestTitle(_NearestByMeaning):
    """The nearest English title: what an encoder does with a table of contents, and nothing else."""

    title = "bare encoder, English titles"

    def learn(self, lesson: Lesson) -> None:
        """Encode the titles."""
        titles = [Sample(text=page.title, language="en", label=page.topic) for page in lesson.package.pages_in("en")]
        self._learn_from(titles)


class NearestQuestion(_NearestByMeaning):
    """The nearest of all questions in all languages."""

    title = "bare encoder, nearest question"

    def learn(self, lesson: Lesson) -> None:
        """Encode the questions."""
        self._learn_from(lesson.questions())
