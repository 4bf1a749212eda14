"""From scores to probabilities that mean what they say, and from probabilities to thresholds for a stated error."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from knowledge.nearest import Scores

Probabilities = npt.NDArray[np.float64]

WRONG_ANSWERS = 0.10
"""Of all questions of strangers, at most this share may be answered at once with a wrong page; the others are asked
back. They are measured on models of half of the samples; those of all make half the errors (`make evaluate`: 4 %)."""
RIGHT_CHOICES = 0.5
"""Choices are offered when they hold the right page at least this often."""
_MIN_SAMPLES = 60
_HIGHEST = 0.95
_START = 10.0
_PRIOR = 40.0
"""A language's own weights are drawn to those of all languages as by so many messages."""


@dataclass(frozen=True, kw_only=True)
class Fusion:
    """Weights of the kinds of score in a conditional logit: softmax of the weighted sum over labels."""

    weights: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, scores: Scores, right: npt.NDArray[np.int64], *, prior: "Fusion | None" = None) -> "Fusion":
        """Weights that make the right labels most probable; scores of shape (n, labels, kinds), right labels (n,).

        With a `prior` they stay as near to it as if it had been seen on _PRIOR messages.
        """
        from scipy.optimize import minimize  # noqa: PLC0415 - 20 MB that only learning needs

        rows = np.arange(len(right))
        of_right = scores[rows, right].astype(np.float64).sum(axis=0)
        before = np.full(scores.shape[2], _START) if prior is None else prior.weights
        pull = 0.0 if prior is None else _PRIOR / _START**2

        def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            logits = (scores @ weights.astype(np.float32)).astype(np.float64)
            total = logsumexp(logits, axis=1, keepdims=True)
            expected = np.tensordot(np.exp(logits - total), scores, axes=2)
            away = weights - before
            value = float(total.sum()) - float(of_right @ weights) + pull / 2 * float(away @ away)
            return value, expected - of_right + pull * away

        found: Any = minimize(loss, before, jac=True, method="L-BFGS-B", bounds=[(0.0, 200.0)] * scores.shape[2])
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
            answer=_lowest_with_few_wrong(probabilities[:, 0], right, floor=0.35),
            choices=_lowest_with_share(probabilities[:, 1], held, floor=0.25),
        )


def _lowest_with_few_wrong(values: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], *, floor: float) -> float:
    """The lowest value from which on those that are not right are at most WRONG_ANSWERS of all."""
    order = np.argsort(-values)
    enough = np.nonzero(np.cumsum(~right[order]) <= WRONG_ANSWERS * len(values))[0]
    return float(np.clip(values[order][enough[-1]], floor, _HIGHEST)) if len(enough) else _HIGHEST


def _lowest_with_share(values: npt.NDArray[np.float64], good: npt.NDArray[np.bool_], *, floor: float) -> float:
    """The lowest value around which the good ones are at least RIGHT_CHOICES."""
    order = np.argsort(-values)
    window = max(10, len(values) // 12)
    around = np.convolve(good[order].astype(float), np.ones(window) / window, mode="same")
    enough = np.nonzero(around >= RIGHT_CHOICES)[0]
    return float(np.clip(values[order][enough[-1]], floor, _HIGHEST)) if len(enough) else _HIGHEST


def enough_to_calibrate(count: int) -> bool:
    """Whether a language has enough samples for thresholds of its own."""
    return count >= _MIN_SAMPLES
