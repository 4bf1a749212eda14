"""Understanding in a process of its own, so that the one which acknowledges messages stays quick.

Encoding and comparing keep a processor busy for 10 ms and hold Python's lock for half of it. Apart, they get their own
lock; and should native code ever crash, it costs one try of one message.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from knowledge.pages import Sources
from knowledge.sense import Sense
from knowledge.served import ServedPackage
from knowledge.understanding import Understanding
from wegwijs.child import end_with
from wegwijs.logs import logger
from wegwijs.memory import give_back_memory
from wegwijs.settings import Settings

if TYPE_CHECKING:
    from knowledge.understand import Understander

Answer = TypeVar("Answer")
log = logger(__name__)

IDLE_SECONDS = 600.0
"""Longer than grouping some thousand lines takes, which is asked in pieces."""


class UnderstandingProcess:
    """Starts its process with `start`, or with the first message; begins another when one has died."""

    def __init__(self, settings: Settings, sources: Sources) -> None:
        """With the models of the package of these files; learned there when there are none."""
        self._settings = settings
        self._sources = sources
        self._process: ProcessPoolExecutor | None = None

    async def start(self) -> None:
        """Wait until the models are loaded."""
        await self._ask(_models_file)

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:
        """What a message means.

        Raises:
            BrokenProcessPool: the process died; the next call begins another.
        """
        return await self._ask(_understand, text, conversation_language)

    async def senses(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Sense]:
        """What lines come down to; a few at a time, for whoever else asks waits meanwhile.

        Raises:
            BrokenProcessPool: the process died.
        """
        return await self._ask(_senses, texts, languages)

    async def grouped(self, vectors: Sequence[bytes]) -> list[int]:
        """Which lines ask the same, by the vectors of their senses (`knowledge.grouping`).

        Raises:
            BrokenProcessPool: the process died.
        """
        return await self._ask(_grouped, vectors)

    async def models_file(self, sources: Sources) -> Path:
        """Where the models of this package lie once they are learned; they may be already.

        Raises:
            BrokenProcessPool: the process died.
        """
        return await self._ask(_models_file_of, self._settings, sources)

    async def exchange(self, sources: Sources, models: Path) -> None:
        """Understand by this package, whose models lie or are to lie there, from now on; until then as before.

        Raises:
            BrokenProcessPool: a process died; it goes on as before.
        """
        if not models.exists():
            await self._learn(sources)
        await self._ask(_take_up, models)
        self._sources = sources

    async def _learn(self, sources: Sources) -> None:
        """Learn in a process beside, so that messages are understood meanwhile."""
        process = self._begin(sources)
        try:
            await asyncio.get_running_loop().run_in_executor(process, _models_file)
        finally:
            process.shutdown(wait=False, cancel_futures=True)

    async def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, question: Callable[..., Answer], *given: object) -> Answer:
        process = self._process = self._process or self._begin(self._sources)
        try:
            return await asyncio.get_running_loop().run_in_executor(process, question, *given)
        except BrokenProcessPool:
            if process is self._process:
                log.exception("understanding_died")
                self._process = None
            raise

    def _begin(self, sources: Sources) -> ProcessPoolExecutor:
        # Not forked: a fork would carry over the locks of the threads that run here.
        context = get_context("spawn")
        process = ProcessPoolExecutor(1, mp_context=context, initializer=end_with, initargs=(os.getpid(),))
        # Before anything else that it is asked; what a process is begun with it would keep in memory for good.
        process.submit(_load, self._settings, sources)
        return process


class UnderstandingOnDemand:
    """What lines come down to, in a process that is begun when somebody asks and ended when nobody has for a while.

    For the editors: their thousands of lines hold up nobody who writes, and cost no memory while they are not there.
    """

    def __init__(self, settings: Settings, served: ServedPackage) -> None:
        """By the models of the package that is served when the process begins."""
        self._settings = settings
        self._served = served
        self._process: UnderstandingProcess | None = None
        self._end_when_idle: asyncio.TimerHandle | None = None

    async def senses(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Sense]:
        """As `UnderstandingProcess.senses`."""
        with self._running() as process:
            return await process.senses(texts, languages)

    async def grouped(self, vectors: Sequence[bytes]) -> list[int]:
        """As `UnderstandingProcess.grouped`."""
        with self._running() as process:
            return await process.grouped(vectors)

    async def stop(self) -> None:
        """End the process, where there is one."""
        if self._end_when_idle is not None:
            self._end_when_idle.cancel()
        if self._process is not None:
            await self._process.stop()
            self._process = None

    @contextmanager
    def _running(self) -> Iterator[UnderstandingProcess]:
        loop = asyncio.get_running_loop()
        if self._end_when_idle is not None:
            self._end_when_idle.cancel()
        self._process = self._process or UnderstandingProcess(self._settings, self._served.package.sources)
        try:
            yield self._process
        finally:
            self._end_when_idle = loop.call_later(IDLE_SECONDS, lambda: loop.create_task(self.stop()))


@dataclass(frozen=True)
class _Loaded:
    understander: "Understander"
    models: Path


_loaded: _Loaded


def _load(settings: Settings, sources: Sources) -> None:
    """Load the models of this package; learn them when there are none."""
    import faiss  # noqa: PLC0415 - what is heavy is loaded here only

    from knowledge.pages import read_package  # noqa: PLC0415
    from knowledge.training import load_understander, models_path  # noqa: PLC0415

    global _loaded  # noqa: PLW0603 - one per process
    package = read_package(sources)
    understander = load_understander(package, settings)
    _loaded = _Loaded(understander, models_path(package, understander.encoder, settings))
    # For one message a second thread saves nothing; waiting for it in a loop doubles the processor time (16 to 30 ms).
    faiss.omp_set_num_threads(1)
    del package, sources
    give_back_memory()


def _take_up(models: Path) -> None:
    """Go on with the models in this file: 0.3 s, in which a message waits."""
    from knowledge.training import understander_of  # noqa: PLC0415

    global _loaded  # noqa: PLW0603 - one per process
    if models != _loaded.models:
        _loaded = _Loaded(understander_of(models, _loaded.understander.encoder), models)
        give_back_memory()


def _models_file() -> Path:
    """The file whose models are loaded."""
    return _loaded.models


def _models_file_of(settings: Settings, sources: Sources) -> Path:
    from knowledge.pages import read_package  # noqa: PLC0415
    from knowledge.training import models_path  # noqa: PLC0415

    return models_path(read_package(sources), _loaded.understander.encoder, settings)


def _understand(text: str, conversation_language: str | None) -> Understanding:
    return _loaded.understander.understand(text, conversation_language)


def _senses(texts: Sequence[str], languages: Sequence[str | None]) -> list[Sense]:
    return _loaded.understander.senses(texts, languages)


def _grouped(vectors: Sequence[bytes]) -> list[int]:
    from knowledge.grouping import grouped  # noqa: PLC0415 - brings scipy

    return grouped(vectors)
