"""How near a message is to each label by its meaning: the nearest samples, sharpened, and a logit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from knowledge.encoder import Vectors
from knowledge.nearest import Scores, mean_of_nearest

_SEARCHED = 256
_LARGEST_BYTE = 127
_ROOM = 1.2
_SHRINKAGE = 0.3
"""How far the within-label covariance is drawn to a sphere; 0.1 and 0.6 are within a point."""
_PENALTY = 1.0
_STEPS = 40
_STEPS_FURTHER = 12
"""From weights learned before: with 6 a new topic is found less often than by learning anew, with 10 as often."""


def unit(vectors: Vectors) -> Vectors:
    """The vectors scaled to length one."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(length, 1e-9), dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A logit's weights, and the slope of its loss where fitting ended; both of shape (dimension + 1, labels)."""

    weights: Vectors
    slope: Vectors

    def columns(self, chosen: Sequence[int | None]) -> "Fitted":
        """The same for other labels: which column each takes, None for a label that is new."""
        return Fitted(weights=_columns(self.weights, chosen), slope=_columns(self.slope, chosen))


def _columns(matrix: Vectors, chosen: Sequence[int | None]) -> Vectors:
    nothing = np.zeros(len(matrix), dtype=matrix.dtype)
    return np.stack([nothing if column is None else matrix[:, column] for column in chosen], axis=1)


@dataclass(frozen=True, kw_only=True)
class MeaningBefore:
    """What was learned of nearly the same samples: the whitening, which stays, and the logit to go on from."""

    sharpening: Vectors
    logit: Fitted


class Meaning:
    """The vectors of all samples, and a multinomial logistic regression on them."""

    def __init__(
        self,
        vectors: Vectors,
        *,
        label_of: npt.NDArray[np.int64],
        labels: int,
        before: MeaningBefore | None = None,
    ) -> None:
        """`vectors` are centred and of unit length, shape (n, dimension); `label_of` is each one's label's number."""
        self._label_of = label_of
        self._labels = labels
        self._sharpening = _whitening(vectors, label_of) if before is None else before.sharpening
        self._samples = VectorIndex(unit(vectors @ self._sharpening))
        self._logit = Logit(vectors, label_of=label_of, labels=labels, before=before.logit if before else None)

    def before(self, columns: Sequence[int | None]) -> MeaningBefore:
        """What other samples go on from; for each of their labels its number here, or None."""
        return MeaningBefore(sharpening=self._sharpening, logit=self._logit.fitted.columns(columns))

    def nearest(self, vectors: Vectors, count: int) -> npt.NDArray[np.int64]:
        """The numbers of the nearest so many samples to each message; shape (messages, count)."""
        return self._samples.search(unit(vectors @ self._sharpening), count)[1]

    def scores(self, vectors: Vectors, *, without: Sequence[int | None] = ()) -> Scores:
        """How near each message is to each label; shape (messages, labels, 2): nearest samples, logit.

        `without` names for each message a sample that is left out of the nearest, the message itself.
        """
        similarity, found = self._samples.search(unit(vectors @ self._sharpening), _SEARCHED)
        for row, sample in enumerate(without):
            similarity[row, found[row] == sample] = similarity[row, -1]
        nearest = [
            mean_of_nearest(near, self._label_of[samples], labels=self._labels, floor=float(near[-1]))
            for near, samples in zip(similarity, found, strict=True)
        ]
        return np.stack([np.stack(nearest), self._logit.scores(vectors)], axis=2)


class Logit:
    """Multinomial logistic regression by L-BFGS; each label's log probability, divided by ten."""

    def __init__(
        self, vectors: Vectors, *, label_of: npt.NDArray[np.int64], labels: int, before: Fitted | None
    ) -> None:
        """Vectors of shape (n, dimension), the number of each one's label, of so many `labels`.

        From `before`, fitted on nearly the same vectors, it goes on in few steps. The slope of then is taken off: what
        the first steps left undone stays undone, and only what is new moves the weights.
        """
        from scipy.optimize import minimize  # noqa: PLC0415 - 20 MB that only learning needs

        count, width = vectors.shape
        self._shape = (width + 1, labels)
        extended = np.concatenate([vectors, np.ones((count, 1), dtype=np.float32)], axis=1)
        rows = np.arange(count)

        def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            weights = flat.reshape(self._shape).astype(np.float32)
            logits = extended @ weights
            logits -= logits.max(axis=1, keepdims=True)
            right = float(logits[rows, label_of].sum())
            shares = np.exp(logits, out=logits)
            totals = shares.sum(axis=1, keepdims=True)
            shares /= totals
            shares[rows, label_of] -= 1
            gradient = extended.T @ shares + _PENALTY * weights
            value = float(np.log(totals).sum()) - right + _PENALTY / 2 * float((weights**2).sum())
            return value / count, (gradient / count).ravel().astype(np.float64)

        nothing = np.zeros(self._shape, dtype=np.float32)
        first = before or Fitted(weights=nothing, slope=nothing)
        slope = first.slope.ravel().astype(np.float64)

        def loss_without_slope(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            value, gradient = loss(flat)
            return value - float(slope @ flat), gradient - slope

        found: Any = minimize(
            loss_without_slope,
            first.weights.ravel().astype(np.float64),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _STEPS if before is None else _STEPS_FURTHER},
        )
        weights = found.x.reshape(self._shape).astype(np.float32)
        left = found.jac.reshape(self._shape).astype(np.float32) if before is None else first.slope
        self.fitted = Fitted(weights=weights, slope=left)

    def scores(self, vectors: Vectors) -> Scores:
        """The log probabilities divided by ten, so that they weigh like the other scores; shape (n, labels)."""
        logits = vectors @ self.fitted.weights[:-1] + self.fitted.weights[-1]
        return np.asarray((logits - logsumexp(logits, axis=1, keepdims=True)) / 10, dtype=np.float32)


class VectorIndex:
    """Every vector is compared: approximate indexes gain nothing below 100,000.

    It is kept, and used for single messages, in 8 bits: reading the vectors is what takes the time. 53,000 vectors, one
    thread: 0.9 ms a message instead of 6.0, and a quarter of the memory. Many at once, as in training, are faster in
    single precision.
    """

    def __init__(self, vectors: Vectors) -> None:
        """Vectors of unit length, shape (n, dimension)."""
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors))
        self._scale = 1.0

    def __getstate__(self) -> dict[str, Any]:
        """What is kept in a file: the index as bytes."""
        vectors = self._index.reconstruct_n(0, self._index.ntotal) / np.float32(self._scale)
        # The vector that is asked for is cut to 8 bits too, so there must be room for one with a greater value.
        scale = _LARGEST_BYTE / (_ROOM * float(np.abs(vectors).max()))
        small = faiss.IndexScalarQuantizer(
            self._index.d, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        small.add(np.round(vectors * scale))
        return {"_index": faiss.serialize_index(small), "_scale": scale}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what was kept."""
        self._index, self._scale = faiss.deserialize_index(state["_index"]), state["_scale"]

    def search(self, vectors: Vectors, count: int) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """The nearest so many for each vector, nearest first: how near, and which."""
        similarity, found = self._index.search(vectors * np.float32(self._scale), min(count, self._index.ntotal))
        return similarity / np.float32(self._scale**2), found


def _whitening(vectors: Vectors, label_of: npt.NDArray[np.int64]) -> Vectors:
    """The matrix after which samples of one label scatter evenly in all directions (within-label whitening)."""
    means = np.stack([vectors[label_of == label].mean(axis=0) for label in range(label_of.max() + 1)])
    scatter = np.cov((vectors - means[label_of]).T)
    sphere = np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    values, directions = np.linalg.eigh((1 - _SHRINKAGE) * scatter + _SHRINKAGE * sphere)
    return np.asarray(directions / np.sqrt(values), dtype=np.float32)
