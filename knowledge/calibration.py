"""From scores to probabilities that mean what they say, and from probabilities to thresholds for a stated error."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from knowledge.neighbours import Scores

Probabilities = npt.NDArray[np.float64]

WRONG_ANSWERS = 0.12
"""Of the messages answered at once, at most this share may get a wrong page; the others are asked back."""
RIGHT_CHOICES = 0.5
"""Choices are offered when they hold the right page at least this often."""
_MIN_SAMPLES = 60


@dataclass(frozen=True, kw_only=True)
class Fusion:
    """Weights of the kinds of score in a conditional logit: softmax of the weighted sum over labels."""

    weights: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, scores: Scores, right: npt.NDArray[np.int64]) -> "Fusion":
        """Weights that make the right labels most probable; scores of shape (n, labels, kinds), right labels (n,)."""

        def loss(weights: npt.NDArray[np.float64]) -> float:
            logits = scores @ weights
            return float(np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(right)), right]))

        start = np.full(scores.shape[2], 10.0)
        found: Any = minimize(loss, start, method="L-BFGS-B", bounds=[(0.0, 200.0)] * scores.shape[2])
        return cls(weights=found.x)

    def probabilities(self, scores: Scores) -> Probabilities:
        """Probability of each label; shape (n, labels)."""
        logits = scores @ self.weights
        return np.asarray(np.exp(logits - logsumexp(logits, axis=1, keepdims=True)))


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From which probability the best topic is sent, and from which sum the three best are offered."""

    answer: float
    choices: float

    @classmethod
    def fit(
        cls, probabilities: Probabilities, right: npt.NDArray[np.bool_], held: npt.NDArray[np.bool_]
    ) -> "Thresholds":
        """Thresholds for the stated errors.

        `probabilities` has shape (n, 2): of the best, and the sum of the best three; `right` says whether the best is
        right, `held` whether the three hold the right one.
        """
        return cls(
            answer=_lowest_with_share(probabilities[:, 0], right, 1 - WRONG_ANSWERS, floor=0.35),
            choices=_lowest_with_share(probabilities[:, 1], held, RIGHT_CHOICES, floor=0.25, local=True),
        )


def _lowest_with_share(
    values: npt.NDArray[np.float64],
    good: npt.NDArray[np.bool_],
    share: float,
    *,
    floor: float,
    local: bool = False,
) -> float:
    """The lowest value from which on the good ones are at least this share; `local` looks just above the value only."""
    if len(values) == 0:
        return 0.95
    order = np.argsort(-values)
    goods = good[order].astype(float)
    if local:
        window = max(10, len(goods) // 12)
        running = np.convolve(goods, np.ones(window) / window, mode="same")
    else:
        running = np.cumsum(goods) / np.arange(1, len(goods) + 1)
    enough = np.nonzero(running >= share)[0]
    if len(enough) == 0:
        return 0.95
    return float(np.clip(values[order][enough[-1]], floor, 0.95))


def enough_to_calibrate(count: int) -> bool:
    """Whether a language has enough samples for thresholds of its own."""
    return count >= _MIN_SAMPLES
