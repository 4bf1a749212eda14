"""The persons of the kill test: each goes through a script, waits for answers, and remembers what never came."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.kill.doors import Door
from tests.kill.scripts import Material, Step

PATIENCE_SECONDS = 150.0
"""Longer than two deliveries whose senders died one after the other (60 s each), and the lease of a worker that died
(15 s), hold up a chat."""
QUIET_SECONDS = 3.0
"""What has not come so long after everything is worked off will not come."""
LOOK_SECONDS = 0.25


@dataclass
class Person:
    """One person on one channel; `asked` is what was accepted of them."""

    door: Door
    asked: list[Step] = field(default_factory=list)
    unanswered: list[Step] = field(default_factory=list)

    async def go_through(
        self, bursts: list[list[Step]], *, is_over: Callable[[], bool], quiet_at: Callable[[], float]
    ) -> None:
        """Send burst after burst, until the script or the test is over.

        `quiet_at` says when everything was last seen worked off: it is no use to wait for what did not come by then.
        """
        await self.door.open()
        for burst in bursts:
            if is_over():
                return
            due = [step for step in burst if self._is_due(step)]
            before = len(self.door.received)
            for step in due:
                await self.door.send(step)
                self.asked.append(step)
            await self._wait_for(due, before, quiet_at)

    def _is_due(self, step: Step) -> bool:
        last = self.door.received[-1] if self.door.received else ""
        return step.only_after is None or last.startswith(step.only_after)

    async def _wait_for(self, steps: list[Step], before: int, quiet_at: Callable[[], float]) -> None:
        began = time.monotonic()
        while self._missing(steps, before):
            if time.monotonic() > began + PATIENCE_SECONDS or quiet_at() > began + QUIET_SECONDS:
                # What only one message brings is looked for again at the end.
                self.unanswered += [step for step in self._missing(steps, before) if not step.once]
                return
            await asyncio.sleep(LOOK_SECONDS)
            await self.door.look()

    def _missing(self, steps: list[Step], before: int) -> list[Step]:
        return [step for step in steps if not _is_answered(step, self.door.received[before:])]

    def never_heard(self) -> list[Step]:
        """What was asked, accepted, and not answered to this day."""
        once = [step for step in self.asked if step.once]
        return [*self.unanswered, *(step for step in once if not _is_answered(step, self.door.received))]


def _is_answered(step: Step, texts: list[str]) -> bool:
    return any(step.is_answered_by(said) for said in texts)


@dataclass
class Crowd:
    """Persons at work: so many at once, one after the other on each place, until the test is over."""

    material: Material
    doors: Callable[[str, int, random.Random], Door]
    channels: tuple[str, ...]
    seed: int
    persons: list[Person] = field(default_factory=list)
    is_over: bool = False
    quiet_at: float = 0.0

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    async def work(self, places: int) -> None:
        """Go on until `is_over`, and until everybody has the answers they wait for."""
        await asyncio.gather(*(self._place(self.channels[place % len(self.channels)]) for place in range(places)))

    async def _place(self, channel: str) -> None:
        while not self.is_over:
            number = next(self._numbers)
            dice = random.Random(f"{self.seed} {number}")
            person = Person(door=self.doors(channel, number, dice))
            self.persons.append(person)
            bursts = list(self.material.script(dice))
            await person.go_through(bursts, is_over=lambda: self.is_over, quiet_at=lambda: self.quiet_at)

    @property
    def messages(self) -> int:
        """How many messages were accepted so far."""
        return sum(len(person.asked) for person in self.persons)
