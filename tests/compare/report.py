"""The tables of the comparison, for people."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import fmean

from tests.compare import rasa
from tests.compare.measure import Hits, Row

_INTRODUCTION = f"""# Peers

The same samples taught, the same messages asked (`tests/held_out`, information messages), each way in a process of its
own; made by `make compare`.

* **R@1**, **R@3**: percent of the messages whose first topic, or one of the first three, is right; what is no topic
  (small talk ...) is left out of every ranking. The mean is over the languages.
* **learning**: seconds until the first answer. The encoder keeps its vectors between runs: encoding the samples anew
  takes some minutes more.
* **p50**: milliseconds a message, one at a time; Rasa's through its HTTP interface.
* **memory**: megabytes resident in the process that answers, after all messages. Where a way learns in that process,
  what learning left behind is in it; Wegwijs and Rasa learn in another, as they do in use.
* **Rasa**: one model over all languages, as it comes, but for the features (the {rasa.WORDS:,} commonest words and
  {rasa.CHARACTERS:,} sequences of 1 to 4 characters), the epochs of DIET ({rasa.DIET_EPOCHS} instead of 300), and
  {rasa.LEARN_SECONDS / 60:.0f} minutes to learn at most.
"""


def page(rows: Sequence[Row], *, samples: int) -> str:
    """The whole page."""
    asked = max((_messages(row) for row in rows), default=0)
    made = (
        f"{datetime.now(UTC):%Y-%m-%d}; {samples:,} samples, {asked:,} messages; {os.cpu_count()} cores, "
        f"load average {os.getloadavg()[2]:.1f}."
    )
    tables = [_summary(rows), _by_language(rows, "first", "R@1"), _by_language(rows, "in_three", "R@3")]
    return "\n\n".join([_INTRODUCTION + "\n" + made, *tables]) + "\n"


def _summary(rows: Sequence[Row]) -> str:
    lines = ["| way | R@1 | R@3 | learning s | p50 ms | memory MB |", "|---|--:|--:|--:|--:|--:|"]
    lines += [f"| {row.title} | {_figures(row)} |" for row in rows]
    return "\n".join(lines)


def _figures(row: Row) -> str:
    if row.stopped is not None:
        return f"{row.stopped} | - | - | - | -"
    accuracy = (f"{_mean(row, name):.1f}" for name in ("first", "in_three"))
    return " | ".join([*accuracy, f"{row.learn_seconds:.0f}", f"{row.milliseconds:.1f}", f"{row.megabytes:.0f}"])


def _by_language(rows: Sequence[Row], name: str, title: str) -> str:
    measured = [row for row in rows if row.hits]
    codes = sorted({code for row in measured for code in row.hits})
    lines = [f"## {title} by language", "", f"| way | {' | '.join(codes)} |", "|---" + "|--:" * len(codes) + "|"]
    for row in measured:
        figures = " | ".join(f"{_percent(row.hits[code], name):.0f}" for code in codes)
        lines.append(f"| {row.title} | {figures} |")
    return "\n".join(lines)


def _messages(row: Row) -> int:
    return sum(hits.messages for hits in row.hits.values())


def _mean(row: Row, name: str) -> float:
    return fmean(_percent(hits, name) for hits in row.hits.values())


def _percent(hits: Hits, name: str) -> float:
    counted: int = getattr(hits, name)
    return 100 * counted / hits.messages
