"""Measuring understanding on questions whose answer is known."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.understanding import Outcome, Understanding

if TYPE_CHECKING:
    from knowledge.understand import Understander

INFORMATION, OFF_TOPIC = "information", "off_topic"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A line of a question file: `lang`, `kind` and `topics` (acceptable ones) are known only when it measures."""

    id: str
    text: str
    lang: str | None = None
    kind: str | None = None
    topics: tuple[str, ...] = ()


def read_questions(path: Path) -> list[Question]:
    """Read JSON lines, of one file or of every *.jsonl in a folder; other fields are ignored.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is not JSON, or lacks id or text; the message names the line.
    """
    if path.is_dir():
        return [question for file in sorted(path.glob("*.jsonl")) for question in read_questions(file)]
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row: dict[str, Any] = json.loads(line)
            questions.append(
                Question(
                    id=str(row["id"]),
                    text=str(row["text"]),
                    lang=row.get("lang"),
                    kind=row.get("kind"),
                    topics=tuple(row.get("topics") or ()),
                )
            )
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}:{number}: not a line with id and text ({type(error).__name__} {error})") from None
    return questions


@dataclass
class Tally:
    """Counts of one language."""

    asked: int = 0
    first: int = 0
    in_three: int = 0
    answered_right: int = 0
    answered_wrong: int = 0
    choices_hold: int = 0
    choices_miss: int = 0
    unknown: int = 0
    other_outcome: int = 0
    language_right: int = 0
    messages: int = 0
    danger: int = 0
    danger_found: int = 0
    not_danger: int = 0
    false_alarms: int = 0
    off_topic: int = 0
    off_topic_answered: int = 0


@dataclass
class Scorecard:
    """What was measured, per language."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def as_text(self) -> str:
        """A table, one line a language and one for all."""
        heads: tuple[str, ...] = (
            "lang",
            "n",
            "R@1",
            "R@3",
            "right",
            "wrong",
            "choices",
            "of them hold",
            "unknown",
            "other",
        )
        heads += ("danger found", "false alarms", "off-topic answered", "language")
        lines = [" | ".join(heads)]
        everything = Tally()
        for code in sorted(self.tallies):
            tally = self.tallies[code]
            lines.append(_line(code, tally))
            for name, value in vars(tally).items():
                setattr(everything, name, getattr(everything, name) + value)
        return "\n".join([*lines, _line("all", everything)])


def _line(code: str, t: Tally) -> str:
    choices = t.choices_hold + t.choices_miss
    cells = (
        code,
        str(t.messages),
        _share(t.first, t.asked),
        _share(t.in_three, t.asked),
        _share(t.answered_right, t.asked),
        _share(t.answered_wrong, t.asked),
        _share(choices, t.asked),
        _share(t.choices_hold, choices),
        _share(t.unknown, t.asked),
        _share(t.other_outcome, t.asked),
        _share(t.danger_found, t.danger),
        _share(t.false_alarms, t.not_danger),
        _share(t.off_topic_answered, t.off_topic),
        _share(t.language_right, t.messages),
    )
    return " | ".join(cells)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "-"


def evaluate(understander: "Understander", questions: Sequence[Question]) -> Scorecard:
    """Understand every question and count."""
    card = Scorecard()
    for question in questions:
        understood = understander.understand(question.text)
        _count(card.tallies[question.lang or "?"], question, understood)
    return card


def _count(tally: Tally, question: Question, understood: Understanding) -> None:
    tally.messages += 1
    tally.language_right += understood.language == question.lang
    if question.kind == "danger":
        tally.danger += 1
        tally.danger_found += understood.outcome is Outcome.DANGER
        return
    tally.not_danger += 1
    tally.false_alarms += understood.outcome is Outcome.DANGER
    if question.kind == OFF_TOPIC:
        tally.off_topic += 1
        tally.off_topic_answered += understood.outcome is Outcome.ANSWER
    elif question.topics:
        _count_information(tally, question, understood)


def _count_information(tally: Tally, question: Question, understood: Understanding) -> None:
    ranked = [candidate.topic for candidate in understood.topics]
    tally.asked += 1
    tally.first += bool(set(ranked[:1]) & set(question.topics))
    tally.in_three += bool(set(ranked[:3]) & set(question.topics))
    match understood.outcome:
        case Outcome.ANSWER:
            right = ranked[0] in question.topics
            tally.answered_right += right
            tally.answered_wrong += not right
        case Outcome.CHOICES:
            held = bool(set(understood.choices) & set(question.topics))
            tally.choices_hold += held
            tally.choices_miss += not held
        case Outcome.UNKNOWN:
            tally.unknown += 1
        case _:
            tally.other_outcome += 1
