"""Danger before anything else: a detector of its own, tuned for recall, over the same encoder and letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from knowledge.encoder import Vectors
from knowledge.neighbours import Neighbours, Scores, count_letters
from knowledge.samples import SAFE

THRESHOLD = 0.6
"""Leave-one-out on the samples: 94 % of the cries for help found, 3 % false alarms; 91-100 % in each language's own
script, 50-73 % romanised. `wegwijs train` prints the present figures."""
RATHER_SURE = 0.8
"""What it takes against a probable other need, such as a bed for the night."""
_SUSPICION = 0.75
SURE = 0.9
"""From here on danger goes before any topic, however sure."""


@dataclass(frozen=True, kw_only=True)
class Danger:
    """How probable it is that somebody is in danger, and in which."""

    probability: float
    kind: str


class DangerDetector:
    """Weighs how near a message is to cries for help against how near it is to everything else people write."""

    def __init__(self, *, vectors: Vectors, texts: Sequence[str], labels: Sequence[str]) -> None:
        """`vectors` are centred, shape (n, dimension); labels are dangers or "safe".

        `left_out` holds each sample's probability of danger, found without itself.
        """
        self._neighbours = Neighbours(vectors=vectors, texts=texts, labels=labels)
        self._kinds = [label for label in self._neighbours.labels if label != SAFE]
        self._columns = [self._neighbours.labels.index(kind) for kind in self._kinds]
        self._safe = self._neighbours.labels.index(SAFE)
        scores = self._neighbours.scores(vectors, texts, leave_out=range(len(texts)))
        weigher = LogisticRegression(C=100.0, class_weight="balanced", max_iter=1000)
        weigher.fit(self._features(scores), np.array([label != SAFE for label in labels]))
        self._weights, self._bias = weigher.coef_[0], float(weigher.intercept_[0])
        self.left_out = self._probabilities(scores)

    def __getstate__(self) -> dict[str, Any]:
        """The leave-one-out results are for the report at training time only."""
        return {name: value for name, value in self.__dict__.items() if name != "left_out"}

    def sounds_dangerous(self, text: str) -> bool:
        """A cheap look at the letters alone: passes 7 of 10 cries for help and 1 of 8 other messages."""
        letters = self._neighbours.letter_scores(count_letters([text]))[0]
        return bool(letters[self._columns].max() >= _SUSPICION * letters[self._safe])

    def detect(self, vectors: Vectors, texts: Sequence[str]) -> Danger:
        """The danger in a message, given the vectors and texts of its parts."""
        scores = self._neighbours.scores(vectors, texts)
        probabilities = self._probabilities(scores)
        worst = int(np.argmax(probabilities))
        kind = int(np.argmax(scores[worst][self._columns].sum(axis=1)))
        return Danger(probability=float(probabilities[worst]), kind=self._kinds[kind])

    def _probabilities(self, scores: Scores) -> npt.NDArray[np.float64]:
        return np.asarray(expit(self._features(scores) @ self._weights + self._bias))

    def _features(self, scores: Scores) -> Scores:
        """Nearness to the nearest danger, and to what is safe; shape (n, 6)."""
        return np.concatenate([scores[:, self._columns, :].max(axis=1), scores[:, self._safe, :]], axis=1)
