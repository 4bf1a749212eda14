"""Ways that compare words or letters: BM25, and TF-IDF of character n-grams."""

import os
from typing import Any

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.pages import Page
from tests.compare.way import Lesson, first_topics

_SEARCHED = 256
"""So many nearest texts are looked at for RANKED different topics."""


class BM25:
    """BM25 over the pages, each with its title and questions, with the library's own words and settings.

    A question a text of its own finds far less (R@1 44 instead of 70 %): it has few words to meet.
    """

    title = "BM25 (bm25s), pages with their questions"
    pid = os.getpid()

    def learn(self, lesson: Lesson) -> None:
        """Index the pages."""
        pages = list(lesson.package.pages.values())
        self._topics = [page.topic for page in pages]
        self._index = bm25s.BM25()
        self._index.index(_words([_everything_on(page) for page in pages]), show_progress=False)

    def rank(self, text: str) -> list[str]:
        """The topics of the best pages."""
        found, scores = self._index.retrieve(_words([text]), k=min(_SEARCHED, len(self._topics)), show_progress=False)
        return first_topics(self._topics[number] for number, score in zip(found[0], scores[0], strict=True) if score)


def _everything_on(page: Page) -> str:
    answers = [f"{text.short_answer}\n{text.details}" for text in page.texts.values()]
    return "\n".join([page.title, *page.questions, *answers])


def _words(texts: list[str]) -> Any:
    # The library's list of words to leave out is of one language; here are fourteen.
    return bm25s.tokenize(texts, stopwords=[], return_ids=False, show_progress=False)


class CharacterTfidf:
    """The nearest question by TF-IDF of its sequences of 2 to 5 characters (scikit-learn)."""

    title = "character TF-IDF (scikit-learn), nearest question"
    pid = os.getpid()

    def learn(self, lesson: Lesson) -> None:
        """Weigh the sequences of every question."""
        questions = lesson.questions()
        self._topics = [question.label for question in questions]
        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, strip_accents="unicode", dtype=np.float32
        )
        self._columns = self._vectorizer.fit_transform([question.text for question in questions]).T.tocsr()

    def rank(self, text: str) -> list[str]:
        """The topics of the nearest questions."""
        near = (self._vectorizer.transform([text]) @ self._columns).tocoo()
        order = np.argsort(-near.data, kind="stable")[:_SEARCHED]
        return first_topics(self._topics[number] for number in near.col[order])
