"""Functions that try a change in a process of their own, each in its way; they take what the real one takes."""

import os
import signal
import time
from collections.abc import Callable

from pydantic import BaseModel

from knowledge.pages import Package
from wegwijs.settings import Settings

HERE = "tests.admin.editing.trying"
Progress = Callable[[str, int, int], None]


class Found(BaseModel):
    """As much of a report as the runner needs."""

    models_after: str
    changed: list[str]
    niceness: int
    worsening: list[str] = []


def finishing(before: Package, after: Package, *, settings: Settings, progress: Progress) -> Found:
    """Learns something, and finds the pages that changed."""
    progress("learning", 1, 1)
    models = settings.data_dir / "understanding" / "models-abc.joblib"
    models.parent.mkdir(exist_ok=True)
    models.write_bytes(b"learned")
    changed = [page.path for key, page in after.pages.items() if before.pages.get(key) != page]
    return Found(models_after="abc", changed=changed, niceness=os.nice(0))


def worse(before: Package, after: Package, *, settings: Settings, progress: Progress) -> Found:
    """Finds that something got worse."""
    found = finishing(before, after, settings=settings, progress=progress)
    return found.model_copy(update={"worsening": ["danger recall"]})


def slow(before: Package, after: Package, *, settings: Settings, progress: Progress) -> Found:
    """Tells that it is halfway, and finishes when there is a file "go on" in the data folder."""
    progress("asking", 50, 100)
    while not (settings.data_dir / "go on").exists():
        time.sleep(0.02)
    return finishing(before, after, settings=settings, progress=progress)


def failing(before: Package, after: Package, *, settings: Settings, progress: Progress) -> Found:
    """Fails."""
    raise ValueError("this goes into no log")


def dying(before: Package, after: Package, *, settings: Settings, progress: Progress) -> Found:
    """Is killed as by a machine without memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def dying_once(before: Package, after: Package, *, settings: Settings, progress: Progress) -> Found:
    """Is killed the first time."""
    mark = settings.data_dir / "died"
    if not mark.exists():
        mark.touch()
        dying(before, after, settings=settings, progress=progress)
    return finishing(before, after, settings=settings, progress=progress)
