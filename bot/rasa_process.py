"""Rasa as a child process: trained when its rules changed, started, watched, started again, ended with us.

Rasa runs in its own environment (bot/rasa/requirements-py3*.txt) and listens on loopback only. Everything it
writes lies in ``<data_dir>/rasa``: models, tracker.db, generated configuration, rasa.log.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeGuard
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import psycopg
import structlog

from bot.actions import TOKEN_HEADER
from wegwijs.child import end, keep_alive

log = structlog.get_logger()

PROJECT = Path(__file__).parent / "rasa"
POSTGRES_SCHEMA = "rasa"
"""Rasa names its table "events"; in a schema of its own it cannot meet a table of ours."""

POLL_SECONDS = 0.5
POLL_TIMEOUT = 2.0
MISSES_UNTIL_STUCK = 3  # 6 s: longer than the 5 s for which a locked SQLite may block Rasa's event loop
SECONDS_TO_START = 60.0  # measured: 1 to 1.5 s, 6 s without compiled bytecode; a small machine needs more
SECONDS_TO_STOP = 5.0
LONGEST_LOG = 5_000_000

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
PASSED_ON_PREFIXES = ("OPENBLAS_", "NVPL_")  # processor workarounds that numpy needs on some machines
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",  # on by default, with Sentry: both would call out of the machine
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    "LOG_LEVEL": "WARNING",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class RasaNotInstalled(Exception):
    """There is no interpreter at the path given, or it has no Rasa."""


class RasaTrainingFailed(Exception):
    """Rasa did not accept the dialogue project; the message is the end of its output."""


class RasaNotReady(Exception):
    """Rasa did not come up in the time given."""


class UnsupportedDatabase(ValueError):
    """Rasa's tracker store is SQLite in the data folder or PostgreSQL."""


class RasaProcess:
    """Keeps one Rasa running. A restart may take another port, so ask for `webhook_url` each time."""

    def __init__(
        self,
        *,
        python: Path,
        data_dir: Path,
        database_url: str | None,
        actions_url: str,
        token: str,
        redis_url: str | None = None,
    ) -> None:
        self._redis_url = redis_url
        self._python = python
        self._data_dir = data_dir
        self._database_url = database_url
        self._actions_url = actions_url
        self._token = token
        self._port = _free_port()
        self._child: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def webhook_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/webhooks/gateway/webhook"

    async def start(self) -> None:
        """Train if need be, then keep a child running until `stop`.

        Raises RasaNotInstalled or RasaTrainingFailed; what fails later is tried again.
        """
        model = await asyncio.to_thread(train_model, self._python, self._data_dir)
        if in_postgres(self._database_url):
            await asyncio.to_thread(_create_schema, self._database_url)
        self._supervisor = asyncio.create_task(keep_alive("rasa", partial(self._live, model)), name="rasa")

    async def wait_until_ready(self, timeout: float) -> None:
        try:
            await asyncio.wait_for(self._ready.wait(), timeout)
        except TimeoutError:
            log_file = rasa_dir(self._data_dir) / "rasa.log"
            raise RasaNotReady(f"Rasa is not ready after {timeout} s, see {log_file}") from None

    async def stop(self) -> None:
        if self._supervisor:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None

    async def _live(self, model: Path) -> None:
        async with self._running(model) as child:
            await self._watch(child)

    @contextlib.asynccontextmanager
    async def _running(self, model: Path) -> AsyncIterator[asyncio.subprocess.Process]:
        self._port = _free_port()
        child = self._child = await self._spawn(model)
        log.info("rasa_started", pid=child.pid, port=self._port)
        try:
            yield child
        finally:
            self._ready.clear()
            await end(child, seconds=SECONDS_TO_STOP)
            self._child = None
            log.info("rasa_ended", pid=child.pid, code=child.returncode)

    async def _spawn(self, model: Path) -> asyncio.subprocess.Process:
        folder = rasa_dir(self._data_dir)
        self._write_configuration(folder)
        with _open_log(folder) as output:
            return await asyncio.create_subprocess_exec(
                *(str(self._python), "-m", "engine.lean", "run", "--model", str(model)),
                *("--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml")),
                *("--interface", "127.0.0.1", "--port", str(self._port)),
                cwd=folder,
                env=_environment(folder) | self._of_this_service(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C must not end Rasa before the service is done with it
            )

    def _of_this_service(self) -> dict[str, str]:
        """Rasa reads the schema; engine/lean.py reads whom to end with."""
        schema = POSTGRES_SCHEMA if in_postgres(self._database_url) else ""
        return {"POSTGRESQL_SCHEMA": schema, "WEGWIJS_PROCESS": str(os.getpid())}

    def _write_configuration(self, folder: Path) -> None:
        """Written anew for each child. JSON is YAML, and Rasa expands no ${...} in quoted strings."""
        endpoints: dict[str, object] = {
            "action_endpoint": {
                "url": self._actions_url,
                "headers": {TOKEN_HEADER: self._token},
                "enable_selective_domain": True,  # without it each call carries the whole domain
            },
            "tracker_store": tracker_store(self._database_url, self._data_dir),
        }
        if self._redis_url:
            endpoints["lock_store"] = lock_store(self._redis_url)
        _write_private(folder / "endpoints.yml", endpoints)
        _write_private(folder / "credentials.yml", {"engine.channel.GatewayInput": {"token": self._token}})

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        """Returns when the child has died, hangs, or does not come up."""
        began, misses = time.monotonic(), 0
        async with httpx.AsyncClient(timeout=POLL_TIMEOUT, headers={TOKEN_HEADER: self._token}) as client:
            while child.returncode is None:
                if await self._answers(client):
                    self._ready.set()
                    misses = 0
                elif self.is_ready:
                    misses += 1
                if misses == MISSES_UNTIL_STUCK:
                    log.error("rasa_hangs", pid=child.pid)
                    return
                if not self.is_ready and time.monotonic() - began > SECONDS_TO_START:
                    log.error("rasa_does_not_come_up", pid=child.pid)
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), POLL_SECONDS)

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        """Asked with the token: another program that took the port in between does not count."""
        try:
            answer = await client.get(f"http://127.0.0.1:{self._port}/webhooks/gateway/health")
        except httpx.HTTPError:
            return False
        return answer.status_code == 200


def train_model(python: Path, data_dir: Path) -> Path:
    """The model of the dialogue project as it is now; trained (3 s) only when there is none yet."""
    folder = rasa_dir(data_dir)
    model = folder / f"{_fingerprint(python)}.tar.gz"
    if not model.exists():
        log.info("rasa_trains", model=model.name)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            trained = _train(python, Path(scratch))
            trained.replace(model)  # in one step: a second process sees a whole model or none
    return model


def _train(python: Path, scratch: Path) -> Path:
    result = _run(
        *(python, "-m", "engine.lean", "train", "--out", scratch, "--fixed-model-name", "model"),
        *("--config", PROJECT / "config.yml", "--domain", PROJECT / "domain.yml", "--data", PROJECT / "data"),
        cwd=scratch,
        env=_environment(scratch) | {"RASA_CACHE_DIRECTORY": str(scratch / "cache")},
    )
    model = scratch / "model.tar.gz"
    if result.returncode or not model.exists():
        raise RasaTrainingFailed((result.stdout + result.stderr)[-4000:])
    return model


def _fingerprint(python: Path) -> str:
    """Of everything the model is made from: the project's files and Rasa itself."""
    question = "import importlib.metadata as m; print(m.version('rasa'))"
    if not python.exists():
        raise RasaNotInstalled(f"no {python}")
    version = _run(python, "-c", question, cwd=PROJECT, env=_environment(PROJECT))
    if version.returncode:
        raise RasaNotInstalled(f"{python} has no Rasa: {version.stderr[-1000:]}")
    digest = hashlib.sha256(version.stdout.strip().encode())
    sources = [path for pattern in ("*.yml", "data/*.yml", "engine/*.py") for path in PROJECT.glob(pattern)]
    for source in sorted(sources):
        digest.update(f"\0{source.relative_to(PROJECT)}\0".encode() + source.read_bytes())
    return digest.hexdigest()


def _run(*command: str | Path, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """No shell, and no argument that came from outside: interpreter and paths are settings of the service."""
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)  # noqa: S603


def rasa_dir(data_dir: Path) -> Path:
    folder = data_dir.resolve() / "rasa"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def tracker_path(data_dir: Path) -> Path:
    return rasa_dir(data_dir) / "tracker.db"


def in_postgres(database_url: str | None) -> TypeGuard[str]:
    """Where Rasa keeps its trackers: in the service's PostgreSQL, or else in a SQLite file of its own."""
    dialect = urlsplit(database_url or "sqlite:").scheme.partition("+")[0]
    if dialect not in {"postgresql", "sqlite"}:
        raise UnsupportedDatabase(dialect)
    return dialect == "postgresql"


def lock_store(redis_url: str) -> dict[str, object]:
    """Rasa's lock of a conversation, shared by all Rasas; redis://user:password@host:port/number."""
    parts = urlsplit(redis_url)
    return {
        "type": "redis",
        "url": parts.hostname or "127.0.0.1",
        "port": parts.port or 6379,
        "username": parts.username,
        "password": parts.password,
        "db": int(parts.path.strip("/") or 0),
        "use_ssl": parts.scheme == "rediss",
        "key_prefix": "wegwijs",
    }


def tracker_store(database_url: str | None, data_dir: Path) -> dict[str, object]:
    """Rasa's description of its tracker store. It wants the parts of a PostgreSQL address, for psycopg2."""
    ours = "engine.tracker_store.LeanTrackerStore"
    if not in_postgres(database_url):
        return {"type": ours, "dialect": "sqlite", "db": str(tracker_path(data_dir))}
    url = urlsplit(database_url)
    parts = {"url": url.hostname, "port": url.port, "username": url.username, "password": url.password}
    given = {name: unquote(part) if isinstance(part, str) else part for name, part in parts.items() if part}
    database = unquote(url.path.lstrip("/"))
    options = {"query": dict(parse_qsl(url.query))}
    return {"type": ours, "dialect": "postgresql", "db": database, **options, **given}


def libpq_url(database_url: str) -> str:
    """Without the "+psycopg" of "postgresql+psycopg://...", which is for SQLAlchemy only."""
    scheme, _, rest = database_url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def _create_schema(database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {POSTGRES_SCHEMA}")


def _environment(home: Path) -> dict[str, str]:
    """A clean one, so that no secret of the service reaches Rasa. Libraries may write into `home`."""
    passed_on = {k: v for k, v in os.environ.items() if k in PASSED_ON or k.startswith(PASSED_ON_PREFIXES)}
    return passed_on | QUIET | {"HOME": str(home), "PYTHONPATH": str(PROJECT)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _write_private(path: Path, content: Mapping[str, object]) -> None:
    """Holds the token and perhaps a database password: for the service's user only, from the first byte."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)


def _open_log(folder: Path) -> BinaryIO:
    path = folder / "rasa.log"
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.replace(folder / "rasa.log.1")
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
