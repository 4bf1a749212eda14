"""How often somebody may knock: counted in memory only, so that no address is ever stored."""

import time
from collections import OrderedDict
from collections.abc import Callable

_MAX_KEYS = 50_000


class TooMany(Exception):
    """The limit is reached; `retry_after` says in how many seconds it is worth trying again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class RateLimit:
    """A token bucket per key: `per_minute` at once, refilled evenly over a minute."""

    def __init__(self, *, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one.

        Raises:
            TooMany: the bucket of this key is empty.
        """
        moment = self._clock()
        level, since = self._buckets.pop(key, (self._capacity, moment))
        level = min(self._capacity, level + (moment - since) * self._per_second)
        allowed = level >= 1
        self._buckets[key] = (level - 1 if allowed else level, moment)
        if len(self._buckets) > _MAX_KEYS:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooMany(retry_after=max(1, round((1 - level) / self._per_second)))
