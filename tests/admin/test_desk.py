"""The desk's list: danger on top, then the longest waiting; closing gives the conversation back to the bot."""

import os
import subprocess
import sys

from tests.conftest import Chat, Service, keys, wait_until


def desk(service: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wegwijs.cli", "desk", *arguments],
        env={**os.environ, **service.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def waiting_chat(service: Service) -> Chat:
    chat = Chat(service.url, "fr")
    for step in ("person", "yes", "town:Gent"):
        chat.say(button=step)
    return chat


def test_danger_stands_above_who_waits_longer_and_no_word_is_shown(service: Service) -> None:
    waiting = waiting_chat(service)
    danger = Chat(service.url, "en")
    danger.read()
    danger.say("i want to end my life")
    listed = desk(service, "list").stdout
    assert listed.index(danger.id) < listed.index(waiting.id)
    assert "danger: suicide" in listed
    assert "end my life" not in listed
    (line,) = [line for line in listed.splitlines() if waiting.id in line]
    assert "waiting" in line
    assert "Gent" in line


def test_closing_tells_the_person_and_the_bot_answers_again(service: Service) -> None:
    chat = waiting_chat(service)
    assert desk(service, "close", chat.id).returncode == 0
    told: list[dict[str, object]] = []

    def read() -> bool:
        told.extend(chat.read()["messages"])  # type: ignore[arg-type]
        return len(told) == 2

    wait_until(read, seconds=10)
    assert keys(told) == ["closed", "ask_helped"]
    assert told[0]["language"] == "fr"
    assert keys(chat.say("merci")) == ["thanks"]
    assert chat.id not in desk(service, "list").stdout


def test_an_unknown_conversation_is_said(service: Service) -> None:
    done = desk(service, "close", "nobody")
    assert done.returncode == 1
    assert "no conversation nobody" in done.stderr
