"""Bringing webhook calls as a provider does: again and again until the service says 200; now and then late or twice."""

import asyncio
import hmac
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import httpx

from tests.standins.mischief import Mischief

PAUSE_SECONDS = 0.5
"""Before a call is tried again; the providers take longer, but a test has less time."""
Headers = Callable[[bytes], dict[str, str]]


def signed(app_secret: str) -> Headers:
    """Meta's signature over the raw body."""
    return lambda body: {
        "X-Hub-Signature-256": f"sha256={hmac.new(app_secret.encode(), body, sha256).hexdigest()}",
        "Content-Type": "application/json",
    }


def with_secret(secret: str | None) -> Headers:
    """Telegram's secret token."""
    own = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
    return lambda _body: {**own, "Content-Type": "application/json"}


def post_signed(url: str, payload: dict[str, Any], *, app_secret: str) -> httpx.Response:
    """One signed call, for a test that wants to see its answer."""
    body = json.dumps(payload).encode()
    return httpx.post(url, content=body, headers=signed(app_secret)(body), timeout=10)


@dataclass
class Postman:
    """Brings payloads to the service. Of several addresses (replicas) each try takes the next, as a balancer does."""

    urls: list[str]
    headers: Headers
    mischief: Mischief
    accepted: int = 0
    calls: int = 0
    pending: int = 0
    refused: list[int] = field(default_factory=list)
    """The answers 4xx: the service will never take such a call."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._addresses: Iterator[str] = itertools.cycle(self.urls)
        self._http = httpx.AsyncClient(timeout=10)

    def bring(self, payload: dict[str, Any]) -> None:
        """Begin to bring a payload, beside everything else."""
        self.pending += 1
        task = asyncio.create_task(self._bring(json.dumps(payload).encode()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def bring_now(self, payload: dict[str, Any]) -> None:
        """Bring a payload and come back when it is accepted; for a provider that keeps the order."""
        self.pending += 1
        await self._bring(json.dumps(payload).encode())

    async def _bring(self, body: bytes) -> None:
        try:
            await asyncio.sleep(self.mischief.lateness())
            await self._until_accepted(body)
            if self.mischief.happens("webhook_twice"):
                await self._until_accepted(body)
            self.accepted += 1
        finally:
            self.pending -= 1

    async def _until_accepted(self, body: bytes) -> None:
        while not await self._is_accepted(body):
            await asyncio.sleep(PAUSE_SECONDS)

    async def _is_accepted(self, body: bytes) -> bool:
        self.calls += 1
        try:
            answer = await self._http.post(next(self._addresses), content=body, headers=self.headers(body))
        except httpx.HTTPError:
            return False
        except AttributeError:  # anyio's, when the connection was cut at the moment it was made
            return False
        if 400 <= answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            self.refused.append(answer.status_code)
        return answer.status_code == httpx.codes.OK
