"""What a trial run finds; it goes into JSON and comes back the same."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from knowledge.evaluation.figures import Figures
from knowledge.pages import Problem
from knowledge.understanding import Outcome, Understanding

ALL = "all"
"""The name of the figures over all languages."""


class Verdict(StrEnum):
    """Whether a message is understood better or worse than before."""

    BETTER = "better"
    WORSE = "worse"
    NEITHER = "neither"


class Heard(BaseModel):
    """What a person gets for a message: the outcome, the topics sent or offered, and the danger or small talk."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    topics: tuple[str, ...] = ()
    detail: str | None = None

    @classmethod
    def of(cls, understood: Understanding) -> "Heard":
        """What is sent for this understanding; the order of choices changes nothing."""
        match understood.outcome:
            case Outcome.ANSWER:
                topics = understood.choices[:1]
            case Outcome.CHOICES:
                topics = tuple(sorted(understood.choices))
            case _:
                topics = ()
        return cls(outcome=understood.outcome, topics=topics, detail=understood.detail)


class Move(BaseModel):
    """A message that is now understood in another way; `topics` are the right ones, if it asks for a page."""

    model_config = ConfigDict(frozen=True)

    text: str
    language: str
    kind: str
    topics: tuple[str, ...]
    held_out: bool
    before: Heard
    after: Heard
    verdict: Verdict


class Confusable(BaseModel):
    """Questions of one topic whose best topic is another, without counting themselves: how many before and after."""

    model_config = ConfigDict(frozen=True)

    asked: str
    taken_for: str
    before: int
    after: int
    examples: tuple[str, ...]


class Worsening(BaseModel):
    """A figure that got worse by more than its limit; `language` is ALL or one language; in per cent."""

    model_config = ConfigDict(frozen=True)

    figure: str
    language: str
    before: float
    after: float
    limit: float


class Asked(BaseModel):
    """What was asked of both versions.

    Of the package's questions (`questions`) those of changed pages and those nearest to a changed text
    (`questions_run`). Of the held-out messages all; None where their folder is missing. `retired` of them ask only for
    topics that are no longer there: their moves are told, but no figure counts them.
    """

    model_config = ConfigDict(frozen=True)

    questions: int
    questions_run: int
    held_out: int | None
    retired: int


class TrialReport(BaseModel):
    """All that a publisher should know of a change: the check's problems, what was asked, what moved, what got worse.

    `models_before` and `models_after` name what was learned; the same name says that nothing was to be learned.
    `before` and `after` are the figures on the held-out messages, of each language and of ALL. `seconds` by step.
    """

    model_config = ConfigDict(frozen=True)

    models_before: str
    models_after: str
    problems: tuple[Problem, ...]
    asked: Asked
    moves: tuple[Move, ...]
    before: dict[str, Figures]
    after: dict[str, Figures]
    confusable: tuple[Confusable, ...]
    worsening: tuple[Worsening, ...]
    seconds: dict[str, float]

    @property
    def blocks(self) -> bool:
        """Whether the check found a problem with which the package cannot be published."""
        return any(problem.blocks for problem in self.problems)

    def moved(self, verdict: Verdict, *, held_out: bool) -> Iterator[Move]:
        """The moves of this verdict."""
        return (move for move in self.moves if move.verdict is verdict and move.held_out is held_out)
