"""The mean nearness of each label's nearest samples."""

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

NEAREST = 6
"""Of each label, so many of the nearest samples are averaged (3 and 8 are worse by up to a point)."""


def mean_of_nearest(similarity: Scores, label_of: npt.NDArray[np.int64], *, labels: int, floor: float) -> Scores:
    """The mean of each label's NEAREST best similarities; what was not found counts as `floor`. Shape (labels,)."""
    order = np.argsort(-similarity, kind="stable")
    sorted_labels, sorted_similarity = label_of[order], similarity[order]
    by_label = np.argsort(sorted_labels, kind="stable")
    grouped = sorted_labels[by_label]
    first = np.searchsorted(grouped, np.arange(labels))
    rank = np.arange(len(grouped)) - first[grouped] if len(grouped) else np.array([], dtype=np.int64)
    kept = rank < NEAREST
    chosen, values = grouped[kept], sorted_similarity[by_label][kept]
    total = np.bincount(chosen, weights=values - floor, minlength=labels)
    return np.asarray(total / NEAREST + floor, dtype=np.float32)
