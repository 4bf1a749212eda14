"""Nothing is lost: the short kill test, with 20 kills; `make kill-test` is the long one."""

import os

import pytest

from knowledge.pages import Package
from knowledge.understand import Understander
from tests.kill.census import Count
from tests.kill.disturbances import KILLED
from tests.kill.run import Options, Result, run
from tests.kill.scripts import Material

DATABASE = os.environ.get("WEGWIJS_TEST_DATABASE", "sqlite")
SHORT = Options(database=DATABASE, kills=20, persons=16, seconds=30, seed=20)


@pytest.fixture(scope="module")
def result(package: Package, understander: Understander) -> Result:
    """One short run."""
    return run(SHORT, Material.of(package, understander), progress=print)


def _of(result: Result, *channels: str) -> list[Count]:
    return [counted for counted in result.counts if counted.channel in channels]


def test_processes_were_killed_while_people_wrote_on_every_channel(result: Result) -> None:
    assert sum(result.disturbances[kind] for kind in KILLED) == SHORT.kills
    assert all(counted.messages > 10 for counted in result.counts)


def test_no_message_is_lost_on_any_channel(result: Result) -> None:
    assert {counted.channel: (counted.lost, counted.remarks) for counted in result.counts if counted.lost} == {}


def test_everything_that_was_accepted_is_worked_off(result: Result) -> None:
    assert {counted.channel: counted.left for counted in result.counts if counted.left} == {}
    assert all(counted.stored == counted.messages for counted in result.counts)


def test_no_message_is_worked_off_twice(result: Result) -> None:
    assert {counted.channel: counted.remarks for counted in result.counts if counted.doubled_in} == {}


def test_the_web_chat_shows_no_reply_twice(result: Result) -> None:
    assert [counted.doubled_out for counted in _of(result, "web")] == [0]


def test_no_sending_of_unknown_outcome_is_repeated(result: Result) -> None:
    messengers = _of(result, "telegram", "whatsapp", "messenger")
    assert {counted.channel: counted.remarks for counted in messengers if counted.doubled_out} == {}
