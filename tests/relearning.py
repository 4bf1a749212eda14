"""`python -m tests.relearning`: is going on from what was learned as good as learning anew, and how long does it take?

Three changes are made to copies of the package; the messages of tests/held_out are asked both ways.
"""

import tempfile
import time

import joblib

from knowledge.encoder import VectorCache
from knowledge.evaluation.figures import Figures, Measured, figures
from knowledge.evaluation.questions import Question, read_questions
from knowledge.pages import Package, load_package
from knowledge.samples import load_utterances
from knowledge.training import content_hash, learn, make_encoder, understanding_folder
from knowledge.understand import Models, Understander
from tests.changed_packages import Change, changed, other_questions, without_topic
from wegwijs.settings import Settings

TOPIC = "health/pregnancy"
FIGURES = ("first", "in_three", "answered_right", "answered_wrong", "danger_found", "false_alarms", "language")
CHANGES: dict[str, tuple[list[Change], list[Change]]] = {
    "a page with other questions": ([], [other_questions("reception/waiting-list", "nl")]),
    "a new topic in three languages": ([without_topic(TOPIC)], [without_topic(TOPIC, but_in=("en", "nl", "ar"))]),
    "a new topic in all languages": ([without_topic(TOPIC)], []),
    "a retired topic": ([], [without_topic(TOPIC)]),
}
"""What was done to the package before, and what is done after."""


class Teacher:
    """Learns packages, each only once anew, with the seconds of the clock and of the processor that it took."""

    def __init__(self) -> None:
        self.encoder = make_encoder(Settings())
        self.cache = VectorCache(self.encoder, understanding_folder(Settings()))
        self._anew: dict[str, tuple[Models, float, float]] = {}

    def anew(self, package: Package) -> tuple[Models, float, float]:
        """What is learned of a package by itself."""
        name = content_hash(package, self.encoder)
        if name not in self._anew:
            self._anew[name] = self.learned(package, None)
        return self._anew[name]

    def learned(self, package: Package, before: Models | None) -> tuple[Models, float, float]:
        """What is learned of a package going on from `before`, as it is after it was kept."""
        wall, processor = time.perf_counter(), time.process_time()
        models = learn(package, load_utterances(), cache=self.cache, before=before, progress=lambda *_: None)
        seconds = time.perf_counter() - wall, time.process_time() - processor
        with tempfile.TemporaryFile() as kept:
            joblib.dump(models, kept)
            kept.seek(0)
            return joblib.load(kept), *seconds

    def figures(self, models: Models, questions: list[Question]) -> Figures:
        """What these models make of the messages."""
        understood = Understander(encoder=self.encoder, models=models).understand_all(
            [question.text for question in questions],
            without=[None] * len(questions),
            vectors=lambda texts: self.cache.vectors(texts, lambda *_: None),
        )
        pairs = zip(questions, understood, strict=True)
        return figures([Measured(question=one, understood=found, milliseconds=0.0) for one, found in pairs])


def row(name: str, found: Figures, seconds: tuple[float, float]) -> str:
    """A line of the table."""
    values = " | ".join(f"{found.value(figure):.1f}" for figure in FIGURES)
    return f"{name} | {values} | {seconds[0]:.0f} | {seconds[1]:.0f}"


def main() -> None:
    """Measure and print."""
    package, questions = load_package(), read_questions(Settings().held_out)
    titles = [str(Figures.model_fields[figure].title) for figure in FIGURES]
    teacher = Teacher()
    for name, (earlier, later) in CHANGES.items():
        print(f"{name} | {' | '.join(titles)} | seconds | of processor", flush=True)
        before, *_ = teacher.anew(changed(package, *earlier))
        after = changed(package, *later)
        for way, learned in (("learned anew", teacher.anew(after)), ("gone on", teacher.learned(after, before))):
            models, *seconds = learned
            print(row(way, teacher.figures(models, questions), (seconds[0], seconds[1])), flush=True)


if __name__ == "__main__":
    main()
