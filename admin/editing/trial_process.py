"""A trial in a process of its own, which gives way to whoever answers people and may be ended at any moment."""

import os
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from admin.editing.units import with_units
from knowledge.pages import read_package
from wegwijs.child import end_with
from wegwijs.settings import Settings

TRY_OUT = "knowledge.trial.run:try_out"
"""The function that tries a change: (before, after, *, settings, progress) -> TrialReport."""
_NICENESS = 10
_TELLS_EVERY_SECONDS = 0.2


class TrialDied(RuntimeError):
    """The process ended without a word."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is to be tried: the files that stand, and the units that would change. `try_out` is "module:function"."""

    sources: dict[str, str]
    changes: dict[str, str | None]
    settings: Settings
    try_out: str = TRY_OUT


@dataclass(frozen=True)
class Progress:
    """How far a trial is: the step, and how much of it is done."""

    step: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Finished:
    """The report of a trial, as JSON, and the file of what was learned for it, if there is one."""

    report: dict[str, Any]
    models: Path | None


@dataclass(frozen=True)
class Failed:
    """A trial met an error: its class and place, for the log."""

    error: str


News = Progress | Finished | Failed


class TrialProcess:
    """One trial under way. It ends with the thread that began it, and with `end`."""

    def __init__(self, task: Task) -> None:
        """Begin it."""
        # Not forked: a fork would carry over the locks of the threads that run here.
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_carry_out, args=(theirs, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self._ours.send(task)
        except OSError:  # it died at once; `news` says so
            self._ours.close()

    def news(self, *, within: float) -> News | None:
        """The last it said, at most so many seconds from now; None when it said nothing.

        Raises:
            TrialDied: it has ended without a report.
        """
        last: News | None = None
        try:
            while self._ours.poll(within if last is None else 0):
                last = self._ours.recv()
                if not isinstance(last, Progress):
                    break
        except (EOFError, OSError):
            raise TrialDied from None
        return last

    def end(self) -> None:
        """Kill it, if it still runs."""
        self._process.kill()
        self._process.join()
        self._ours.close()


def _carry_out(pipe: Connection, parent: int) -> None:
    """In the new process: try what is asked, and tell how it goes."""
    end_with(parent)
    os.nice(_NICENESS)
    task: Task = pipe.recv()
    try:
        news: News = _tried(task, _Teller(pipe))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        news = Failed(f"{type(error).__name__} at {place.filename}:{place.lineno}")
    pipe.send(news)


def _tried(task: Task, tell: "_Teller") -> Finished:
    module, _, name = task.try_out.partition(":")
    try_out = getattr(import_module(module), name)
    before = read_package(task.sources)
    after = read_package(with_units(task.sources, task.changes), like=before)
    report = try_out(before, after, settings=task.settings, progress=tell)
    return Finished(report.model_dump(mode="json"), _models(report.models_after, task.settings))


def _models(name: str, settings: Settings) -> Path | None:
    path = settings.data_dir / "understanding" / f"models-{name}.joblib"
    return path if path.exists() else None


class _Teller:
    """Passes progress on: every new step and every end of one at once, the rest a few times a second."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._step = ""
        self._told_at = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        moment = time.monotonic()
        if step != self._step or done == total or moment - self._told_at >= _TELLS_EVERY_SECONDS:
            self._step, self._told_at = step, moment
            self._pipe.send(Progress(step, done, total))
