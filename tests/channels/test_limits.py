"""Rate limits: fair over time, and forgetful."""

import pytest

from channels.limits import RateLimit, TooMany


def test_so_many_at_once_then_evenly_over_the_minute() -> None:
    moment = 0.0
    limit = RateLimit(per_minute=3, clock=lambda: moment)
    for _ in range(3):
        limit.take("a")
    with pytest.raises(TooMany) as caught:
        limit.take("a")
    assert caught.value.retry_after == 20
    limit.take("b")
    moment = 20.0
    limit.take("a")
    with pytest.raises(TooMany):
        limit.take("a")


def test_memory_stays_bounded() -> None:
    limit = RateLimit(per_minute=1)
    for number in range(60_000):
        limit.take(str(number))
    assert len(limit._buckets) <= 50_000
