"""How the persons of the kill test reach the service, and what they receive: each channel as it is in reality.

A message that is not accepted is sent again: by the web page with the same client id, by Telegram and Meta themselves.
"""

import asyncio
import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import httpx

from tests.kill.scripts import Step
from tests.standins import meta_payloads as payloads
from tests.standins.record import Taken
from tests.standins.running import GraphStandin, TelegramStandin

RESEND_SECONDS = 0.3
COLLECT_SECONDS = 0.3
IMPATIENT = 0.1
"""How often a web page loses its connection while it sends."""


class Door(Protocol):
    """One person's way in and out; `received` are the texts of the replies so far."""

    channel: str
    chat: str
    received: list[str]

    async def open(self) -> None:
        """Get ready to send."""
        ...

    async def send(self, step: Step) -> None:
        """Send a message; comes back when it is the provider's, or the service's, to keep."""
        ...

    async def look(self) -> None:
        """Bring `received` up to date."""
        ...


@dataclass
class Inboxes:
    """What the stand-ins took, by channel and chat, and in all."""

    standins: tuple[TelegramStandin, GraphStandin]
    taken: list[Taken] = field(default_factory=list)
    texts: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _numbers: dict[str, int] = field(default_factory=dict)

    async def collect(self) -> None:
        """Collect until cancelled."""
        while True:
            await asyncio.to_thread(self.collect_once)
            await asyncio.sleep(COLLECT_SECONDS)

    def collect_once(self) -> None:
        """Collect what is new."""
        for standin in self.standins:
            with suppress(httpx.HTTPError):
                self._collect_from(standin)

    def _collect_from(self, standin: TelegramStandin | GraphStandin) -> None:
        for message in standin.taken(after=self._numbers.get(standin.url, 0)):
            self._numbers[standin.url] = message.number
            self.taken.append(message)
            self.texts[message.channel, message.chat].append(message.text)


@dataclass
class WebDoor:
    """A web page. `addresses` are the replicas behind the balancer."""

    addresses: list[str]
    http: httpx.AsyncClient
    dice: random.Random
    channel: str = "web"
    chat: str = ""
    token: str = ""
    seen: int = 0
    received: list[str] = field(default_factory=list)

    async def open(self) -> None:
        """Start a conversation."""
        while not self.chat:
            with suppress(httpx.HTTPError):
                answer = await self.http.post(f"{self._address}/api/conversations", json={"language": None})
                if answer.status_code == httpx.codes.CREATED:
                    self.chat, self.token = answer.json()["id"], answer.json()["token"]
                    return
            await asyncio.sleep(RESEND_SECONDS)

    async def send(self, step: Step) -> None:
        """Send a message again and again until it is accepted; some tries end before their answer comes."""
        said = {"text": step.text} if step.text else {"button": step.button, "label": step.button}
        body = {"client_id": uuid4().hex, **said}
        while True:
            seconds = self.dice.uniform(0.002, 0.05) if self.dice.random() < IMPATIENT else 10
            with suppress(httpx.HTTPError):
                answer = await self.http.post(self._path, json=body, headers=self._headers, timeout=seconds)
                if answer.status_code == httpx.codes.ACCEPTED:
                    return
            await asyncio.sleep(RESEND_SECONDS)

    async def look(self) -> None:
        """Read what is new."""
        more = True
        while more:
            more = False
            with suppress(httpx.HTTPError):
                answer = await self.http.get(self._path, params={"after": self.seen}, headers=self._headers)
                if answer.status_code == httpx.codes.OK:
                    more = answer.json()["more"]
                    self._note(answer.json()["messages"])

    def _note(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self.seen = row["id"]
            if row["author"] != "person":
                self.received.append(row["text"])

    @property
    def _address(self) -> str:
        return self.dice.choice(self.addresses)

    @property
    def _path(self) -> str:
        return f"{self._address}/api/conversations/{self.chat}/messages"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class MessengerDoor:
    """A person in a messenger: what they send is its provider's to bring, what they receive is in its inbox."""

    channel: str
    chat: str
    inboxes: Inboxes
    received: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.received = self.inboxes.texts[self.channel, self.chat]

    async def open(self) -> None:
        """Nothing to do."""

    async def look(self) -> None:
        """Nothing to do: the inboxes are collected beside."""

    async def send(self, step: Step) -> None:
        """Give a message to the provider."""
        await asyncio.to_thread(self._send, step)

    def _send(self, step: Step) -> None:
        telegram, graph = self.inboxes.standins
        match self.channel:
            case "telegram" if step.text:
                telegram.say(self.chat, step.text)
            case "telegram":
                telegram.press(self.chat, step.button or "")
            case "whatsapp":
                graph.whatsapp(self.chat, _whatsapp(step))
            case _:
                graph.messenger(self.chat, _messenger(step))


def _whatsapp(step: Step) -> payloads.Payload:
    if step.text:
        return payloads.whatsapp_text(step.text)
    return payloads.whatsapp_button_reply(step.button or "", "A button")


def _messenger(step: Step) -> payloads.Payload:
    if step.text:
        return payloads.messenger_text(step.text)
    return payloads.messenger_quick_reply(step.button or "", "A button")
