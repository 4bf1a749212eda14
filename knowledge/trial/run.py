"""A trial run: the check, learning, and asking both versions the same messages."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock

import faiss

from knowledge.check import check_package
from knowledge.encoder import VectorCache, Vectors
from knowledge.evaluation.questions import Question, read_questions
from knowledge.lesson import Progress
from knowledge.pages import Package
from knowledge.training import content_hash, load_understander, make_encoder, understanding_folder
from knowledge.trial.choosing import Version, chosen, own_questions
from knowledge.trial.comparing import Pair, confusable, figures_of, worsening
from knowledge.trial.report import Asked, TrialReport
from knowledge.understand import Understander
from knowledge.understanding import Understanding
from wegwijs.settings import Settings

CHECKING, LEARNING, CHOOSING = "checking", "learning", "finding what can move"
QUESTIONS, HELD_OUT = "asking the package's questions", "asking the held-out messages"
_ENCODING = Lock()
_AT_ONCE = 500


def try_out(before: Package, after: Package, *, settings: Settings, progress: Progress) -> TrialReport:
    """What changes for people when `after` is published in the place of `before`.

    What was not learned yet is learned and kept, so that publishing finds it. It may be ended at any moment: a file is
    written whole or not at all. A package of which the check finds problems is tried all the same.
    """
    steps = _Steps(progress)
    with steps.step(CHECKING):
        problems = check_package(after, before=before)
    with steps.step(LEARNING):
        encoder = make_encoder(settings)
        load = partial(load_understander, settings=settings, encoder=encoder, progress=progress)
        learned = [(package, load(package)) for package in (before, after)]
        # Only now: learning holds the same 100 MB of vectors, and gives them back.
        cache = VectorCache(encoder, understanding_folder(settings))
        sides = [
            _Side(package=package, understander=understander, cache=cache, name=content_hash(package, encoder))
            for package, understander in learned
        ]
    with steps.step(CHOOSING):
        questions = chosen(sides[0].version, sides[1].version, cache=cache)
    messages = read_questions(settings.held_out) if settings.held_out.exists() else []
    asked = [
        _ask(sides, asked, steps=steps, step=step, topics=set(after.topics))
        for asked, step in ((questions, QUESTIONS), (messages, HELD_OUT))
    ]
    own, apart = asked
    figures = [figures_of(apart, after=side) for side in (False, True)]
    return TrialReport(
        models_before=sides[0].name,
        models_after=sides[1].name,
        problems=tuple(problems),
        asked=Asked(
            questions=len(own_questions(sides[0].version, sides[1].version)),
            questions_run=len(own),
            held_out=len(apart) if settings.held_out.exists() else None,
            retired=sum(pair.retired for pair in apart),
        ),
        moves=tuple(move for pair in (*apart, *own) if (move := pair.move)),
        before=figures[0],
        after=figures[1],
        confusable=tuple(confusable(own)),
        worsening=tuple(worsening(*figures)),
        seconds=steps.seconds,
    )


class _Steps:
    """Tells which step is under way, and keeps how long each took."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.progress(name, 0, 1)
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 1)
        self.progress(name, 1, 1)


@dataclass(frozen=True, kw_only=True)
class _Side:
    """A version of the package, what was learned from it, and the name of that."""

    package: Package
    understander: Understander
    cache: VectorCache
    name: str

    @cached_property
    def version(self) -> Version:
        return Version(self.package, self.understander.neighbours)

    def understand(self, questions: Sequence[Question]) -> list[Understanding]:
        return self.understander.understand_all(
            [question.text for question in questions],
            without=[self.version.itself(question) for question in questions],
            vectors=self._vectors,
        )

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        # Both versions are asked at the same time: who comes second finds the new texts encoded and the file written.
        with _ENCODING:
            return self.cache.vectors(texts, lambda *_: None)


def _ask(
    sides: Sequence[_Side], questions: Sequence[Question], *, steps: _Steps, step: str, topics: set[str]
) -> list[Pair]:
    pairs: list[Pair] = []
    # Each version once, and both at the same time, a core for each: half of the work is native code that lets the other
    # go on. Where nothing was to be learned there is one.
    once = {side.name: side for side in sides}
    faiss.omp_set_num_threads(1)
    with steps.step(step), ThreadPoolExecutor(len(once)) as pool:
        for start in range(0, len(questions), _AT_ONCE):
            some = questions[start : start + _AT_ONCE]
            found = pool.map(lambda side, questions=some: side.understand(questions), once.values())
            of_name = dict(zip(once, found, strict=True))
            understood = [of_name[side.name] for side in sides]
            pairs += [
                Pair.of(question, before, after, held_out=step == HELD_OUT, topics=topics)
                for question, before, after in zip(some, *understood, strict=True)
            ]
            steps.progress(step, len(pairs), len(questions))
    return pairs
