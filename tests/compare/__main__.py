"""Compare with the peers: `python -m tests.compare`; `--way bm25` measures one, and prints its figures as JSON."""

import argparse
import pkgutil
import subprocess
import sys
from pathlib import Path

from knowledge.evaluation.questions import read_questions
from knowledge.pages import load_package
from tests.compare import report
from tests.compare.measure import Row, measure
from tests.compare.way import Lesson, Way
from wegwijs.settings import PROJECT

HELD_OUT = PROJECT / "tests/held_out"
PAGE = PROJECT / "docs/compare.md"
WAYS = {
    "bm25": "tests.compare.words:BM25",
    "tfidf": "tests.compare.words:CharacterTfidf",
    "titles": "tests.compare.vectors:NearestTitle",
    "questions": "tests.compare.vectors:NearestQuestion",
    "rasa-logistic": "tests.compare.rasa:RasaLogistic",
    "rasa-diet": "tests.compare.rasa:RasaDiet",
    "wegwijs": "tests.compare.ours:Wegwijs",
}
"""By name where each is found: a process loads its own only, so that its memory is its own."""


def main() -> None:
    """Measure one way, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--questions", type=Path, default=HELD_OUT)
    given = parser.parse_args()
    if given.way:
        print(_measure(given.way, given.questions).model_dump_json())
        return
    rows = [_in_own_process(name, given.questions) for name in WAYS]
    page = report.page(rows, samples=len(Lesson.of(load_package()).samples))
    print(page)
    PAGE.write_text(page, encoding="utf-8")


def _measure(name: str, path: Path) -> Row:
    way: Way = pkgutil.resolve_name(WAYS[name])()
    questions = [question for question in read_questions(path) if question.asks_for_page]
    return measure(way, Lesson.of(load_package()), questions)


def _in_own_process(name: str, path: Path) -> Row:
    print(f"comparing: {name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tests.compare", "--way", name, "--questions", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Row.model_validate_json(done.stdout)


if __name__ == "__main__":
    main()
