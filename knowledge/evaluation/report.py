"""The scorecard as people read it: a table on the terminal, and a folder of files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge.evaluation.figures import GROUPS, Figures, Share
from knowledge.evaluation.plot import reliability_plot
from knowledge.evaluation.scorecard import Scorecard

_TERMINAL = {
    "first": "R@1",
    "in_three": "R@3",
    "answered_right": "right",
    "answered_wrong": "wrong",
    "choices": "choices",
    "choices_hold": "of them hold",
    "unknown": "unknown",
    "other": "other",
    "danger_found": "danger found",
    "false_alarms": "false alarms",
    "off_topic_answered": "off-topic answered",
    "language": "language",
}
_TITLES = {
    "topics": "Questions for information",
    "needs": "Danger, persons, small talk, off-topic",
    "languages": "Language",
    "trust": "Confidence and time",
}
_SCORECARD = """# Scorecard of understanding

{messages} messages, each understood by itself; measured on {measured_on}, package {package}, model {model}.
Shares are in percent; "-" is nothing to count; `all` counts every message alike. Times are those of the machine that
measured. Mixed-up topics: `confusions.md`; confidence: `calibration.svg`; the counts: `scorecard.json`.
"""
_CONFUSIONS = """# Topics that are mixed up

Questions of {measured_on} whose topic was not thought of first: what they asked for (the first of several right
topics), what they were taken for, and how often in each language.

| asked for | taken for | times | languages |
|---|---|--:|---|"""


def terminal_table(card: Scorecard) -> str:
    """One line a language and one for all."""
    lines = [" | ".join(["lang", "n", *_TERMINAL.values()])]
    for name, row in _rows(card):
        shares: list[Share] = [getattr(row, figure) for figure in _TERMINAL]
        cells = ["-" if share.percent is None else f"{share.percent:.0f}%" for share in shares]
        lines.append(" | ".join([name, str(row.messages), *cells]))
    return "\n".join(lines)


def write_report(card: Scorecard, folder: Path) -> None:
    """Write scorecard.md, confusions.md, calibration.svg and scorecard.json; makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "scorecard.md": _scorecard(card),
        "confusions.md": _confusions(card),
        "calibration.svg": reliability_plot(card.calibration),
        "scorecard.json": card.model_dump_json(indent=1),
    }
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n", encoding="utf-8")


def _rows(card: Scorecard) -> Iterator[tuple[str, Figures]]:
    yield from card.languages.items()
    yield "all", card.everything


def _scorecard(card: Scorecard) -> str:
    head = _SCORECARD.format(
        messages=card.everything.messages,
        measured_on=card.measured_on,
        package=card.package[:12],
        model=card.model[:12],
    )
    tables = [line for group in GROUPS for line in _table(card, group)]
    return "\n".join([head, *tables]).rstrip()


def _table(card: Scorecard, group: str) -> Iterator[str]:
    names = ["messages", *GROUPS[group]]
    fields = Figures.model_fields
    yield f"## {_TITLES[group]}\n"
    yield _line(["language", *(str(fields[name].title) for name in names)])
    yield "|---" + "|--:" * len(names) + "|"
    for language, row in _rows(card):
        yield _line([language, *(_number(row.value(name)) for name in names)])
    yield ""
    yield from (f"* {fields[name].title}: {fields[name].description}" for name in GROUPS[group])
    yield ""


def _confusions(card: Scorecard) -> str:
    rows = [
        _line(
            [
                confusion.asked,
                confusion.taken_for,
                str(confusion.times),
                ", ".join(f"{code} {times}" for code, times in confusion.by_language.items()),
            ]
        )
        for confusion in card.confusions
    ]
    return "\n".join([_CONFUSIONS.format(measured_on=card.measured_on), *rows])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.1f}"
