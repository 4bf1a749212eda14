"""Two understandings of the same messages: what moved, what is mixed up now, what got worse."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from knowledge.evaluation.figures import Figures, Measured, figures
from knowledge.evaluation.questions import DANGER, OFF_TOPIC, PERSON, SMALLTALK, Question
from knowledge.trial.report import ALL, Confusable, Heard, Move, Verdict, Worsening
from knowledge.understanding import Outcome, Understanding

NEWLY_MIXED_UP = 2
"""From so many more questions on, two topics are called newly confusable: one may be chance."""
_EXAMPLES = 3
_SOUGHT = {DANGER: Outcome.DANGER, PERSON: Outcome.PERSON, SMALLTALK: Outcome.SMALLTALK}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """By how many per cent a figure may get worse: over all languages, and in one."""

    overall: float
    in_one: float
    more_is_better: bool = True


LIMITS = {
    "first": Limit(overall=0.5, in_one=2.8),
    "in_three": Limit(overall=0.5, in_one=2.8),
    "answered_right": Limit(overall=1.0, in_one=4.2),
    "answered_wrong": Limit(overall=0.3, in_one=1.4, more_is_better=False),
    "danger_found": Limit(overall=0.0, in_one=0.0),
    "false_alarms": Limit(overall=0.3, in_one=1.6, more_is_better=False),
    "person_found": Limit(overall=0.9, in_one=12.6),
    "off_topic_answered": Limit(overall=0.4, in_one=6.7, more_is_better=False),
    "language": Limit(overall=0.2, in_one=0.8),
}
"""About one message of a language in a hundred to two may change by chance when anything is learned again: a language
has some 72 questions, so one of them is 1.4 per cent, and 15 off-topic messages. Danger has no room: each cry for help
that is no longer heard is for a person to look at."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A message and what each version makes of it; `question.topics` are those that are still there.

    `retired`: it asks only for topics that are gone, so nothing is right any more.
    """

    question: Question
    held_out: bool
    retired: bool
    before: Understanding
    after: Understanding

    @classmethod
    def of(
        cls, question: Question, before: Understanding, after: Understanding, *, held_out: bool, topics: set[str]
    ) -> "Pair":
        """The pair of a question, `topics` being all that there are after the change."""
        left = tuple(topic for topic in question.topics if topic in topics)
        retired = bool(question.topics) and not left
        asked = question if retired else replace(question, topics=left)
        return cls(question=asked, held_out=held_out, retired=retired, before=before, after=after)

    @property
    def verdict(self) -> Verdict:
        """Whether it is understood better or worse after the change."""
        gained = _worth(self.question, self.after) - _worth(self.question, self.before)
        if self.retired or gained == 0:
            return Verdict.NEITHER
        return Verdict.BETTER if gained > 0 else Verdict.WORSE

    @property
    def move(self) -> Move | None:
        """The move, if it is one: a person gets something else."""
        before, after = Heard.of(self.before), Heard.of(self.after)
        if before == after:
            return None
        return Move(
            text=self.question.text,
            language=self.question.lang,
            kind=self.question.kind,
            topics=self.question.topics,
            held_out=self.held_out,
            before=before,
            after=after,
            verdict=self.verdict,
        )


def _worth(question: Question, understood: Understanding) -> int:
    """How good it is what a person gets: a right page, choices that hold it, nothing yet, a wrong page."""
    outcome = understood.outcome
    if question.asks_for_page:
        if outcome is Outcome.ANSWER:
            return 3 if understood.topics[0].topic in question.topics else 0
        if outcome is Outcome.CHOICES and set(understood.choices) & set(question.topics):
            return 2
        return int(outcome in {Outcome.CHOICES, Outcome.UNKNOWN})
    if question.kind == OFF_TOPIC:
        return {Outcome.UNKNOWN: 2, Outcome.CHOICES: 1, Outcome.SMALLTALK: 1}.get(outcome, 0)
    if question.kind in _SOUGHT:
        return int(outcome is _SOUGHT[question.kind])
    return int(outcome is not Outcome.DANGER)


def figures_of(pairs: Sequence[Pair], *, after: bool) -> dict[str, Figures]:
    """The figures of one side, of each language and of ALL, but for what asks for retired topics; without times."""
    by_language: dict[str, list[Measured]] = defaultdict(list)
    for pair in pairs:
        if not pair.retired:
            understood = pair.after if after else pair.before
            measured = Measured(question=pair.question, understood=understood, milliseconds=0.0)
            by_language[pair.question.lang].append(measured)
            by_language[ALL].append(measured)
    return {language: figures(measured) for language, measured in sorted(by_language.items())}


def worsening(before: dict[str, Figures], after: dict[str, Figures]) -> Iterator[Worsening]:
    """Every figure that got worse by more than its limit, those of all languages first."""
    for language in sorted(before, key=lambda code: (code != ALL, code)):
        for name, limit in LIMITS.items():
            was, becomes = before[language].value(name), after[language].value(name)
            allowed = limit.overall if language == ALL else limit.in_one
            if was is None or becomes is None:
                continue
            if (was - becomes if limit.more_is_better else becomes - was) > allowed:
                title = str(Figures.model_fields[name].title)
                yield Worsening(figure=title, language=language, before=was, after=becomes, limit=allowed)


def confusable(pairs: Sequence[Pair]) -> list[Confusable]:
    """Topics for whose questions another topic now comes first more often than before, the most often first."""
    before, after = _taken_for(pairs, after=False), _taken_for(pairs, after=True)
    found = [
        Confusable(
            asked=asked,
            taken_for=other,
            before=len(before.get((asked, other), ())),
            after=len(texts),
            examples=tuple(text for text in texts if text not in before.get((asked, other), ()))[:_EXAMPLES],
        )
        for (asked, other), texts in after.items()
        if len(texts) - len(before.get((asked, other), ())) >= NEWLY_MIXED_UP
    ]
    return sorted(found, key=lambda pair: (pair.before - pair.after, pair.asked, pair.taken_for))


def _taken_for(pairs: Sequence[Pair], *, after: bool) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pair in pairs:
        best = (pair.after if after else pair.before).choices[:1]
        if best and not pair.retired and pair.question.asks_for_page and best[0] not in pair.question.topics:
            found[pair.question.topics[0], best[0]].append(pair.question.text)
    return found
