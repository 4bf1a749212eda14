"""The figures of a scorecard: what is counted, and how."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from knowledge.evaluation.questions import DANGER, OFF_TOPIC, PERSON, SMALLTALK, Question
from knowledge.understanding import Outcome, Understanding

_BINS = 10
MANY_WORDS = 3
"""From so many words on a language can be told well: one or two are often the same in several."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A question, how it was understood, and how long that took."""

    question: Question
    understood: Understanding
    milliseconds: float

    def holds(self, topics: Iterable[str]) -> bool:
        """Whether one of these topics is a right one."""
        return bool(set(topics) & set(self.question.topics))

    def first(self, count: int) -> list[str]:
        """The best so many topics, best first."""
        return [candidate.topic for candidate in self.understood.topics[:count]]

    @property
    def answered(self) -> bool:
        """Whether a page was sent at once."""
        return self.understood.outcome is Outcome.ANSWER

    @property
    def is_sure_claim(self) -> bool:
        """Whether a page was sent with a confidence that can be held against what was right."""
        return self.answered and (self.question.asks_for_page or self.question.kind == OFF_TOPIC)


class Share(BaseModel):
    """How many of how many."""

    model_config = ConfigDict(frozen=True)

    part: int
    whole: int

    @classmethod
    def of(cls, hits: Iterable[bool]) -> "Share":
        """The share of true ones."""
        counted = list(hits)
        return cls(part=sum(counted), whole=len(counted))

    @property
    def percent(self) -> float | None:
        """Of a hundred; None when there was nothing to count."""
        return 100 * self.part / self.whole if self.whole else None


class Figures(BaseModel):
    """What was measured on some messages. Titles and descriptions are the heads and the legend of the report."""

    model_config = ConfigDict(frozen=True)

    messages: int = Field(title="n", description="messages")
    first: Share = Field(title="R@1", description="the topic thought of first is a right one")
    in_three: Share = Field(title="R@3", description="one of the first three is")
    answered_right: Share = Field(title="right answer", description="a right page was sent at once")
    answered_wrong: Share = Field(title="wrong answer", description="a wrong page was sent at once")
    choices: Share = Field(title="choices", description="up to three topics were offered to choose from")
    choices_hold: Share = Field(title="of them right", description="of these choices, those with a right topic")
    unknown: Share = Field(title="unknown", description="said that it did not understand")
    other: Share = Field(title="other", description="took it for danger, small talk, a command or a call for a person")
    off_topic_answered: Share = Field(title="off-topic answered", description="off-topic messages that got a page")
    danger_found: Share = Field(title="danger recall", description="messages in danger that were recognised")
    false_alarms: Share = Field(
        title="false alarms", description="messages taken for danger, of information, off-topic, small talk and calm"
    )
    person_found: Share = Field(title="person", description="messages asking for a person that were recognised")
    smalltalk_found: Share = Field(title="small talk", description="small talk that was recognised")
    language: Share = Field(title="language", description="the language is right, over all messages")
    language_short: Share = Field(title="1-2 words", description="messages of one or two words in their own script")
    language_long: Share = Field(title="3+ words", description="three words and more in their own script")
    language_romanised: Share = Field(title="romanised", description="ar, fa, ps and ti in Latin letters")
    calibration_error: float | None = Field(
        title="calibration error",
        description="expected calibration error in percent: how far the confidence of the answers sent (to information "
        "and off-topic messages) is from how often they are right, in ten bins; with few answers it is mostly chance",
    )
    milliseconds_p50: float = Field(title="p50 ms", description="half of the messages are understood in this time")
    milliseconds_p95: float = Field(title="p95 ms", description="95 % are")

    def value(self, name: str) -> float | None:
        """A figure by its name, as a number: of a hundred where it is a share; None when there was nothing to count."""
        value: Share | float | None = getattr(self, name)
        return value.percent if isinstance(value, Share) else value


GROUPS: dict[str, tuple[str, ...]] = {
    "topics": (
        "first",
        "in_three",
        "answered_right",
        "answered_wrong",
        "choices",
        "choices_hold",
        "unknown",
        "other",
    ),
    "needs": ("danger_found", "false_alarms", "person_found", "smalltalk_found", "off_topic_answered"),
    "languages": ("language", "language_short", "language_long", "language_romanised"),
    "trust": ("calibration_error", "milliseconds_p50", "milliseconds_p95"),
}
"""The figures that stand in one table, by the table's name; the number of messages opens each."""


def figures(measured: Sequence[Measured]) -> Figures:
    """The figures of these messages, at least one."""
    asked = [each for each in measured if each.question.asks_for_page]
    chosen = [each for each in asked if each.understood.outcome is Outcome.CHOICES]
    milliseconds = [each.milliseconds for each in measured]
    return Figures(
        messages=len(measured),
        first=Share.of(each.holds(each.first(1)) for each in asked),
        in_three=Share.of(each.holds(each.first(3)) for each in asked),
        answered_right=Share.of(each.answered and each.holds(each.first(1)) for each in asked),
        answered_wrong=Share.of(each.answered and not each.holds(each.first(1)) for each in asked),
        choices=_outcomes(asked, Outcome.CHOICES),
        choices_hold=Share.of(each.holds(each.understood.choices) for each in chosen),
        unknown=_outcomes(asked, Outcome.UNKNOWN),
        other=_outcomes(asked, Outcome.DANGER, Outcome.PERSON, Outcome.SMALLTALK, Outcome.COMMAND),
        off_topic_answered=_outcomes(_of_kind(measured, OFF_TOPIC), Outcome.ANSWER),
        danger_found=_outcomes(_of_kind(measured, DANGER), Outcome.DANGER),
        false_alarms=_outcomes([each for each in measured if each.question.is_calm], Outcome.DANGER),
        person_found=_outcomes(_of_kind(measured, PERSON), Outcome.PERSON),
        smalltalk_found=_outcomes(_of_kind(measured, SMALLTALK), Outcome.SMALLTALK),
        language=_languages(measured, lambda _question: True),
        language_short=_languages(measured, lambda question: not question.is_romanised and not _is_long(question)),
        language_long=_languages(measured, lambda question: not question.is_romanised and _is_long(question)),
        language_romanised=_languages(measured, lambda question: question.is_romanised),
        calibration_error=_calibration_error(measured),
        milliseconds_p50=round(_percentile(milliseconds, 50), 2),
        milliseconds_p95=round(_percentile(milliseconds, 95), 2),
    )


def _of_kind(measured: Sequence[Measured], kind: str) -> list[Measured]:
    return [each for each in measured if each.question.kind == kind]


def _outcomes(measured: Sequence[Measured], *outcomes: Outcome) -> Share:
    return Share.of(each.understood.outcome in outcomes for each in measured)


def _languages(measured: Sequence[Measured], counts: Callable[[Question], bool]) -> Share:
    return Share.of(each.understood.language == each.question.lang for each in measured if counts(each.question))


def _is_long(question: Question) -> bool:
    return len(question.text.split()) >= MANY_WORDS


def _calibration_error(measured: Sequence[Measured]) -> float | None:
    claims = [each for each in measured if each.is_sure_claim]
    if not claims:
        return None
    gaps = [_gap(list(group)) for group in _by_confidence(claims).values()]
    return round(100 * sum(gaps) / len(claims), 2)


def _by_confidence(claims: Sequence[Measured]) -> dict[int, list[Measured]]:
    groups: dict[int, list[Measured]] = defaultdict(list)
    for claim in claims:
        groups[min(int(claim.understood.confidence * _BINS), _BINS - 1)].append(claim)
    return groups


def _gap(claims: Sequence[Measured]) -> float:
    """How far the confidence of these is from how many of them are right, summed over them."""
    right = sum(claim.holds(claim.first(1)) for claim in claims)
    return abs(sum(claim.understood.confidence for claim in claims) - right)


def _percentile(values: Sequence[float], rank: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * rank // 100)]
