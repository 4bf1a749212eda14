"""How a provider can misbehave, by chance with a seed: lost connections, limits, failures, slowness, webhooks twice."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Chance = Field(default=0.0, ge=0, le=1)


class Rates(BaseModel):
    """The chance of each misbehaviour, from 0 to 1; `slow_seconds` is the longest pause."""

    model_config = ConfigDict(extra="forbid")
    drop_before: float = Chance
    drop_after: float = Chance
    too_many: float = Chance
    broken: float = Chance
    slow: float = Chance
    slow_seconds: float = 1.0
    retry_after: int = 1
    webhook_twice: float = Chance
    webhook_late: float = Chance


class Fate(StrEnum):
    """What happens to one message that the service sends."""

    TAKEN = "taken"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    TOO_MANY = "too_many"
    BROKEN = "broken"


@dataclass
class Mischief:
    """Throws the dice, and counts what it did."""

    seed: int
    rates: Rates = field(default_factory=Rates)
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def happens(self, name: str) -> bool:
        """Whether this misbehaviour happens now."""
        happens = self._dice.random() < float(getattr(self.rates, name))
        if happens:
            self.done[name] = self.done.get(name, 0) + 1
        return happens

    def fate(self) -> Fate:
        """What happens to the next message."""
        misfortunes = (Fate.DROP_BEFORE, Fate.TOO_MANY, Fate.BROKEN, Fate.DROP_AFTER)
        return next((each for each in misfortunes if self.happens(each)), Fate.TAKEN)

    async def dawdle(self) -> None:
        """Be slow, now and then."""
        if self.happens("slow"):
            await asyncio.sleep(self._dice.uniform(0, self.rates.slow_seconds))

    def lateness(self) -> float:
        """How many seconds a webhook call is held back, so that a later one overtakes it."""
        return self._dice.uniform(0.2, 2.0) if self.happens("webhook_late") else 0.0

    async def answer(
        self, *, take: Callable[[], Awaitable[Response]], too_many: Response, broken: Response
    ) -> Response:
        """The answer to a message that is in order: taken by `take`, or whatever happens to it."""
        await self.dawdle()
        match self.fate():
            case Fate.DROP_BEFORE:
                return Dropped()
            case Fate.DROP_AFTER:
                await take()
                return Dropped()
            case Fate.TOO_MANY:
                return too_many
            case Fate.BROKEN:
                return broken
            case _:
                return await take()


class Dropped(Response):
    """The connection breaks off before the answer is whole: the server closes what it never finished."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Begin an answer, and nothing more."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
