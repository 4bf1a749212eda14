"""A trial comes to its end whoever dies on the way, is carried out once, and gives way to what is newer."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import psutil
import pytest

from admin.editing.proposals import ask_for_trial, last_trial, withdraw_proposal
from admin.editing.published import Publishing, publish
from admin.editing.tables import Proposal, ProposedChange, Trial, TrialError, TrialState
from admin.editing.trials import SILENT_AFTER, Claim, TrialRunner, claim_trial, finish
from admin.tables import Staff
from knowledge.pages import Package, read_package
from knowledge.served import ServedPackage
from tests.admin.editing import trying
from tests.conftest import wait_until
from wegwijs.settings import PROJECT, settings
from wegwijs.storage import now, transaction

NL, FR = "health/doctor-in-centre/nl.md", "health/doctor-in-centre/fr.md"
SECONDS = 30.0
"""Generous: a process begins in half a second."""


def other_text(package: Package, path: str) -> str:
    return package.sources[path].replace("title: ", "title: Anders ", 1)


def proposed(served: ServedPackage, editor: Staff, path: str = NL) -> Proposal:
    """A proposal that changes one page, with a trial asked for."""
    with transaction() as session:
        proposal = Proposal(why="it changed", proposed_by=editor.id)
        session.add(proposal)
        session.flush()
        text, base = other_text(served.package, path), served.package.sources[path]
        session.add(ProposedChange(proposal_id=proposal.id or 0, unit=path, text=text, base=base))
        ask_for_trial(session, proposal)
    return proposal


def trial_of(proposal: Proposal) -> Trial:
    with transaction() as session:
        trial = last_trial(session, proposal)
    assert trial is not None
    return trial


def runner(served: ServedPackage, try_out: Callable[..., object], learned: list[Path] | None = None) -> TrialRunner:
    return TrialRunner(
        served=served,
        settings=settings(),
        learned=(learned if learned is not None else []).append,
        try_out=f"{trying.HERE}:{try_out.__name__}",
    )


async def run_until(runner: TrialRunner, true: Callable[[], bool]) -> None:
    """Let it work until this is true, then end it."""
    running = asyncio.create_task(runner.run())
    try:
        await asyncio.to_thread(wait_until, true, seconds=SECONDS)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def carried_out(runner: TrialRunner, proposal: Proposal) -> Trial:
    await run_until(runner, lambda: trial_of(proposal).state in {TrialState.DONE, TrialState.FAILED})
    return trial_of(proposal)


def trial_processes() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]


async def test_a_trial_sees_the_change_gives_way_and_says_what_was_learned(
    served: ServedPackage, editor: Staff
) -> None:
    learned: list[Path] = []
    trial = await carried_out(runner(served, trying.finishing, learned), proposed(served, editor))
    assert (trial.state, trial.error, trial.tries) == (TrialState.DONE, None, 1)
    assert trial.report is not None
    assert trial.report["changed"] == [NL]
    assert trial.report["niceness"] >= 10
    assert [path.read_bytes() for path in learned] == [b"learned"]
    assert trial_processes() == []


async def test_how_far_it_is_can_be_read_while_it_runs(served: ServedPackage, editor: Staff) -> None:
    proposal = proposed(served, editor)

    def is_halfway() -> bool:
        trial = trial_of(proposal)
        return (trial.state, trial.step, trial.done, trial.total) == (TrialState.RUNNING, "asking", 50, 100)

    await run_until(runner(served, trying.slow), is_halfway)


async def test_an_error_ends_it_with_a_reason_and_the_next_trial_is_carried_out(
    served: ServedPackage, editor: Staff
) -> None:
    trial = await carried_out(runner(served, trying.failing), proposed(served, editor))
    assert (trial.state, trial.error, trial.tries) == (TrialState.FAILED, TrialError.FAILED, 1)


async def test_a_process_that_dies_is_begun_once_more(served: ServedPackage, editor: Staff) -> None:
    trial = await carried_out(runner(served, trying.dying_once), proposed(served, editor))
    assert (trial.state, trial.tries) == (TrialState.DONE, 2)


async def test_one_that_dies_twice_is_given_up(served: ServedPackage, editor: Staff) -> None:
    trial = await carried_out(runner(served, trying.dying), proposed(served, editor))
    assert (trial.state, trial.error, trial.tries) == (TrialState.FAILED, TrialError.DIED, 2)


def silent(proposal: Proposal, *, tries: int) -> Trial:
    """The trial as a replica left it that died."""
    with transaction() as session:
        trial = session.get_one(Trial, trial_of(proposal).id)
        trial.state, trial.tries, trial.beat_at = TrialState.RUNNING, tries, now() - SILENT_AFTER - timedelta(seconds=1)
        session.add(trial)
    return trial


def test_a_trial_whose_replica_died_is_taken_up_once_more_and_then_given_up(
    served: ServedPackage, editor: Staff
) -> None:
    proposal = proposed(served, editor)
    silent(proposal, tries=1)
    claim = claim_trial()
    assert claim is not None
    assert claim.tries == 2
    silent(proposal, tries=2)
    assert claim_trial() is None
    assert (trial_of(proposal).state, trial_of(proposal).error) == (TrialState.FAILED, TrialError.DIED)


def test_who_was_thought_dead_writes_no_report_over_that_of_another(served: ServedPackage, editor: Staff) -> None:
    proposal = proposed(served, editor)
    first = claim_trial()
    assert first is not None
    silent(proposal, tries=1)
    second = claim_trial()
    assert second is not None
    assert not finish(first, {"of": "the first"})
    assert finish(second, {"of": "the second"})
    assert trial_of(proposal).report == {"of": "the second"}


def test_of_many_replicas_that_look_at_once_one_takes_the_trial(served: ServedPackage, editor: Staff) -> None:
    proposed(served, editor)
    start = Barrier(6)

    def look() -> Claim | None:
        start.wait()
        return claim_trial()

    with ThreadPoolExecutor(6) as replicas:
        claims = [each.result() for each in [replicas.submit(look) for _ in range(6)]]
    assert len([claim for claim in claims if claim is not None]) == 1
    assert claim_trial() is None


async def test_what_is_published_meanwhile_has_it_tried_anew_on_that(served: ServedPackage, editor: Staff) -> None:
    proposal = proposed(served, editor)
    first = trial_of(proposal)
    working = asyncio.create_task(
        run_until(runner(served, trying.slow), lambda: trial_of(proposal).state is TrialState.DONE)
    )
    await asyncio.to_thread(wait_until, lambda: trial_of(proposal).step == "asking", seconds=SECONDS)
    changed = {**served.package.sources, FR: other_text(served.package, FR)}
    with transaction() as session:
        publish(session, read_package(changed, like=served.package), Publishing(why="something else"))
    await asyncio.to_thread(wait_until, lambda: trial_of(proposal).id != first.id, seconds=SECONDS)
    (settings().data_dir / "go on").touch()
    await working
    second = trial_of(proposal)
    assert (second.base, second.state) == (2, TrialState.DONE)
    assert second.report is not None
    assert second.report["changed"] == [NL], "what stands now is compared with, not what stood before"
    with transaction() as session:
        old = session.get_one(Trial, first.id)
    assert (old.state, old.error) == (TrialState.FAILED, TrialError.SUPERSEDED)


async def test_a_proposal_on_a_page_that_was_published_meanwhile_is_not_tried(
    served: ServedPackage, editor: Staff
) -> None:
    proposal = proposed(served, editor)
    changed = {**served.package.sources, NL: served.package.sources[NL].replace("title: ", "title: Zo ", 1)}
    with transaction() as session:
        publish(session, read_package(changed, like=served.package), Publishing(why="the same page"))
    trial = await carried_out(runner(served, trying.finishing), proposal)
    assert (trial.state, trial.error) == (TrialState.FAILED, TrialError.OUTDATED)


async def test_the_trial_of_a_proposal_that_is_withdrawn_is_stopped(served: ServedPackage, editor: Staff) -> None:
    proposal = proposed(served, editor)

    def withdrawn_and_stopped() -> bool:
        trial = trial_of(proposal)
        if trial.step == "asking" and trial.state is TrialState.RUNNING:
            with suppress(RuntimeError), transaction() as session:
                withdraw_proposal(session, proposal.id or 0, by=editor.id or 0)
        return trial.state is TrialState.FAILED

    await run_until(runner(served, trying.slow), withdrawn_and_stopped)
    assert trial_of(proposal).error is TrialError.STOPPED
    assert trial_processes() == []


async def test_a_trial_under_way_at_the_end_of_the_service_waits_for_the_next_start(
    served: ServedPackage, editor: Staff
) -> None:
    proposal = proposed(served, editor)
    await run_until(runner(served, trying.slow), lambda: trial_of(proposal).step == "asking")
    assert trial_of(proposal).state is TrialState.WAITING
    assert trial_processes() == []
    (settings().data_dir / "go on").touch()
    assert (await carried_out(runner(served, trying.slow), proposal)).state is TrialState.DONE


async def test_who_is_woken_begins_at_once(
    served: ServedPackage, editor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.editing.trials.POLL_SECONDS", 10 * SECONDS)
    working = runner(served, trying.finishing)
    running = asyncio.create_task(run_until(working, (settings().data_dir / "seen").exists))
    await asyncio.sleep(0.2)  # it has found nothing to do by now
    proposal = proposed(served, editor)
    working.wake()
    await asyncio.to_thread(wait_until, lambda: trial_of(proposal).state is TrialState.DONE, seconds=SECONDS)
    (settings().data_dir / "seen").touch()
    await running


A_SERVICE = f"""
import sys
from pathlib import Path
from admin.editing.trial_process import Task, TrialProcess
from wegwijs.settings import Settings

if __name__ == "__main__":
    settings = Settings(data_dir=Path(sys.argv[1]))
    facts = 'a: {{phone: "1", source: x, date: 2026}}'
    task = Task(sources={{"facts.yaml": facts}}, changes={{}}, settings=settings, try_out="{trying.HERE}:slow")
    process = TrialProcess(task)
    print(process.news(within=30).step, flush=True)
    sys.stdin.read()
"""


def test_its_process_ends_with_a_service_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "service.py"
    program.write_text(A_SERVICE, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, program, tmp_path],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "asking\n"
        children = psutil.Process(service.pid).children(recursive=True)
        assert children
        service.kill()
    wait_until(lambda: not any(child.is_running() for child in children), seconds=10)
