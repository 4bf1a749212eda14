"""What happens to the service while people write: kills at random moments, and everything else that goes wrong."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle, islice

from tests.kill.house import CHILDREN, House, Replica

BAD_WEATHER = {
    "drop_before": 0.02,
    "drop_after": 0.02,
    "too_many": 0.03,
    "broken": 0.01,
    "slow": 0.05,
    "slow_seconds": 2.0,
    "webhook_twice": 0.15,
    "webhook_late": 0.15,
}
"""How the providers misbehave all the while."""
KILLED = ("gateway", *CHILDREN)
"""What is killed."""
OUTAGE_SHARE = 0.1
"""How often, beside a kill, the database stops or the disk is full for some seconds."""


@dataclass
class Disturber:
    """Kills and disturbs by chance; `done` counts by kind."""

    house: House
    dice: random.Random
    progress: Callable[[str], None]
    done: Counter[str] = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(self.done[kind] for kind in KILLED)

    async def disturb(self, kills: int, *, seconds: float) -> None:
        """So many kills, spread over about so many seconds; as many of each kind, in any order."""
        pause = seconds / max(1, kills)
        kinds = list(islice(cycle(KILLED), kills))
        self.dice.shuffle(kinds)
        for number, kind in enumerate(kinds, start=1):
            end = time.monotonic() + self.dice.uniform(0, 2 * pause)
            if self.dice.random() < OUTAGE_SHARE:
                await self._outage()
            await self._kill(kind)
            if number % 10 == 0:
                self.progress(f"{number} of {kills} kills")
            await asyncio.sleep(max(0.0, end - time.monotonic()))

    async def _kill(self, kind: str) -> None:
        """Kill one, chosen by chance; one that is not up yet is waited for, so that each kill hits something."""
        replica = self.dice.choice(self.house.replicas)
        if kind in CHILDREN:
            while not replica.kill_child(kind):
                await self._step(replica)
        else:
            await asyncio.to_thread(replica.wait)
            await asyncio.sleep(self.dice.uniform(0, 1.0))
            replica.kill()
            replica.start()
        self.done[kind] += 1

    async def _step(self, replica: Replica) -> None:
        if not replica.is_alive():
            replica.start()
        await asyncio.sleep(0.1)

    async def _outage(self) -> None:
        seconds = self.dice.uniform(1, 4)
        if self.house.postgresql is not None:
            await asyncio.to_thread(self.house.postgresql.stop)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.house.postgresql.start)
            self.done["database stopped"] += 1
        elif self.house.disk is not None:
            await asyncio.to_thread(self.house.disk.fill)
            await asyncio.sleep(seconds)
            self.house.disk.empty()
            self.done["disk full"] += 1
