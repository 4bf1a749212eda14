"""Which of the package's questions a change can move: those of changed pages, and those nearest to a changed text.

Asking all 23,000 of both versions takes minutes. What was found of the moves among all: docs/understanding.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from knowledge.country import without_country
from knowledge.encoder import VectorCache
from knowledge.evaluation.questions import INFORMATION, Question
from knowledge.letters import Counts
from knowledge.neighbours import Neighbours
from knowledge.pages import Package, Page
from knowledge.samples import Sample, load_utterances, page_texts, samples

_NEAREST = 200
"""So many samples nearest to a changed text by meaning, and as many by letters, are looked at."""
MOST_RUN = 2_500
"""So many questions are asked of both versions in ten seconds on two cores."""

_Key = tuple[str, str]
_Place = tuple[str, str, str]


@dataclass(frozen=True)
class Version:
    """A version of the package, with what is learned from it."""

    package: Package
    neighbours: Neighbours

    @cached_property
    def samples(self) -> list[Sample]:
        """Its samples, in the order in which they were learned."""
        return samples(self.package, load_utterances())

    @cached_property
    def place_of(self) -> dict[_Place, int]:
        """The number of each question among the samples, by topic, language and text."""
        return {(sample.label, sample.language, sample.text): number for number, sample in enumerate(self.samples)}

    @cached_property
    def topics_of(self) -> dict[_Key, list[str]]:
        """The topics under which a question stands, by language and text."""
        found: dict[_Key, list[str]] = {}
        for page in self.package.pages.values():
            for question in page.questions:
                found.setdefault((page.language, question), []).append(page.topic)
        return found

    def itself(self, question: Question) -> int | None:
        """The number of the sample that a question is itself; None when it is not in this version."""
        topics = self.topics_of.get((question.lang, question.text))
        return self.place_of[topics[0], question.lang, question.text] if topics else None


def own_questions(before: Version, after: Version) -> dict[_Key, Question]:
    """Every question of both versions, with its topics after the change; those before where it is no longer there."""
    topics = {**before.topics_of, **after.topics_of}
    return {
        (language, text): Question(id="", text=text, lang=language, kind=INFORMATION, topics=tuple(found))
        for (language, text), found in topics.items()
    }


def chosen(before: Version, after: Version, *, cache: VectorCache) -> list[Question]:
    """The questions that the change can move, the nearest first, at most MOST_RUN."""
    questions = own_questions(before, after)
    ranks: dict[_Key, int] = dict.fromkeys(_of_changed_pages(before, after), 0)
    for here, there in ((before, after), (after, before)):
        for key, rank in _near(here, _missing(here.samples, there.samples), cache=cache):
            ranks[key] = min(rank, ranks.get(key, rank))
    ordered = sorted((key for key in ranks if key in questions), key=lambda key: ranks[key])
    return [questions[key] for key in ordered[:MOST_RUN]]


def _of_changed_pages(before: Version, after: Version) -> Iterable[_Key]:
    says = [{(text.label, text.language): text.text for text in page_texts(each.package)} for each in (before, after)]
    for key in before.package.pages.keys() | after.package.pages.keys():
        pages = [each.package.pages.get(key) for each in (before, after)]
        if says[0].get(key) != says[1].get(key) or _teaches(pages[0]) != _teaches(pages[1]):
            yield from ((page.language, question) for page in pages if page for question in page.questions)


def _teaches(page: Page | None) -> tuple[str, tuple[str, ...]] | None:
    return (page.title, page.questions) if page else None


def _missing(here: Sequence[Sample], there: Sequence[Sample]) -> list[Sample]:
    known = {(sample.label, sample.language, sample.text) for sample in there}
    return [sample for sample in here if (sample.label, sample.language, sample.text) not in known]


def _near(version: Version, changed: Sequence[Sample], *, cache: VectorCache) -> Iterable[tuple[_Key, int]]:
    """The samples nearest to changed texts, and at which place they came."""
    if not changed:
        return
    texts = [without_country(sample.text) for sample in changed]
    languages = [sample.language for sample in changed]
    vectors = cache.vectors(texts, lambda *_: None)
    found = version.neighbours.nearest(vectors, Counts.of(texts), languages, count=_NEAREST)
    places = np.broadcast_to(np.arange(found.shape[2]), found.shape)
    for number, place in zip(found.ravel().tolist(), places.ravel().tolist(), strict=True):
        sample = version.samples[number]
        yield (sample.language, sample.text), place
