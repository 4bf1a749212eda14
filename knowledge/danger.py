"""Danger before anything else: tuned for recall, weighed on the same nearness as the topics."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from knowledge.nearest import Scores
from knowledge.samples import SAFE, danger_of

THRESHOLD = 0.75
"""`wegwijs train` prints how many cries for help of one half of the samples are found by learning from the other, and
how many false alarms there are; `make evaluate` those on messages written apart. Asking for more where a topic is
probable loses more cries than it saves alarms."""
_SUSPICION = 0.75
SURE = 0.9
"""What it takes in a language that is not sure."""
VERY_SURE = 0.97
"""What it takes against the page for a night outside: "no bed tonight, it freezes" sounds like despair in any words. No
cry for help is lost by it, of strangers' or of those written apart."""


@dataclass(frozen=True, kw_only=True)
class Danger:
    """How probable it is that somebody is in danger, and in which."""

    probability: float
    kind: str


class DangerDetector:
    """Weighs how near a message is to cries for help against how near it is to everything else people write."""

    def __init__(self, scores: Scores, *, labels: Sequence[str], right: npt.NDArray[np.int64]) -> None:
        """`scores` of messages by strangers, shape (n, labels, kinds); `right` is the number of each one's label."""
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - 60 MB that only learning needs

        self._name(labels)
        teaches = np.isin(right, self._dangerous + self._safe)
        weigher = LogisticRegression(C=30.0, class_weight="balanced", max_iter=3000)
        weigher.fit(self._features(scores[teaches]), np.isin(right[teaches], self._dangerous))
        self._weights, self._bias = weigher.coef_[0], float(weigher.intercept_[0])

    def _name(self, labels: Sequence[str]) -> None:
        dangers = [danger_of(label) for label in labels]
        self._dangerous = [number for number, danger in enumerate(dangers) if danger not in {None, SAFE}]
        self._safe = [number for number, danger in enumerate(dangers) if danger == SAFE]
        self._kinds = [str(dangers[number]) for number in self._dangerous]

    def renamed(self, labels: Sequence[str]) -> "DangerDetector":
        """The same weights for scores of other labels: none of them belongs to one label."""
        other = copy(self)
        other._name(labels)
        return other

    def sounds_dangerous(self, letters: Scores) -> bool:
        """A cheap look at the nearness by letters alone, shape (labels,)."""
        return bool(letters[self._dangerous].max() >= _SUSPICION * letters[self._safe].max())

    def probabilities(self, scores: Scores) -> npt.NDArray[np.float64]:
        """How probable danger is in each message; scores of shape (n, labels, kinds)."""
        return np.asarray(expit(self._features(scores) @ self._weights + self._bias))

    def kind(self, scores: Scores) -> str:
        """Which danger a message with these scores, shape (labels, kinds), is nearest to."""
        return self._kinds[int(np.argmax(scores[self._dangerous].sum(axis=1)))]

    def _features(self, scores: Scores) -> Scores:
        """Nearness to the nearest danger and to what is nearest of the safe, and to the nearest three of each.

        The shape is (n, 4 * kinds).
        """
        features = []
        for columns in (self._dangerous, self._safe):
            sorted_scores = np.sort(scores[:, columns], axis=1)
            features += [sorted_scores[:, -1], sorted_scores[:, -3:].mean(axis=1)]
        return np.concatenate(features, axis=1)
