"""Ways that compare meaning alone: the bundled encoder, bare."""

import os
from collections.abc import Sequence
from functools import partial

import faiss

from knowledge.encoder import VectorCache
from knowledge.lesson import ENCODING
from knowledge.samples import Sample
from knowledge.training import make_encoder, print_progress
from tests.compare.way import Lesson, first_topics
from wegwijs.settings import Settings

_SEARCHED = 256
"""So many nearest texts are looked at for RANKED different topics."""


class _NearestByMeaning:
    """The nearest of some texts by the cosine of their vectors."""

    pid = os.getpid()

    def __init__(self) -> None:
        self._encoder = make_encoder(Settings())

    def _learn_from(self, taught: Sequence[Sample]) -> None:
        cache = VectorCache(self._encoder, Settings().data_dir / "understanding")
        vectors = cache.vectors([sample.text for sample in taught], partial(print_progress, ENCODING))
        self._topics = [sample.label for sample in taught]
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)
        faiss.omp_set_num_threads(1)  # as in the service: for one message, two get in each other's way

    def rank(self, text: str) -> list[str]:
        """The topics of the nearest texts."""
        _, found = self._index.search(self._encoder.encode([text]), min(_SEARCHED, len(self._topics)))
        return first_topics(self._topics[number] for number in found[0])


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
