"""The translating process as the service sees it: begun with the first text, one text at a time, ended when idle."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from translations.machine.packages import UnusablePackage
from wegwijs.settings import PROJECT

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONPATH")
"""What the process gets of our environment: never a key or a token."""

LONGEST_ANSWER = 1_000_000
"""Bytes."""


class TranslationFailed(Exception):
    """The process died, was too slow or could not translate; the message never holds the text."""


class TranslationProcess:
    """Translates in a process of its own: it may take seconds and hundreds of megabytes, and native code may crash."""

    def __init__(self, *, scratch: Path, idle_seconds: float, longest_seconds: float) -> None:
        """Nothing is started yet.

        Args:
            scratch: a folder for what the libraries write.
            idle_seconds: after so long without a text the process ends, and its models leave memory.
            longest_seconds: what one text may take.
        """
        self._scratch = scratch
        self._idle_seconds = idle_seconds
        self._longest_seconds = longest_seconds
        self._process: Process | None = None
        self._end_when_idle: asyncio.TimerHandle | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether models may be in memory."""
        return self._process is not None and self._process.returncode is None

    async def translate(self, sentences: Sequence[str], packages: Sequence[Path]) -> list[str]:
        """Each sentence, translated with the first package, its translation with the next.

        Raises:
            UnusablePackage: a package could not be opened.
            TranslationFailed: it could be, but there is no translation.
        """
        request = {"packages": [str(package) for package in packages], "sentences": list(sentences)}
        async with self._one_at_a_time:
            answer = await self._ask(request)
        if "unreadable" in answer:
            raise UnusablePackage(str(answer["unreadable"]))
        if "failed" in answer:
            raise TranslationFailed(str(answer["failed"]))
        return list(answer["sentences"])

    async def stop(self) -> None:
        """End the process and wait until it has ended."""
        process = self._process
        self._end()
        if process is not None:
            await process.wait()

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._end_when_idle is not None:
            self._end_when_idle.cancel()
        try:
            async with asyncio.timeout(self._longest_seconds):
                line = await self._exchange(json.dumps(request))
        except TimeoutError:
            self._end()
            raise TranslationFailed(f"it took more than {self._longest_seconds:g} s") from None
        except BaseException:
            self._end()  # a late answer would be taken for that to the next text
            raise
        self._end_when_idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._end)
        return dict(json.loads(line))

    async def _exchange(self, request: str) -> bytes:
        process = await self._running()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(request.encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        except ConnectionError:
            line = b""
        if not line:
            raise TranslationFailed("its process died")
        return line

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._scratch.mkdir(parents=True, exist_ok=True)
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "translations.machine.worker", str(self._scratch)),
                stdin=PIPE,
                stdout=PIPE,
                cwd=PROJECT,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
                limit=LONGEST_ANSWER,
                start_new_session=True,  # a Ctrl-C is for the service, whose end closes our standard input
            )
        return self._process

    def _end(self) -> None:
        if self._end_when_idle is not None:
            self._end_when_idle.cancel()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process = None
