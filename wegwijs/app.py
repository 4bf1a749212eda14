"""Puts the rooms together: the FastAPI application with its worker, Rasa and the purge."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, Protocol

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from admin import web as staff_pages
from admin.accounts import forget_old_invitations
from admin.audit import forget_old_entries
from admin.desk import Desk
from admin.editing.following import PublishedFollower
from admin.editing.learned import store_models
from admin.editing.questions import Asked, FindsAlike
from admin.editing.trials import TrialRunner
from admin.sign_in import forget_ended_sessions
from admin.web.desk import DeskServices
from admin.web.services import EditingServices, StaffServices
from bot import actions
from bot.counts import TopicCounts
from bot.purge import purge
from bot.rasa_client import RasaClient, RasaUnavailable
from bot.rasa_process import RasaProcess
from bot.replies import Renderer, Reply
from bot.routing import Routing
from bot.turn import Dialogue, TurnTaker, Understands
from channels.announcements import Announcements
from channels.configured import Channel, connected_channels, splitters
from channels.inbound import forget_erased
from channels.limits import RateLimit
from channels.metrics import REGISTRY, backlog, sendings_under_way
from channels.outbound import Outbox
from channels.sender import Sender
from channels.web import api, errors, pages
from channels.web.guards import BodyLimit, SecurityHeaders
from channels.web.quality import page as quality
from channels.worker import Worker
from knowledge.evaluation.scorecard import last_scorecard
from knowledge.pages import load_package
from knowledge.served import ServedPackage
from knowledge.understanding_process import UnderstandingProcess
from translations.machine.translation import machine_translation
from wegwijs.logs import logger
from wegwijs.memory import give_back_memory
from wegwijs.settings import Settings
from wegwijs.storage import now, transaction

log = logger(__name__)

PURGE_EVERY_SECONDS = 3600.0
API_DESCRIPTION = """The JSON API of the Wegwijs web chat. Start a conversation, send messages with the token it gives,
and follow the replies. A message is answered with 202 only after it is stored; sending the same `client_id` again is
harmless. Errors are `{"error": "..."}`."""


class Health(BaseModel):
    """How the service is: each part "ok" or "away", and what waits."""

    database: Literal["ok"] = "ok"
    rasa: Literal["ok", "away"]
    channels: dict[str, Literal["ok", "away"]]
    backlog_messages: int
    backlog_seconds: float
    unsent_seconds: float
    package: str
    version: int


class NoRasa:
    """Stands in when the setting rasa_enabled is off: always away."""

    async def send(self, **_understood: object) -> list[Reply]:
        """Never answers.

        Raises:
            RasaUnavailable: always.
        """
        raise RasaUnavailable("switched off")


@dataclass(frozen=True, kw_only=True)
class Rasa:
    """Rasa's process and the client that speaks to it."""

    process: RasaProcess
    client: RasaClient


def make_rasa(settings: Settings) -> Rasa:
    """Rasa as the settings want it; not started yet."""
    token = settings.rasa_token()
    database_url = settings.database if settings.database_url else None
    process = RasaProcess(
        python=settings.rasa_python,
        data_dir=settings.data_dir,
        database_url=database_url,
        actions_url=f"http://127.0.0.1:{settings.port}{actions.ACTIONS_PATH}",
        token=token,
        redis_url=settings.redis_url,
    )
    client = RasaClient(
        webhook_url=lambda: process.webhook_url,
        token=token,
        data_dir=settings.data_dir,
        database_url=database_url,
    )
    return Rasa(process=process, client=client)


Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, kw_only=True)
class Life:
    """What runs while the app does: tasks beside it, what is started first, and what is stopped in the end."""

    tasks: Sequence[Work]
    starts: Sequence[Work]
    stops: Sequence[Work]

    @asynccontextmanager
    async def lived(self, _app: FastAPI) -> AsyncIterator[None]:
        """The app's lifespan."""
        tasks = [asyncio.create_task(run()) for run in self.tasks]
        for start in self.starts:
            await start()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
            for stop in self.stops:
                await stop()


class Understanding(Understands, FindsAlike, Protocol):
    """What the app needs of understanding: what a message means, and which messages ask the same."""


class Answers:
    """What answers from the package that is served: made anew when another version is."""

    def __init__(
        self, served: ServedPackage, *, understanding: Understands, dialogue: Dialogue, public_url: str | None
    ) -> None:
        self._served = served
        self._understanding = understanding
        self._dialogue = dialogue
        self._url = public_url.rstrip("/") if public_url else None
        self.renew()

    def renew(self) -> None:
        """Answer from what is served now."""
        package = self._served.package
        self._renderer = Renderer(package=package, version=self._served.number or None, url=self._url)
        self._turns = TurnTaker(
            understanding=self._understanding,
            dialogue=self._dialogue,
            topics=frozenset(package.topics),
            by_situation=frozenset(topic for topic in package.topics if package.depends_on_situation(topic)),
            routing=Routing.of(package),
        )

    def renderer(self) -> Renderer:
        """Renders replies."""
        return self._renderer

    def turns(self) -> TurnTaker:
        """Takes turns."""
        return self._turns


def make_app(
    settings: Settings, *, served: ServedPackage | None = None, understanding: Understanding | None = None
) -> FastAPI:
    """The application. Its lifespan trains what is missing, starts Rasa, the worker and the purge.

    It begins with the package `served`, or that of the installation's files, and follows what is published.
    """
    served = served or ServedPackage(load_package())
    outbox = Outbox(splitters=splitters(settings))
    rasa = make_rasa(settings) if settings.rasa_enabled else None
    process = None if understanding else UnderstandingProcess(settings, served.package.sources)
    understands: Understanding = understanding or process  # type: ignore[assignment]
    answers = Answers(
        served,
        understanding=understands,
        dialogue=rasa.client if rasa else NoRasa(),
        public_url=settings.public_url,
    )
    machine = machine_translation(settings)
    announcements = Announcements()
    forget: Callable[[str], Awaitable[int]] = rasa.client.forget if rasa else _nothing_to_forget
    counts = TopicCounts()
    senders: list[Sender] = []

    def wake_senders() -> None:
        for sender in senders:
            sender.wake()

    worker = Worker(
        turns=answers.turns,
        renderer=answers.renderer,
        forget=forget,
        announcements=announcements,
        outbox=outbox,
        at_once=settings.turns_at_once,
        replied=wake_senders,
        counts=counts,
    )
    channels = connected_channels(settings, stored=worker.wake)
    senders.extend(Sender(channel.carrier) for channel in channels)
    trials = TrialRunner(served=served, settings=settings, learned=store_models)
    follower = PublishedFollower(served, understanding=process, renew=answers.renew)
    life = Life(
        tasks=[
            worker.run,
            partial(_purge_hourly, settings, forget),
            follower.run,
            trials.run,
            counts.run,
            *(sender.run for sender in senders),
            *(beside for channel in channels for beside in channel.beside),
        ],
        starts=[*([rasa.process.start] if rasa else []), *([process.start] if process else [])],
        stops=[
            *(channel.carrier.close for channel in channels),
            *([process.stop] if process else []),
            machine.stop,
            *([rasa.process.stop, rasa.client.close] if rasa else []),
        ],
    )
    give_back_memory()

    app = FastAPI(
        title="Wegwijs",
        version="0.1.0",
        description=API_DESCRIPTION,
        lifespan=life.lived,
        docs_url=None,
        redoc_url=None,
    )
    app.state.rasa_token = settings.rasa_token()
    app.state.chat = api.ChatServices(
        worker=worker,
        announcements=announcements,
        renderer=answers.renderer,
        outbox=outbox,
        forget=forget,
        message_limit=RateLimit(per_minute=settings.messages_per_minute),
        conversation_limit=RateLimit(per_minute=settings.conversations_per_minute),
        trust_proxy=settings.trust_proxy,
    )
    desk_services = DeskServices(
        desk=Desk(renderer=answers.renderer, outbox=outbox),
        served=served,
        machine=machine,
        announcements=announcements,
        replied=wake_senders,
    )
    editing_services = EditingServices(
        served=served,
        machine=machine,
        tried=trials.wake,
        asked=Asked(
            understands,
            package=lambda: served.package,
            retention=timedelta(days=settings.retention_days),
        ),
    )
    for channel in channels:
        if channel.router is not None:
            app.include_router(channel.router)
    app.include_router(_operation(served, rasa, list(zip(senders, channels, strict=True))))
    app.include_router(actions.router)
    app.include_router(api.router)
    staff_pages.install(app, _staff_services(settings), desk_services, editing_services)
    _add_site(app, settings, served)
    _guard(app)
    return app


def _guard(app: FastAPI) -> None:
    errors.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)


def _staff_services(settings: Settings) -> StaffServices:
    return StaffServices(
        url=settings.url,
        trust_proxy=settings.trust_proxy,
        sign_in_limit=RateLimit(per_minute=settings.sign_ins_per_minute),
    )


def _add_site(app: FastAPI, settings: Settings, served: ServedPackage) -> None:
    """The pages people read. Last: theirs take any path of two parts."""
    app.state.site = pages.SiteServices(
        served=served,
        scorecard=last_scorecard(),
        url=settings.url,
        device_idle_hours=settings.device_idle_hours,
        device_waiting_hours=settings.device_waiting_hours,
        quick_exit_url=settings.quick_exit_url,
    )
    app.include_router(quality.router)
    app.include_router(pages.router)


def _operation(served: ServedPackage, rasa: Rasa | None, connected: Sequence[tuple[Sender, Channel]]) -> APIRouter:
    """What operators ask: how the service is, and its figures."""
    router = APIRouter()

    @router.get("/health", tags=["operation"])
    def health() -> Health:
        """Database, Rasa, each channel, and how long the oldest message waits; no personal data."""
        with transaction() as session:
            waiting, unsent = backlog(session), sendings_under_way(session)
        return Health(
            rasa="ok" if rasa and rasa.process.is_ready else "away",
            channels={
                sender.carrier.name: "ok" if sender.reaches and channel.is_connected() else "away"
                for sender, channel in connected
            },
            backlog_messages=waiting.messages,
            backlog_seconds=round(waiting.age, 1),
            unsent_seconds=round(max((each.age for each in unsent.values()), default=0.0), 1),
            package=served.package.fingerprint[:12],
            version=served.number,
        )

    @router.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        """Counts and times for Prometheus; no personal data."""
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return router


async def _nothing_to_forget(_conversation_id: str) -> int:
    return 0


async def _purge_hourly(settings: Settings, forget: Callable[[str], Awaitable[int]]) -> None:
    while True:
        try:
            erased = await purge(moment=now(), retention=timedelta(days=settings.retention_days), forget=forget)
            await asyncio.to_thread(forget_erased, now())
            await asyncio.to_thread(_forget_of_staff, now(), timedelta(days=settings.audit_days))
            log.info("purged", conversations=erased)
        except Exception:
            log.exception("purge_failed")
        await asyncio.sleep(PURGE_EVERY_SECONDS)


def _forget_of_staff(moment: datetime, audit_kept: timedelta) -> None:
    with transaction() as session:
        forget_ended_sessions(session, moment=moment)
        forget_old_invitations(session, moment=moment)
        forget_old_entries(session, moment=moment, kept=audit_kept)
