"""`python -m tests.relearning`: is going on from what was learned as good as learning anew, and how long does it take?

Three changes are made to copies of the package; the messages of tests/held_out are asked both ways.
"""

import tempfile
import time

import joblib

from knowledge.encoder import VectorCache
from knowledge.evaluation.figures import Figures
from knowledge.evaluation.questions import Question, read_questions
from knowledge.evaluation.scorecard import measure, scorecard
from knowledge.pages import Package, load_package
from knowledge.samples import load_utterances
from knowledge.training import learn, make_encoder, understanding_folder
from knowledge.understand import Models, Understander
from tests.changed_packages import Change, changed, other_questions, without_topic
from wegwijs.settings import Settings
from wegwijs.storage import now

TOPIC = "health/pregnancy"
FIGURES = ("first", "in_three", "answered_right", "answered_wrong", "danger_found", "false_alarms", "language")
CHANGES: dict[str, tuple[list[Change], list[Change]]] = {
    "a page with other questions": ([], [other_questions("reception/waiting-list", "nl")]),
    "a new topic in three languages": ([without_topic(TOPIC)], [without_topic(TOPIC, but_in=("en", "nl", "ar"))]),
    "a new topic in all languages": ([without_topic(TOPIC)], []),
    "a retired topic": ([], [without_topic(TOPIC)]),
}
"""What was done to the package before, and what is done after."""


def learned(package: Package, before: Models | None) -> tuple[Models, float, float]:
    """The models of a package, and the seconds of the clock and of the processor to learn them."""
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
    package, questions = load_package(), read_questions(Settings().held_out)
    titles = [str(Figures.model_fields[figure].title) for figure in FIGURES]
    for name, (earlier, later) in CHANGES.items():
        print(f"{name} | {' | '.join(titles)} | seconds | of processor", flush=True)
        before, *_ = learned(changed(package, *earlier), None)
        for way, start in (("learned anew", None), ("gone on", before)):
            models, *seconds = learned(changed(package, *later), start)
            print(row(way, figures(models, questions), (seconds[0], seconds[1])), flush=True)


if __name__ == "__main__":
    main()
