"""The report of a trial as a publisher reads it: first what gets worse, then what moves, in words."""

from dataclasses import dataclass

from pydantic import ValidationError

from admin.editing.explained import Explained, explained
from admin.editing.tables import Trial
from admin.editing.uses import title_of
from knowledge.evaluation.figures import Figures, Share
from knowledge.pages import Package
from knowledge.trial.report import ALL, Heard, Move, TrialReport, Verdict
from translations.languages import Language, languages

FIGURES = (
    "first",
    "in_three",
    "answered_right",
    "answered_wrong",
    "choices",
    "unknown",
    "off_topic_answered",
    "danger_found",
    "false_alarms",
    "person_found",
    "smalltalk_found",
    "language",
)
"""The figures that have a name in words, in their order."""
STEPS = {
    "checking": "checking",
    "learning": "learning",
    "finding what can move": "choosing",
    "asking the package's questions": "questions",
    "asking the held-out messages": "messages",
}
"""The names of the steps, by what the trial calls them; whatever else it tells of is part of learning."""
_NAMES = {str(Figures.model_fields[name].title): name for name in FIGURES}


@dataclass(frozen=True, kw_only=True)
class ShownMove:
    """A message that is understood in another way, and what people got and will get for it."""

    text: str
    language: Language | None
    before: list[str]
    after: list[str]
    move: Move


@dataclass(frozen=True, kw_only=True)
class ShownFigure:
    """A figure before and after, in per cent, over all languages (None) or in one."""

    name: str
    language: Language | None
    before: float
    after: float
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class ShownPair:
    """A topic whose questions now lead to another one more often."""

    asked: str
    taken_for: str
    before: int
    after: int
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ShownReport:
    """All that a report says, in the reader's language."""

    report: TrialReport
    worse: list[ShownFigure]
    moves: dict[Verdict, list[ShownMove]]
    figures: list[ShownFigure]
    pairs: list[ShownPair]
    problems: list[tuple[str, Explained]]


def step_of(trial: Trial) -> str:
    """The name of the step a trial is at."""
    return STEPS.get(trial.step, "learning") if trial.step else "beginning"


def shown_report(trial: Trial, package: Package, *, interface: str) -> ShownReport | None:
    """What the report of a trial says; None while there is none, or when it was written by another version of this."""
    try:
        report = TrialReport.model_validate(trial.report)
    except ValidationError:
        return None
    return ShownReport(
        report=report,
        worse=[
            ShownFigure(
                name=_NAMES.get(each.figure, ""),
                language=_language(each.language),
                before=each.before,
                after=each.after,
                limit=each.limit,
            )
            for each in report.worsening
        ],
        moves={
            verdict: [_move(move, package, interface) for move in report.moves if move.verdict is verdict]
            for verdict in (Verdict.WORSE, Verdict.BETTER, Verdict.NEITHER)
        },
        figures=_changed_figures(report),
        pairs=[
            ShownPair(
                asked=title_of(package, pair.asked, interface=interface),
                taken_for=title_of(package, pair.taken_for, interface=interface),
                before=pair.before,
                after=pair.after,
                examples=pair.examples,
            )
            for pair in report.confusable
        ],
        problems=[
            (problem.path, explained(problem, interface=interface)) for problem in report.problems if problem.blocks
        ],
    )


def _move(move: Move, package: Package, interface: str) -> ShownMove:
    def titles(heard: Heard) -> list[str]:
        return [title_of(package, topic, interface=interface) for topic in heard.topics]

    return ShownMove(
        text=move.text,
        language=_language(move.language),
        before=titles(move.before),
        after=titles(move.after),
        move=move,
    )


def _language(code: str) -> Language | None:
    return None if code == ALL else languages().get(code)


def _changed_figures(report: TrialReport) -> list[ShownFigure]:
    """The figures that are not what they were, those over all languages first."""
    shown = []
    for code in sorted(report.before.keys() & report.after.keys(), key=lambda code: (code != ALL, code)):
        before, after = report.before[code], report.after[code]
        for name in FIGURES:
            was, becomes = _percent(before, name), _percent(after, name)
            if was is not None and becomes is not None and was != becomes:
                shown.append(ShownFigure(name=name, language=_language(code), before=was, after=becomes))
    return shown


def _percent(figures: Figures, name: str) -> float | None:
    share: Share = getattr(figures, name)
    return share.percent
