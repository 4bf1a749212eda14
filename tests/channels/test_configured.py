"""A messenger is connected whole or not at all, and says what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wegwijs.settings import PROJECT

WHATSAPP = {
    "WEGWIJS_PUBLIC_URL": "https://wegwijs.example",
    "WEGWIJS_WHATSAPP_TOKEN": "t",
    "WEGWIJS_WHATSAPP_PHONE_NUMBER_ID": "1",
    "WEGWIJS_WHATSAPP_APP_SECRET": "s",
    "WEGWIJS_WHATSAPP_VERIFY_TOKEN": "v",
}


def wegwijs(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wegwijs.cli", *arguments],
        env={**os.environ, "WEGWIJS_DATA_DIR": str(folder), "WEGWIJS_RASA_ENABLED": "false", **environment},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_what_is_not_begun_is_not_missed(tmp_path: Path) -> None:
    done = wegwijs("channels", "check", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.count("not connected") == 3


def test_a_token_is_all_that_telegram_needs(tmp_path: Path) -> None:
    done = wegwijs("channels", "check", folder=tmp_path, WEGWIJS_TELEGRAM_TOKEN="1:t")
    assert (done.returncode, "telegram: complete" in done.stdout) == (0, True)


@pytest.mark.parametrize("left_out", list(WHATSAPP))
def test_whatever_is_missing_is_named(tmp_path: Path, left_out: str) -> None:
    given = {name: value for name, value in WHATSAPP.items() if name != left_out}
    done = wegwijs("channels", "check", folder=tmp_path, **given)
    assert done.returncode == 1
    assert f"whatsapp: {left_out} is not" in done.stdout


def test_a_half_configured_channel_does_not_start_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "understanding").symlink_to(PROJECT / "data/understanding")
    given = {**WHATSAPP, "WEGWIJS_WHATSAPP_APP_SECRET": ""}
    done = wegwijs("run", folder=tmp_path, **given)
    assert done.returncode == 1
    assert "WEGWIJS_WHATSAPP_APP_SECRET is not set" in done.stderr
    assert "Traceback" not in done.stderr
