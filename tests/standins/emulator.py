"""An independent Bot API server behind our stand-in: the npm package telegram-test-api, which others wrote.

What persons send takes the form it has there, and what the bot sends has to be taken there. What it lacks remains
with the stand-in: updates are handed out again until the bot confirms them, and dates are in seconds.
"""

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

PACKAGE = "telegram-test-api@4.2.1"
_SERVER = """
const TelegramServer = require('telegram-test-api');
new TelegramServer({host: '127.0.0.1', port: PORT, storage: 'RAM', storeTimeout: 86400}).start();
"""
INSTALL_SECONDS = 180.0
_OF_A_MESSAGE = ("message_id", "chat", "text")
"""What a bot gets back; the emulator sends all its parameters back too, in a form that no message has."""


@dataclass
class Emulator:
    """The emulator that runs, in a folder of its own: nothing of it comes into the repository."""

    url: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls) -> "Emulator":
        """Install it from npm and start it."""
        folder, port = Path(tempfile.mkdtemp(prefix="telegram-test-api-")), free_port()
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), PACKAGE]
        subprocess.run(install, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        script = _SERVER.replace("PORT", str(port))
        return cls(f"http://127.0.0.1:{port}", subprocess.Popen(["node", "-e", script], cwd=folder))

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=10)


@dataclass
class Upstream:
    """The emulator as our stand-in uses it."""

    url: str
    token: str

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(base_url=self.url, timeout=10)

    async def person_says(self, chat: str, text: str) -> None:
        """A person writes."""
        await self._post("/sendMessage", {**self._common(chat), "text": text})

    async def person_presses(self, chat: str, payload: str, under: dict[str, Any] | None) -> None:
        """A person presses a button."""
        common = self._common(chat)
        message = under or {**common, "message_id": 0, "date": int(time.time())}
        await self._post("/sendCallback", {**common, "message": message, "data": payload})

    async def new_updates(self) -> list[dict[str, Any]]:
        """What is new; the emulator hands each out once."""
        updates: list[dict[str, Any]] = (await self._post(f"/bot{self.token}/getUpdates", {}))["result"]
        return updates

    async def take(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Give it a message of the bot; the message as it took it."""
        message: dict[str, Any] = (await self._post(f"/bot{self.token}/sendMessage", parameters))["result"]
        return {**{name: message[name] for name in _OF_A_MESSAGE}, "date": int(message["date"] / 1000)}

    def _common(self, chat: str) -> dict[str, Any]:
        person = {"id": int(chat), "first_name": "Person", "is_bot": False}
        place = {"id": int(chat), "first_name": "Person", "type": "private"}
        return {"botToken": self.token, "date": int(time.time()), "from": person, "chat": place}

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._http.post(path, json=body)
        answer.raise_for_status()
        given: dict[str, Any] = answer.json()
        return given
