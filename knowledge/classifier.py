"""Which topic a message asks for, or which other kind of message it is, with calibrated probabilities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.calibration import Fusion, Probabilities, Thresholds, enough_to_calibrate
from knowledge.neighbours import Scores
from knowledge.samples import is_meant


def is_topic(label: str) -> bool:
    """Whether a label is a topic, and not a kind of small talk or command."""
    return "/" in label


class TopicClassifier:
    """Nearness in three spaces, fused by a conditional logit; thresholds per language for stated errors."""

    def __init__(
        self, scores: Scores, *, labels: Sequence[str], right: npt.NDArray[np.int64], languages: npt.NDArray[Any]
    ) -> None:
        """`scores` of samples left out in turn, shape (n, labels, kinds), with each one's label number and language."""
        self._columns = np.array([number for number, label in enumerate(labels) if is_meant(label)])
        self.labels = [labels[number] for number in self._columns]
        rows = np.isin(right, self._columns)
        meant = scores[rows][:, self._columns]
        column_of = np.searchsorted(self._columns, right[rows])
        self._fusion = Fusion.fit(meant, column_of)
        self.left_out = LeaveOneOut(
            probabilities=self._fusion.probabilities(meant),
            right=column_of,
            languages=languages[rows],
            labels=self.labels,
        )
        self._thresholds = self.left_out.thresholds()
        self._overall = self.left_out.overall_thresholds()

    def __getstate__(self) -> dict[str, Any]:
        """The leave-one-out results are for the report at training time only."""
        return {name: value for name, value in self.__dict__.items() if name != "left_out"}

    def probabilities(self, scores: Scores) -> npt.NDArray[np.float64]:
        """The probability of each of `labels` for one message; scores of shape (labels of all samples, kinds)."""
        found: Probabilities = self._fusion.probabilities(scores[None, self._columns])
        return np.asarray(found[0])

    def thresholds(self, language: str | None) -> Thresholds:
        """The thresholds of a language."""
        return self._thresholds.get(language or "", self._overall)


class LeaveOneOut:
    """What the classifier says of each of its own questions without having seen it: how good it is, per language."""

    def __init__(
        self,
        *,
        probabilities: Probabilities,
        right: npt.NDArray[np.int64],
        languages: npt.NDArray[Any],
        labels: list[str],
    ) -> None:
        """Probabilities of shape (n, labels), the number of the right label and the language of each."""
        asks = np.array([is_topic(labels[label]) for label in right])
        order = np.argsort(-probabilities, axis=1)
        self._asks = asks
        self._right_first = order[:, 0] == right
        self._right_in_three = (order[:, :3] == right[:, None]).any(axis=1)
        self._best = -np.sort(-probabilities, axis=1)[:, :3]
        self._languages = languages

    def overall_thresholds(self) -> Thresholds:
        """Thresholds over all languages together."""
        return self._thresholds_of(self._asks)

    def thresholds(self) -> dict[str, Thresholds]:
        """Thresholds of every language with enough questions."""
        chosen = {str(code): self._asks & (self._languages == code) for code in np.unique(self._languages)}
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
                float(self._right_first[self._asks & (self._languages == code)].mean()),
                float(self._right_in_three[self._asks & (self._languages == code)].mean()),
            )
            for code in np.unique(self._languages[self._asks])
        }
