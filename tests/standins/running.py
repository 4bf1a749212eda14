"""Starting and ending the stand-ins of the messengers, and what a test does with them.

telegram = start_telegram()
graph = start_graph(services=["http://127.0.0.1:8000"])
start_service(folder, **telegram.environment, **graph.environment)
telegram.press("1001", "language:en")
telegram.taken()
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from tests.conftest import wait_until
from tests.ports import free_port
from tests.standins import meta_payloads as payloads
from tests.standins.record import Taken
from wegwijs.settings import PROJECT

TELEGRAM_TOKEN = "1000001:stand-in-of-a-token-from-BotFather"
META_TOKEN = "stand-in-of-an-access-token"
APP_SECRET = "stand-in-of-an-app-secret"
VERIFY_TOKEN = "stand-in-of-a-verify-token"
PHONE_NUMBER_ID = "106540352242922"
PAGE_ID = "100200300400500"
PUBLIC_URL = "https://wegwijs.example"
"""Where the messengers would find us; the stand-ins are told where we really are."""
AnyStandin = TypeVar("AnyStandin", bound="Standin")


@dataclass
class Standin:
    """A stand-in that runs."""

    url: str
    process: subprocess.Popen[bytes]
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def taken(self, *, after: int = 0, chat: str | None = None) -> list[Taken]:
        """What it took after this number, in order; of one chat or of all."""
        rows = self.http.get(f"{self.url}/control/taken", params={"after": after}).json()
        found = [Taken.model_validate(row) for row in rows]
        return [each for each in found if chat in {None, each.chat}]

    def state(self) -> dict[str, Any]:
        """Its counts."""
        answer: dict[str, Any] = self.http.get(f"{self.url}/control/state").json()
        return answer

    def misbehave(self, **rates: float) -> None:
        """Misbehave so often from now on; without rates, behave."""
        self._control("misbehave", json=rates)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=10)
        self.http.close()

    def _control(self, path: str, **given: Any) -> httpx.Response:
        return self.http.post(f"{self.url}/control/{path}", **given).raise_for_status()


@dataclass
class TelegramStandin(Standin):
    """The stand-in of Telegram's Bot API."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which the service uses it."""
        return {"WEGWIJS_TELEGRAM_TOKEN": TELEGRAM_TOKEN, "WEGWIJS_TELEGRAM_API": self.url}

    def say(self, chat: str, text: str, *, language: str | None = None) -> None:
        """A person writes."""
        self._control(f"says/{chat}", params={"text": text} | ({"language": language} if language else {}))

    def press(self, chat: str, payload: str) -> None:
        """A person presses a button."""
        self._control(f"presses/{chat}", params={"payload": payload})

    def put(self, update: dict[str, Any]) -> int:
        """Put an update in, as it is."""
        return int(self._control("put", json=update).json())

    def block(self, chat: str, *, blocked: bool = True) -> None:
        """A person blocks the bot, or does so no more."""
        self._control(f"block/{chat}", params={"blocked": blocked})


@dataclass
class GraphStandin(Standin):
    """The stand-in of Meta's Graph API."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which the service uses it."""
        return {
            "WEGWIJS_GRAPH_API": self.url,
            "WEGWIJS_PUBLIC_URL": PUBLIC_URL,
            "WEGWIJS_WHATSAPP_TOKEN": META_TOKEN,
            "WEGWIJS_WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
            "WEGWIJS_WHATSAPP_APP_SECRET": APP_SECRET,
            "WEGWIJS_WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
            "WEGWIJS_MESSENGER_TOKEN": META_TOKEN,
            "WEGWIJS_MESSENGER_PAGE_ID": PAGE_ID,
            "WEGWIJS_MESSENGER_APP_SECRET": APP_SECRET,
            "WEGWIJS_MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
        }

    def whatsapp(self, sender: str, content: payloads.Payload, *, sent_at: float | None = None) -> None:
        """A person sends `content` of meta_payloads.whatsapp_*; it is brought until the service accepts it."""
        call = payloads.whatsapp_message(PHONE_NUMBER_ID, sender, content, sent_at=sent_at or time.time())
        self.bring("whatsapp", call)

    def messenger(self, sender: str, content: payloads.Payload, *, sent_at: float | None = None) -> None:
        """A person sends `content` of meta_payloads.messenger_*; it is brought until the service accepts it."""
        self.bring("messenger", payloads.messenger_event(PAGE_ID, sender, content, sent_at=sent_at or time.time()))

    def bring(self, channel: str, payload: payloads.Payload) -> None:
        """Bring a payload to a webhook of the service, signed, until it is accepted."""
        self._control(f"bring/{channel}", json=payload)

    def refuse(self, chat: str, *, code: int, subcode: int | None = None) -> None:
        """Refuse what is sent to this chat, with one of Meta's codes."""
        self._control(f"refuse/{chat}", params={"code": code} | ({"subcode": subcode} if subcode else {}))


def start_telegram(*, seed: int = 1, upstream: str | None = None) -> TelegramStandin:
    """Start the stand-in of Telegram's Bot API; `upstream` is the address of the emulator, to stand in front of it."""
    port = free_port()
    behind = ["--upstream", upstream] if upstream else []
    process = _start("telegram", port, "--token", TELEGRAM_TOKEN, "--seed", str(seed), *behind)
    return _ready(TelegramStandin(url=f"http://127.0.0.1:{port}", process=process))


def start_graph(*, services: Sequence[str], seed: int = 1) -> GraphStandin:
    """Start the stand-in of Meta's Graph API; `services` are the addresses it brings webhooks to, in turn."""
    port = free_port()
    account = ["--app-secret", APP_SECRET, "--phone-number-id", PHONE_NUMBER_ID, "--page-id", PAGE_ID]
    process = _start("graph", port, "--token", META_TOKEN, "--seed", str(seed), *account, "--service", *services)
    return _ready(GraphStandin(url=f"http://127.0.0.1:{port}", process=process))


def _start(provider: str, port: int, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.standins", provider, "--port", str(port), *arguments]
    return subprocess.Popen(command, cwd=PROJECT)


def _ready(standin: AnyStandin) -> AnyStandin:
    def answers() -> bool:
        assert standin.process.poll() is None, "the stand-in stopped"
        try:
            return standin.http.get(f"{standin.url}/control/state").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    wait_until(answers, seconds=20)
    return standin
