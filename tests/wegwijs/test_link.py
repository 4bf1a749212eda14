"""What the gateway and its worker tell each other: it costs nobody a wait, and ends when one of them does."""

from socket import socketpair

import pytest

from wegwijs.link import Hint, Link


async def both_ends() -> tuple[Link, Link]:
    one, other = socketpair()
    return await Link.over(one), await Link.over(other)


async def test_what_is_told_is_heard_in_order() -> None:
    gateway, worker = await both_ends()
    worker.tell(Hint.WRITTEN, "c1")
    worker.tell(Hint.REPORT, {"rasa": True})
    worker.close()
    heard = [told async for told in gateway.heard(patience=lambda: 5)]
    assert heard == [(Hint.WRITTEN, "c1"), (Hint.REPORT, {"rasa": True})]
    gateway.close()


async def test_telling_somebody_who_does_not_listen_fills_no_memory() -> None:
    gateway, worker = await both_ends()
    for _ in range(100_000):
        gateway.tell(Hint.STORED)
    assert gateway._writer.transport.get_write_buffer_size() < 300_000
    for end in (gateway, worker):
        end.close()


async def test_telling_somebody_who_has_gone_is_harmless() -> None:
    gateway, worker = await both_ends()
    worker.close()
    assert [told async for told in gateway.heard(patience=lambda: 5)] == []
    gateway.tell(Hint.STORED)
    gateway.close()
    gateway.tell(Hint.STORED)


async def test_somebody_who_is_silent_for_too_long_is_noticed() -> None:
    gateway, worker = await both_ends()
    with pytest.raises(TimeoutError):
        async for _ in gateway.heard(patience=lambda: 0.05):
            pass
    for end in (gateway, worker):
        end.close()
