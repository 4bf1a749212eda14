"""Which topic a message asks for, or which other kind of message it is, with calibrated probabilities."""

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.calibration import Fusion, Probabilities, Thresholds, enough_to_calibrate
from knowledge.nearest import Scores
from knowledge.samples import is_meant


def is_topic(label: str) -> bool:
    """Whether a label is a topic, and not a kind of small talk or command."""
    return "/" in label


class TopicClassifier:
    """Nearness in five ways, fused by conditional logits: first what kind of message it is, then which topic.

    One logit for both ranks the topics worse (recall at 1 and 3: 80.7 and 90.6 % instead of 82.6 and 93.8, held out).
    """

    def __init__(
        self, scores: Scores, *, labels: Sequence[str], right: npt.NDArray[np.int64], languages: npt.NDArray[Any]
    ) -> None:
        """`scores` of messages by strangers, shape (n, labels, kinds), with each one's label number and language."""
        self._name(labels)
        rows = np.isin(right, self._columns)
        meant, languages = scores[rows][:, self._columns], languages[rows]
        column_of = np.searchsorted(self._columns, right[rows])
        self._of_kind = Fusion.fit(meant, column_of)
        asks = np.isin(column_of, self._topics)
        of_topics, topic_of = meant[asks][:, self._topics], np.searchsorted(self._topics, column_of[asks])
        self._overall_of_topic = Fusion.fit(of_topics, topic_of)
        self._of_topic = {
            str(code): Fusion.fit(
                of_topics[languages[asks] == code], topic_of[languages[asks] == code], prior=self._overall_of_topic
            )
            for code in np.unique(languages[asks])
        }
        self.strangers = Strangers(
            probabilities=self.probabilities(scores[rows][asks], [str(code) for code in languages[asks]]),
            right=column_of[asks],
            languages=languages[asks],
            topics=self._topics,
        )
        self._thresholds = self.strangers.thresholds()
        self._overall = self.strangers.overall_thresholds()

    def _name(self, labels: Sequence[str]) -> None:
        self._columns = np.array([number for number, label in enumerate(labels) if is_meant(label)])
        self.labels = [labels[number] for number in self._columns]
        self._topics = np.array([number for number, label in enumerate(self.labels) if is_topic(label)])

    def renamed(self, labels: Sequence[str]) -> "TopicClassifier":
        """The same weights and thresholds for scores of other labels: none of them belongs to one label."""
        other = copy(self)
        other._name(labels)
        return other

    def __getstate__(self) -> dict[str, Any]:
        """The results on strangers are for the report at training time only."""
        return {name: value for name, value in self.__dict__.items() if name != "strangers"}

    def probabilities(self, scores: Scores, languages: Sequence[str | None]) -> Probabilities:
        """The probability of each of `labels`; scores of shape (n, labels of all samples, kinds), result (n, labels).

        That of a topic is the probability of any topic, times that of this one among them.
        """
        meant = scores[:, self._columns]
        found = self._of_kind.probabilities(meant)
        any_topic = found[:, self._topics].sum(axis=1)
        codes = np.array([code or "" for code in languages])
        for code in np.unique(codes):
            rows = np.flatnonzero(codes == code)
            fusion = self._of_topic.get(str(code), self._overall_of_topic)
            among_topics = fusion.probabilities(meant[rows][:, self._topics])
            found[np.ix_(rows, self._topics)] = any_topic[rows, np.newaxis] * among_topics
        return found

    def thresholds(self, language: str | None) -> Thresholds:
        """The thresholds of a language."""
        return self._thresholds.get(language or "", self._overall)


class Strangers:
    """What the classifier says of questions by authors whose lines it has not seen: how good it is, per language."""

    def __init__(
        self,
        *,
        probabilities: Probabilities,
        right: npt.NDArray[np.int64],
        languages: npt.NDArray[Any],
        topics: npt.NDArray[np.int64],
    ) -> None:
        """Probabilities of shape (n, labels), the right label and the language of each, and which labels are topics."""
        of_topics = probabilities[:, topics]
        order = topics[np.argsort(-of_topics, axis=1)[:, :3]]
        self._right_first = order[:, 0] == right
        self._right_in_three = (order == right[:, None]).any(axis=1)
        self._best = -np.sort(-of_topics, axis=1)[:, :3]
        self._languages = languages

    def overall_thresholds(self) -> Thresholds:
        """Thresholds over all languages together."""
        return self._thresholds_of(np.ones(len(self._languages), dtype=np.bool_))

    def thresholds(self) -> dict[str, Thresholds]:
        """Thresholds of every language with enough questions."""
        chosen = {str(code): self._languages == code for code in np.unique(self._languages)}
        return {
            code: self._thresholds_of(rows) for code, rows in chosen.items() if enough_to_calibrate(int(rows.sum()))
        }

    def _thresholds_of(self, rows: npt.NDArray[np.bool_]) -> Thresholds:
        best = self._best[rows]
        return Thresholds.fit(
            np.stack([best[:, 0], best.sum(axis=1)], axis=1),
            self._right_first[rows],
            self._right_in_three[rows],
        )

    def recall(self) -> dict[str, tuple[float, float]]:
        """Recall at 1 and at 3 of the questions, per language."""
        return {
            str(code): (
                float(self._right_first[self._languages == code].mean()),
                float(self._right_in_three[self._languages == code].mean()),
            )
            for code in np.unique(self._languages)
        }
