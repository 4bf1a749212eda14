"""A trial report as people read it on a terminal."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

from knowledge.evaluation.figures import Figures
from knowledge.trial.report import ALL, Heard, Move, TrialReport, Verdict

_FIGURES = ("first", "in_three", "answered_right", "answered_wrong", "danger_found", "false_alarms", "language")
_SHOWN = 20


def trial_table(report: TrialReport) -> str:
    """The whole report in lines: problems, what was asked, figures before and after, moves, what got worse."""
    parts = (_problems(report), _asked(report), _figures(report), _moves(report), _confusable(report), _worse(report))
    return "\n".join(line for part in parts for line in (*part, ""))


def print_step(step: str, done: int, total: int) -> None:
    """Tell on standard error how far a trial run is."""
    end = "\n" if done == total else ""
    print(f"\r{step}: {done} of {total}", end=end, file=sys.stderr, flush=True)


def _problems(report: TrialReport) -> Iterator[str]:
    yield f"{len(report.problems)} problems"
    yield from _first(str(problem) for problem in report.problems)


def _asked(report: TrialReport) -> Iterator[str]:
    asked = report.asked
    yield f"{asked.questions_run} of {asked.questions} questions of the package were asked: those of changed pages, and"
    yield "those nearest to a changed text; each without itself among the samples it is compared with"
    if asked.held_out is None:
        yield "no held-out messages: their folder is missing, so there are no figures"
    else:
        yield f"{asked.held_out} held-out messages, {asked.retired} of them about topics that are gone"
    yield "  ".join(f"{step} {seconds:.0f} s" for step, seconds in report.seconds.items())


def _figures(report: TrialReport) -> Iterator[str]:
    yield " | ".join(["language", *(str(Figures.model_fields[name].title) for name in _FIGURES)])
    for language in sorted(report.before, key=lambda code: (code != ALL, code)):
        rows = report.before[language], report.after[language]
        yield " | ".join([language, *(_change(*(row.value(name) for row in rows)) for name in _FIGURES)])


def _change(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return "-"
    return f"{before:.1f}" if before == after else f"{before:.1f} -> {after:.1f}"


def _moves(report: TrialReport) -> Iterator[str]:
    for held_out, what in ((True, "held-out messages"), (False, "questions of the package")):
        counts = Counter(move.verdict for move in report.moves if move.held_out is held_out)
        yield f"{what} that move: " + ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
        for verdict in (Verdict.WORSE, Verdict.BETTER, Verdict.NEITHER):
            yield from _first(_move(move) for move in report.moved(verdict, held_out=held_out))


def _move(move: Move) -> str:
    right = f" (asks for {', '.join(move.topics)})" if move.topics else f" ({move.kind})"
    return f"  {move.verdict}: {move.language} {move.text!r}{right}: {_heard(move.before)} -> {_heard(move.after)}"


def _heard(heard: Heard) -> str:
    return " ".join([heard.outcome.value, *([heard.detail] if heard.detail else []), ", ".join(heard.topics)]).strip()


def _confusable(report: TrialReport) -> Iterator[str]:
    yield f"{len(report.confusable)} pairs of topics newly confusable"
    for pair in report.confusable[:_SHOWN]:
        yield f"  {pair.asked} taken for {pair.taken_for}: {pair.before} -> {pair.after} questions, {pair.examples}"


def _worse(report: TrialReport) -> Iterator[str]:
    yield f"{len(report.worsening)} figures worse than their limit"
    for each in report.worsening:
        yield f"  {each.figure}, {each.language}: {each.before:.1f} -> {each.after:.1f} (limit {each.limit:.1f})"


def _first(lines: Iterable[str]) -> Iterator[str]:
    """The first so many lines, and how many more there are."""
    every = list(lines)
    yield from every[:_SHOWN]
    if len(every) > _SHOWN:
        yield f"  and {len(every) - _SHOWN} more"
