"""Carrying out trials: any replica takes up what waits, one at a time, and says in the database how far it is."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select, update

from admin.editing.proposals import ProposalIsOutdated, ask_for_trial, changes_of, proposal_with, proposed_package
from admin.editing.published import current_number, published_package
from admin.editing.tables import ProposalState, Trial, TrialError, TrialState
from admin.editing.trial_process import TRY_OUT, Failed, Finished, Progress, Task, TrialDied, TrialProcess
from knowledge.pages import InvalidPackage
from knowledge.served import ServedPackage
from wegwijs.logs import logger
from wegwijs.settings import Settings
from wegwijs.storage import now, reading, take_write_lock, transaction

log = logger(__name__)

SILENT_AFTER = timedelta(seconds=60)
"""Who carries out a trial writes every second; from whom nothing came for so long has died."""
MOST_TRIES = 2
"""A trial whose process died is taken up once more: twice is no bad luck any more."""
POLL_SECONDS = 2.0
"""How often a replica looks for what was asked of another one."""
_BEAT_SECONDS = 1.0
_LISTENS_SECONDS = 0.2


@dataclass(frozen=True)
class Claim:
    """A trial that this replica carries out: its number, that of its proposal, its base, and the how manieth try."""

    number: int
    proposal: int
    base: int
    tries: int


def claim_trial() -> Claim | None:
    """The trial that waits longest, or whose replica has died; None when there is nothing to do."""
    with reading() as session:
        if session.exec(select(Trial.id).where(_is_due()).limit(1)).first() is None:
            return None
    with transaction() as session:
        take_write_lock(session)
        _give_up(session)
        trial = session.exec(select(Trial).where(_is_due()).order_by(col(Trial.id)).limit(1)).first()
        if trial is None:
            return None
        claim = Claim(trial.id or 0, trial.proposal_id, trial.base, trial.tries + 1)
        taken = session.exec(
            update(Trial)
            .where(col(Trial.id) == trial.id, col(Trial.state) == trial.state, col(Trial.tries) == trial.tries)
            .values(state=TrialState.RUNNING, tries=claim.tries, beat_at=now(), step="", done=0, total=0)
            .execution_options(synchronize_session=False)
        )
        return claim if taken.rowcount == 1 else None


def _is_due() -> Any:
    return or_(
        col(Trial.state) == TrialState.WAITING,
        and_(col(Trial.state) == TrialState.RUNNING, col(Trial.beat_at) < now() - SILENT_AFTER),
    )


def _give_up(session: Session) -> None:
    """Fail those that died as often as they may."""
    session.exec(
        update(Trial)
        .where(_is_due(), col(Trial.state) == TrialState.RUNNING, col(Trial.tries) >= MOST_TRIES)
        .values(state=TrialState.FAILED, error=TrialError.DIED, ended_at=now())
    )


def go_on(claim: Claim, progress: Progress) -> bool:
    """Write how far a trial is; whether it is still wanted. One on a version that stands no more is asked for anew."""
    with transaction() as session:
        if not _write(session, claim, step=progress.step[:40], done=progress.done, total=progress.total, beat_at=now()):
            return False
        proposal = proposal_with(session, claim.proposal)
        if proposal.state is not ProposalState.OPEN:
            _end(session, claim, TrialError.STOPPED)
            return False
        if current_number(session) != claim.base:
            _end(session, claim, TrialError.SUPERSEDED)
            ask_for_trial(session, proposal)
            return False
        return True


def finish(claim: Claim, report: dict[str, Any]) -> bool:
    """Write the report; whether it was still this replica's to write."""
    with transaction() as session:
        return _write(session, claim, state=TrialState.DONE, report=report, ended_at=now())


def fail(claim: Claim, error: TrialError) -> None:
    """Write that there will be no report, and why."""
    with transaction() as session:
        _end(session, claim, error)


def give_back(claim: Claim) -> None:
    """Let it wait for whoever takes it up next."""
    with transaction() as session:
        _write(session, claim, state=TrialState.WAITING)


def _end(session: Session, claim: Claim, error: TrialError) -> None:
    _write(session, claim, state=TrialState.FAILED, error=error, ended_at=now())


def _write(session: Session, claim: Claim, **values: Any) -> bool:
    """Change the trial, unless somebody else took it up meanwhile."""
    written = session.exec(
        update(Trial)
        .where(col(Trial.id) == claim.number, col(Trial.state) == TrialState.RUNNING, col(Trial.tries) == claim.tries)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return written.rowcount == 1


def _nothing(_models: Path) -> None:
    """Nobody wants to know."""


class TrialRunner:
    """Carries out trials in a thread and a process of their own, one at a time.

    `learned` is told the file of what was learned for a trial, from that thread; `try_out` is the function that tries,
    "module:function".
    """

    def __init__(
        self,
        *,
        served: ServedPackage,
        settings: Settings,
        learned: Callable[[Path], None] = _nothing,
        try_out: str = TRY_OUT,
    ) -> None:
        self._served = served
        self._settings = settings
        self._learned = learned
        self._try_out = try_out
        self._wake = Event()
        self._stopping = Event()

    async def run(self) -> None:
        """Work until cancelled or stopped; a trial under way then waits for another replica, or the next start."""
        # A thread for as long as it runs: the process of a trial dies with the thread that began it.
        with ThreadPoolExecutor(1, thread_name_prefix="trials") as thread:
            try:
                await asyncio.get_running_loop().run_in_executor(thread, self._work)
            finally:
                self.stop()

    def wake(self) -> None:
        """Say that a trial is asked for; from any thread."""
        self._wake.set()

    def stop(self) -> None:
        """End the trial under way, and begin no other."""
        self._stopping.set()
        self._wake.set()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                claim = claim_trial()
                if claim is not None:
                    self._carry_out(claim)
                    continue
            except Exception:
                log.exception("trial_left")
            if not self._stopping.is_set():
                self._wake.wait(POLL_SECONDS)

    def _carry_out(self, claim: Claim) -> None:
        try:
            task = self._task(claim)
        except (ProposalIsOutdated, InvalidPackage) as error:
            fail(claim, TrialError.OUTDATED if isinstance(error, ProposalIsOutdated) else TrialError.INVALID)
            return
        # Asked after reading: were another version read than the one it was claimed for, this one stands no more.
        if not go_on(claim, Progress()):
            return
        process = TrialProcess(task)
        try:
            self._follow(claim, process)
        finally:
            process.end()

    def _task(self, claim: Claim) -> Task:
        with reading() as session:
            _, package = published_package(session, served=self._served)
            proposal = proposal_with(session, claim.proposal)
            proposed_package(session, proposal, package)
            changes = {change.unit: change.text for change in changes_of(session, proposal)}
        return Task(sources=dict(package.sources), changes=changes, settings=self._settings, try_out=self._try_out)

    def _follow(self, claim: Claim, process: TrialProcess) -> None:
        progress, beat_at = Progress(), time.monotonic()
        while not self._stopping.is_set():
            try:
                news = process.news(within=_LISTENS_SECONDS)
            except TrialDied:
                self._died(claim)
                return
            match news:
                case Finished():
                    self._finished(claim, news)
                    return
                case Failed():
                    log.error("trial_failed", trial=claim.number, error=news.error)
                    fail(claim, TrialError.FAILED)
                    return
                case Progress():
                    progress = news
            if time.monotonic() - beat_at >= _BEAT_SECONDS:
                beat_at = time.monotonic()
                if not self._is_wanted(claim, progress):
                    return
        give_back(claim)

    def _is_wanted(self, claim: Claim, progress: Progress) -> bool:
        try:
            return go_on(claim, progress)
        except SQLAlchemyError:  # the work goes on; if the database stays away for long, another takes it up
            log.exception("trial_not_noted", trial=claim.number)
            return True

    def _died(self, claim: Claim) -> None:
        log.error("trial_died", trial=claim.number, tries=claim.tries)
        if claim.tries < MOST_TRIES:
            give_back(claim)
        else:
            fail(claim, TrialError.DIED)

    def _finished(self, claim: Claim, news: Finished) -> None:
        if finish(claim, news.report) and news.models is not None:
            self._learned(news.models)
