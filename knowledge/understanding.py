"""What a message means: the result type that the dialogue, the command line and the evaluation share."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What to do with a message (DESIGN section 5)."""

    ANSWER = "answer"
    CHOICES = "choices"
    DANGER = "danger"
    PERSON = "person"
    SMALLTALK = "smalltalk"
    COMMAND = "command"
    UNKNOWN = "unknown"


class LanguageFound(StrEnum):
    """How surely the language of the answer is known."""

    KNOWN = "known"
    UNSURE = "unsure"
    NOT_OURS = "not ours"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A topic and the calibrated probability that the message asks for it."""

    topic: str
    probability: float


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What a message means.

    `language` is the language to answer in; None when it is not known. `detail` names the kind within an outcome: the
    danger ("suicide"), the command ("delete"), the small talk ("thanks", "yes"), or "off_topic" for unknown.
    `term` is the word of the glossary whose meaning is all that is asked.
    `topics` is ranked, at most five, also when the outcome is not an answer.
    """

    language: str | None
    language_found: LanguageFound
    outcome: Outcome
    topics: tuple[Candidate, ...]
    confidence: float
    detail: str | None = None
    term: str | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """The topics to offer when the outcome is `choices`."""
        return tuple(candidate.topic for candidate in self.topics[:3])
