"""The container files, held statically: they name files, settings and programs that exist."""

import re
import shlex
from pathlib import Path

import yaml

from wegwijs.settings import PROJECT, Settings

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))


def known_settings() -> set[str]:
    return {f"WEGWIJS_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL"}


def test_everything_the_image_copies_exists() -> None:
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE):
        for source in shlex.split(line)[:-1]:
            assert (PROJECT / source).exists(), source


def test_the_service_reads_the_settings_file_that_the_documents_name() -> None:
    assert COMPOSE["services"]["wegwijs"]["env_file"] == [{"path": ".env", "required": False}]


def test_the_settings_of_the_containers_are_settings() -> None:
    given = set(COMPOSE["services"]["wegwijs"]["environment"]) | set(re.findall(r"WEGWIJS_[A-Z_]+", DOCKERFILE))
    assert given <= known_settings()


def test_the_service_waits_for_its_database_and_neither_is_open_to_the_world() -> None:
    services = COMPOSE["services"]
    assert services["wegwijs"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert "ports" not in services["database"]
    assert all(port.startswith("127.0.0.1:") for port in services["wegwijs"]["ports"])


def test_no_password_is_written_down() -> None:
    for name, value in COMPOSE["services"]["database"]["environment"].items():
        if "PASSWORD" in name:
            assert value.startswith("${")


def test_the_image_installs_what_the_lock_files_pin() -> None:
    assert "--require-hashes -r requirements.txt" in DOCKERFILE
    assert "--require-hashes -r bot/rasa/requirements-py311.txt" in DOCKERFILE
    assert "--no-deps --require-hashes -r requirements-translate.txt" in DOCKERFILE
    assert Path(PROJECT / "requirements.txt").exists()
