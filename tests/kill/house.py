"""The service under test: one gateway on SQLite, or two on PostgreSQL; how they are killed and come back."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.conftest import wait_until
from tests.ports import free_port
from tests.postgresql import PostgreSQL
from wegwijs.settings import PROJECT, Settings

START_SECONDS = 120.0
SMALL_DISK = "256m"
"""Room for some thousand conversations, and quick to fill."""
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "HOME")
"""Nothing else of the environment reaches the service: a setting of the developer must not change the test."""


CHILDREN = {"worker": "wegwijs.working", "rasa": "engine.lean"}
"""What stands in the command line of each child that is killed."""


@dataclass
class Replica:
    """One gateway, with a data folder, a worker and a Rasa of its own."""

    port: int
    folder: Path
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; it takes some seconds to answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _bring_what_is_learned(self.folder)
        own = {"WEGWIJS_DATA_DIR": str(self.folder), "WEGWIJS_PORT": str(self.port)}
        passed_on = {name: value for name, value in os.environ.items() if name in PASSED_ON}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wegwijs.cli", "run"],
                env={**passed_on, **self.environment, **own},
                cwd=PROJECT,
                stderr=log,
            )

    def kill(self) -> None:
        """End it as a power cut would. Its worker and its Rasa notice and end themselves."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill_child(self, kind: str) -> bool:
        """Kill its worker or its Rasa, one of `CHILDREN`; False when there is none at this moment."""
        with suppress(psutil.Error):
            for child in psutil.Process(self.process.pid if self.process else 0).children(recursive=True):
                if CHILDREN[kind] in " ".join(child.cmdline()):
                    child.kill()
                    return True
        return False

    def is_alive(self) -> bool:
        """Whether the process runs; it ends itself when it cannot start (a full disk, no database)."""
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        """Whether it is up."""
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health", timeout=2).status_code == httpx.codes.OK
        return False

    def wait(self) -> None:
        """Wait until it is up; one that ended is started again."""

        def up() -> bool:
            if not self.is_alive():
                self.start()
            return self.answers()

        wait_until(up, seconds=START_SECONDS)


def _bring_what_is_learned(folder: Path) -> None:
    learned, models = folder / "understanding", folder / "rasa"
    if not learned.exists():
        learned.symlink_to(Settings().data_dir / "understanding")
    models.mkdir(mode=0o700, exist_ok=True)
    for model in (Settings().data_dir / "rasa").glob("*.tar.gz"):
        if not (models / model.name).exists():
            shutil.copy(model, models)


@dataclass
class SmallDisk:
    """A file system of its own for the data folder, so that filling it hurts nobody else; needs root."""

    folder: Path

    @classmethod
    def mount(cls, folder: Path) -> "SmallDisk | None":
        """A small disk at this folder; None where we may not."""
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        return cls(folder=folder)

    def fill(self) -> None:
        """Take all the room there is."""
        with suppress(OSError), (self.folder / "filler").open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()

    def empty(self) -> None:
        """Give the room back."""
        (self.folder / "filler").unlink(missing_ok=True)

    def unmount(self) -> None:
        """Take it away; lazily, for somebody may still look at it."""
        subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)


@dataclass
class House:
    """All that runs of the service."""

    replicas: list[Replica]
    database_url: str
    postgresql: PostgreSQL | None = None
    disk: SmallDisk | None = None

    def start(self) -> None:
        """Start the replicas, one after the other: the first one makes the tables."""
        for replica in self.replicas:
            replica.start()
            replica.wait()

    def wait(self) -> None:
        """Wait until all of it is up."""
        for replica in self.replicas:
            replica.wait()

    def close(self) -> None:
        """End everything."""
        for replica in self.replicas:
            replica.stop()
        if self.postgresql is not None:
            self.postgresql.remove()
        if self.disk is not None:
            self.disk.unmount()


def make_house(database: str, folder: Path, environment: Callable[[list[str]], dict[str, str]]) -> House:
    """The house for `sqlite` or `postgresql`; `environment` gets the addresses and gives the settings."""
    ports = [free_port()] if database == "sqlite" else [free_port(), free_port()]
    settings = environment([f"http://127.0.0.1:{port}" for port in ports])
    data = folder / "data"
    disk = SmallDisk.mount(data) if database == "sqlite" else None
    postgresql = PostgreSQL() if database == "postgresql" else None
    if postgresql is not None:
        postgresql.make()
        postgresql.start()
        settings["WEGWIJS_DATABASE_URL"] = postgresql.url
    replicas = [
        Replica(port=port, folder=data / str(number), log=folder / f"service-{number}.log", environment=settings)
        for number, port in enumerate(ports)
    ]
    url = f"sqlite:///{replicas[0].folder / 'wegwijs.sqlite'}"
    if postgresql is not None:
        url = postgresql.url.replace("postgresql:", "postgresql+psycopg:")
    return House(replicas=replicas, database_url=url, postgresql=postgresql, disk=disk)
