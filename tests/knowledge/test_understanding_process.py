"""The process that understands: it answers, another begins when it dies, and it ends with the service."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest

from knowledge import understanding_process
from knowledge.pages import Package
from knowledge.served import ServedPackage
from knowledge.understand import Understander
from knowledge.understanding_process import UnderstandingOnDemand, UnderstandingProcess
from tests.changed_packages import changed, other_questions
from tests.conftest import child_processes, eventually, wait_until
from wegwijs.settings import PROJECT, Settings

TOPIC = "reception/waiting-list"
A_SERVICE = """
import asyncio
from knowledge.pages import load_package
from knowledge.understanding_process import UnderstandingProcess
from wegwijs.settings import Settings
if __name__ == "__main__":
    process = UnderstandingProcess(Settings(), load_package().sources)
    asyncio.run(process.start())
    print("ready", flush=True)
    input()
"""


@pytest.fixture
async def process(understander: Understander, package: Package) -> AsyncIterator[UnderstandingProcess]:
    started = UnderstandingProcess(Settings(), package.sources)
    await started.start()
    yield started
    await started.stop()


async def test_it_understands_as_this_process_would(process: UnderstandingProcess, understander: Understander) -> None:
    for text in ("waar kan ik slapen vannacht", "hello", ""):
        assert await process.understand(text, "nl") == understander.understand(text, "nl")


async def test_when_it_dies_one_try_fails_and_the_next_one_is_answered(process: UnderstandingProcess) -> None:
    (child,) = children()
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(BrokenProcessPool):
        await process.understand("where can i sleep tonight", "en")
    assert (await process.understand("where can i sleep tonight", "en")).language == "en"


async def test_on_demand_it_is_there_while_somebody_asks_and_not_longer(
    package: Package, understander: Understander, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(understanding_process, "IDLE_SECONDS", 0.3)
    asked = UnderstandingOnDemand(Settings(), ServedPackage(package))
    await eventually(lambda: children() == [], seconds=10)  # that of the test before
    for _ in range(2):
        (sense,) = await asked.senses(["where can i sleep tonight"], ["en"])
        assert sense == understander.senses(["where can i sleep tonight"], ["en"])[0]
        assert len(children()) == 1
        await eventually(lambda: children() == [], seconds=10)


def children() -> list[psutil.Process]:
    return child_processes("spawn_main")


def test_it_ends_with_a_service_that_is_killed(understander: Understander, tmp_path: object) -> None:
    program = f"{tmp_path}/service.py"
    with open(program, "w", encoding="utf-8") as file:
        file.write(A_SERVICE)
    with subprocess.Popen(
        [sys.executable, program],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "ready\n"
        children = psutil.Process(service.pid).children(recursive=True)
        assert children
        service.kill()
    wait_until(lambda: not any(child.is_running() for child in children), seconds=10)


async def test_while_another_package_is_learned_messages_are_understood_by_the_one_before(
    process: UnderstandingProcess, package: Package
) -> None:
    after = changed(package, other_questions(TOPIC, "nl", ["xyloglyf gevraagd", "waar is mijn xyloglyf"]))
    models = await process.models_file(after.sources)
    models.unlink(missing_ok=True)
    exchanging = asyncio.create_task(process.exchange(after.sources, models))
    answered = 0
    while not exchanging.done():
        assert (await process.understand("where can i sleep tonight", "en")).topics[0].topic in package.topics
        answered += 1
        await asyncio.sleep(0.1)
    await exchanging
    assert answered > 10
    assert models.exists()
    assert (await process.understand("mijn xyloglyf", "nl")).topics[0].topic == TOPIC
    models.unlink()
