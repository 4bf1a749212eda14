"""Our own way, as `make train` teaches it and the service uses it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import faiss

from knowledge.training import load_understander
from tests.compare.way import Lesson, first_topics
from wegwijs.settings import PROJECT, Settings


class Wegwijs:
    """The understanding of Wegwijs."""

    title = "Wegwijs"
    pid = os.getpid()

    def learn(self, lesson: Lesson) -> None:
        """Learn in a process of its own, as `make train` does, so that this one is no bigger than the service's."""
        with tempfile.TemporaryDirectory() as folder:
            learned = Path(folder) / "understanding"
            learned.mkdir()
            for kept in (Settings().data_dir / "understanding").glob("[!m]*"):  # all but the models
                (learned / kept.name).symlink_to(kept)
            environment = {**os.environ, "WEGWIJS_DATA_DIR": folder, "WEGWIJS_RASA_ENABLED": "false"}
            subprocess.run(
                [sys.executable, "-m", "wegwijs.cli", "train"],
                env=environment,
                cwd=PROJECT,
                stdout=sys.stderr,
                check=True,
            )
            self._understander = load_understander(lesson.package, Settings(data_dir=Path(folder)))
        faiss.omp_set_num_threads(1)  # as in the service

    def rank(self, text: str) -> list[str]:
        """The topics it thinks of."""
        return first_topics(candidate.topic for candidate in self._understander.understand(text).topics)
