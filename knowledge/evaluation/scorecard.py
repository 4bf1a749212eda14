"""The scorecard: understanding measured on questions whose answer is known, per language."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from knowledge.evaluation.figures import Figures, Measured, Share, figures
from knowledge.evaluation.questions import Question
from knowledge.understanding import Understanding

LAST = Path(__file__).parent.with_name("quality") / "scorecard.json"
"""The last scorecard; it comes with the code, `make evaluate` writes it."""
BINS = 10


class Understands(Protocol):
    """What is measured."""

    def understand(self, text: str) -> Understanding:
        """What a message means."""
        ...


class Confusion(BaseModel):
    """A topic asked for that was taken for another, and how often in each language."""

    model_config = ConfigDict(frozen=True)

    asked: str
    taken_for: str
    by_language: dict[str, int]

    @property
    def times(self) -> int:
        """How often in all languages."""
        return sum(self.by_language.values())


class Bin(BaseModel):
    """Answers of about the same confidence: how many, their mean confidence, and how many of them were right."""

    model_config = ConfigDict(frozen=True)

    confidence: float
    right: Share


class Scorecard(BaseModel):
    """All figures of one measurement, and what was measured."""

    model_config = ConfigDict(frozen=True)

    measured_on: date
    package: str
    model: str
    everything: Figures
    languages: dict[str, Figures]
    confusions: list[Confusion]
    calibration: list[Bin]


def measure(understands: Understands, questions: Sequence[Question]) -> list[Measured]:
    """Understand each question by itself, without a conversation, and take the time."""
    measured = []
    for question in questions:
        started = time.perf_counter()
        understood = understands.understand(question.text)
        milliseconds = (time.perf_counter() - started) * 1000
        measured.append(Measured(question=question, understood=understood, milliseconds=milliseconds))
    return measured


def scorecard(measured: Sequence[Measured], *, measured_on: date, package: str, model: str) -> Scorecard:
    """The scorecard of at least one message; `package` and `model` are the fingerprints of what was measured."""
    by_language: dict[str, list[Measured]] = defaultdict(list)
    for each in measured:
        by_language[each.question.lang].append(each)
    return Scorecard(
        measured_on=measured_on,
        package=package,
        model=model,
        everything=figures(measured),
        languages={code: figures(by_language[code]) for code in sorted(by_language)},
        confusions=_confusions(measured),
        calibration=_calibration(measured),
    )


def last_scorecard(path: Path = LAST) -> Scorecard | None:
    """The scorecard in this file; None when nothing was measured yet.

    Raises:
        pydantic.ValidationError: the file is not a scorecard of this version.
    """
    return Scorecard.model_validate_json(path.read_bytes()) if path.exists() else None


def _confusions(measured: Sequence[Measured]) -> list[Confusion]:
    """The topics thought of first in vain, most frequent pair first; of several right topics the first is named."""
    pairs: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in measured:
        if each.question.asks_for_page and each.understood.topics and not each.holds(each.first(1)):
            pairs[each.question.topics[0], each.first(1)[0]][each.question.lang] += 1
    confusions = [
        Confusion(asked=asked, taken_for=taken_for, by_language=dict(counts.most_common()))
        for (asked, taken_for), counts in pairs.items()
    ]
    return sorted(confusions, key=lambda confusion: (-confusion.times, confusion.asked, confusion.taken_for))


def _calibration(measured: Sequence[Measured]) -> list[Bin]:
    """The answers sent, in bins of equal width over confidence; bins without any are left out."""
    claims = sorted((each for each in measured if each.is_sure_claim), key=lambda each: each.understood.confidence)
    binned = [list(group) for _, group in groupby(claims, key=lambda each: _bin(each.understood.confidence))]
    return [
        Bin(
            confidence=round(sum(each.understood.confidence for each in group) / len(group), 4),
            right=Share.of(each.holds(each.first(1)) for each in group),
        )
        for group in binned
    ]


def _bin(confidence: float) -> int:
    return min(int(confidence * BINS), BINS - 1)
