"""The last part of `make bench`: how long a trial run takes for a changed fact, a changed page and a new topic."""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from knowledge.pages import load_package
from knowledge.training import load_understander, understanding_folder
from knowledge.trial.run import try_out
from tests.changed_packages import Change, changed, other_questions, replaced, without_topic
from wegwijs.settings import Settings

TIMES = 3
TOPIC = "health/pregnancy"
PAGE = "reception/waiting-list/nl.md"
CHANGES: dict[str, tuple[list[Change], list[Change]]] = {
    "a changed fact": ([], [replaced(PAGE, "fact:waiting-list.months-2024-low", "fact:waiting-list.year")]),
    "a changed page": ([], [other_questions("reception/waiting-list", "nl")]),
    "a new topic": ([without_topic(TOPIC)], []),
}
"""What was done to the package before, and what is tried."""


def seconds(before: list[Change], after: list[Change]) -> tuple[float, float, dict[str, float]]:
    """The seconds of the clock and of the processor, and by step, where the version before is learned already."""
    package = load_package()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        shutil.copytree(understanding_folder(Settings()), understanding_folder(settings))
        published = changed(package, *before)
        load_understander(published, settings)
        wall, processor = time.perf_counter(), time.process_time()
        report = try_out(published, changed(package, *after), settings=settings, progress=lambda *_: None)
        return time.perf_counter() - wall, time.process_time() - processor, report.seconds


def main() -> None:
    """Measure and print."""
    load_understander(load_package(), Settings())
    for name, (before, after) in CHANGES.items():
        measured = [seconds(before, after) for _ in range(TIMES)]
        wall, processor = (statistics.median(each[place] for each in measured) for place in (0, 1))
        steps = ", ".join(f"{step} {taken:.0f}" for step, taken in measured[-1][2].items())
        print(f"trial, {name:15}  {wall:6.1f} s, {processor:.1f} s of processor ({steps})", flush=True)
    print(f"(load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")


if __name__ == "__main__":
    main()
