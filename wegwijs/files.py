"""Files that other processes read while they are written anew."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

_UNFINISHED = ".unfinished"
_LEFT_BEHIND = 3600.0
"""Seconds after which what a killed process left unfinished is thrown away."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Where to write what is to be this file, in a folder that is made: it takes its place when all is written.

    Whoever reads the file meanwhile finds the one before, whole. Of a process that is killed nothing stays for long.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    unfinished = path.with_name(f"{path.name}.{token_hex(8)}{_UNFINISHED}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for path in folder.glob(f"*{_UNFINISHED}"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND:
                path.unlink()
