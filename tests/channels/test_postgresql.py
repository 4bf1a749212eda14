"""The same service on a real PostgreSQL: conversation, form, erasing, and PostgreSQL going away for a moment."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from knowledge.understand import Understander
from tests.conftest import Chat, Service, free_port, keys, needed, start_service, stop_service, wait_until


@dataclass
class PostgreSQL:
    """A server of its own, in a folder of its own."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Its address, as a hosting platform writes it."""
        return f"postgresql://wegwijs@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs; it refuses to run as root, so root becomes its user first."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd="/")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self.run("pg_ctl", "-D", str(self.folder), "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self) -> None:
        """Stop it at once."""
        self.run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "stop")


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A fresh PostgreSQL server."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = Path(needed(str(programs[-1]) if programs else None, "PostgreSQL")).parent
    folder = tmp_path_factory.mktemp("postgresql")
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        for parent in list(folder.parents)[:2]:
            parent.chmod(0o755)
    server = PostgreSQL(programs=found, folder=folder / "data", port=free_port())
    server.run("initdb", "-D", str(server.folder), "-U", "wegwijs", "-A", "trust", "--no-sync")
    server.start()
    yield server
    with suppress(subprocess.CalledProcessError):
        server.stop()


@pytest.fixture(scope="module")
def on_postgresql(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory, understander: Understander
) -> Iterator[Service]:
    """The service with DATABASE_URL."""
    started = start_service(tmp_path_factory.mktemp("on-postgresql"), DATABASE_URL=postgresql.url)
    yield started
    stop_service(started)


def test_a_conversation_with_a_form_and_erasing(on_postgresql: Service) -> None:
    chat = Chat(on_postgresql.url, "ti")
    assert "answer" in keys(chat.say(button="topic:reception/emergency-shelter"))
    assert keys(chat.say(button="person")) == ["ask_consent"]
    assert keys(chat.say(button="yes")) == ["ask_town"]
    assert keys(chat.say(button="town:Gent")) == ["waiting"]
    assert keys(chat.say(button="stop_waiting")) == ["waiting_stopped"]
    assert keys(chat.say(button="delete")) == ["ask_delete"]
    assert keys(chat.say(button="yes")) == ["deleted"]
    assert not (on_postgresql.data_dir / "wegwijs.sqlite").exists()


def test_postgresql_away_for_a_moment_loses_nothing(on_postgresql: Service, postgresql: PostgreSQL) -> None:
    chat = Chat(on_postgresql.url, "en")
    chat.read()
    postgresql.stop()
    body = {"client_id": uuid4().hex, "text": "thank you"}
    assert chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers).status_code == 503
    postgresql.start()
    wait_until(
        lambda: chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers).status_code == 202, seconds=20
    )
    replies: list[dict[str, object]] = []

    def answered() -> bool:
        replies.extend(m for m in chat.read()["messages"] if m["author"] == "bot")  # type: ignore[attr-defined]
        return bool(replies)

    wait_until(answered, seconds=20)
    assert keys(replies) == ["thanks"]
