"""`python -m tests.relearning`: is going on from what was learned as good as learning anew, and how long does it take?

Three changes are made to copies of the package; the messages of tests/held_out are asked both ways.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import joblib

from knowledge.encoder import VectorCache
from knowledge.evaluation.figures import Figures
from knowledge.evaluation.questions import Question, read_questions
from knowledge.evaluation.scorecard import measure, scorecard
from knowledge.pages import FOLDER as PACKAGE
from knowledge.pages import load_package
from knowledge.samples import load_utterances
from knowledge.training import learn, load_understander, make_encoder, understanding_folder
from knowledge.understand import Models, Understander
from tests.changed_packages import other_questions, without_topic, without_topic_but_in
from wegwijs.settings import PROJECT, Settings
from wegwijs.storage import now

TOPIC = "health/pregnancy"
FIGURES = ("first", "in_three", "answered_right", "answered_wrong", "danger_found", "false_alarms", "language")
CHANGES: dict[str, tuple[Callable[[Path], None] | None, Callable[[Path], None]]] = {
    "a page with other questions": (None, other_questions("reception/waiting-list", "nl")),
    "a new topic in three languages": (without_topic(TOPIC), without_topic_but_in(TOPIC, ("en", "nl", "ar"))),
    "a retired topic": (None, without_topic(TOPIC)),
}
"""What was done to the package before, and what is done after."""


def learned(change: Callable[[Path], None] | None, before: Models | None) -> tuple[Models, float, float]:
    """The models of a changed package, and the seconds of the clock and of the processor to learn them."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "package"
        shutil.copytree(PACKAGE, copy)
        if change is not None:
            change(copy)
        package = load_package(copy)
    cache = VectorCache(make_encoder(Settings()), understanding_folder(Settings()))
    wall, processor = time.perf_counter(), time.process_time()
    models = learn(package, load_utterances(), cache=cache, before=before, progress=lambda *_: None)
    seconds = time.perf_counter() - wall, time.process_time() - processor
    with tempfile.TemporaryFile() as kept:
        joblib.dump(models, kept)
        kept.seek(0)
        return joblib.load(kept), *seconds


def figures(models: Models, questions: list[Question]) -> Figures:
    """What these models make of the messages."""
    understander = Understander(encoder=make_encoder(Settings()), models=models)
    card = scorecard(measure(understander, questions), measured_on=now().date(), package="", model="")
    return card.everything


def row(name: str, found: Figures, seconds: tuple[float, float]) -> str:
    """A line of the table."""
    values = " | ".join(f"{found.value(figure):.1f}" for figure in FIGURES)
    return f"{name} | {values} | {seconds[0]:.0f} | {seconds[1]:.0f}"


def main() -> None:
    """Measure and print."""
    questions = read_questions(PROJECT / "tests/held_out")
    load_understander(load_package(), Settings())
    titles = [str(Figures.model_fields[figure].title) for figure in FIGURES]
    for name, (earlier, later) in CHANGES.items():
        print(f"{name} | {' | '.join(titles)} | seconds | of processor", flush=True)
        before, *_ = learned(earlier, None)
        for way, start in (("learned anew", None), ("gone on", before)):
            models, *seconds = learned(later, start)
            print(row(way, figures(models, questions), (seconds[0], seconds[1])), flush=True)


if __name__ == "__main__":
    main()
