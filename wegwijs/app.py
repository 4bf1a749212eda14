"""Puts the rooms together: the gateway's FastAPI application, through which everybody comes in and staff works."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Literal

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from admin import web as staff_pages
from admin.desk import Desk
from admin.editing.following import PublishedFollower
from admin.editing.learned import store_models
from admin.editing.questions import Asked
from admin.editing.trials import TrialRunner
from admin.web.desk import DeskServices
from admin.web.services import EditingServices, StaffServices
from bot import actions
from bot.rasa_client import forget
from bot.replies import Renderer
from channels.announcements import Announcements
from channels.configured import Channel, connected_channels, splitters
from channels.limits import RateLimit
from channels.metrics import STORED, backlog, sendings_under_way
from channels.outbound import Outbox
from channels.web import api, errors, pages
from channels.web.guards import BodyLimit, SecurityHeaders
from channels.web.quality import page as quality
from knowledge.evaluation.scorecard import last_scorecard
from knowledge.pages import load_package
from knowledge.served import OfServed, ServedPackage
from knowledge.understanding_process import UnderstandingOnDemand
from translations.machine.translation import machine_translation
from wegwijs.life import Life
from wegwijs.memory import give_back_memory
from wegwijs.settings import Settings
from wegwijs.storage import transaction
from wegwijs.worker_process import WorkerProcess

API_DESCRIPTION = """The JSON API of the Wegwijs web chat. Start a conversation, send messages with the token it gives,
and follow the replies. A message is answered with 202 only after it is stored; sending the same `client_id` again is
harmless. Errors are `{"error": "..."}`."""


class Health(BaseModel):
    """How the service is: each part "ok" or "away", and what waits."""

    database: Literal["ok"] = "ok"
    worker: Literal["ok", "away"]
    rasa: Literal["ok", "away"]
    channels: dict[str, Literal["ok", "away"]]
    backlog_messages: int
    backlog_seconds: float
    unsent_seconds: float
    package: str
    version: int


def make_app(settings: Settings, *, served: ServedPackage | None = None) -> FastAPI:
    """The application. Its lifespan starts the worker, which trains what is missing and takes the turns.

    It begins with the package `served`, or that of the installation's files, and follows what is published.
    """
    served = served or ServedPackage(load_package())
    outbox = Outbox(splitters=splitters(settings))
    renderer = OfServed(served, partial(Renderer.of_version, url=settings.public_url))
    announcements = Announcements()
    worker = WorkerProcess(written=announcements.announce)
    channels = connected_channels(settings, stored=worker.stored)
    machine = machine_translation(settings)
    trials = TrialRunner(served=served, settings=settings, learned=store_models)
    alike = UnderstandingOnDemand(settings, served)
    life = Life(
        tasks=[
            PublishedFollower(served, understanding=None).run,
            trials.run,
            *(beside for channel in channels for beside in channel.beside),
        ],
        starts=[worker.start],
        stops=[
            *(channel.carrier.close for channel in channels),
            alike.stop,
            machine.stop,
            worker.stop,
        ],
    )
    give_back_memory()

    app = FastAPI(
        title="Wegwijs",
        version="0.1.0",
        description=API_DESCRIPTION,
        lifespan=lambda _app: life.lived(),
        docs_url=None,
        redoc_url=None,
    )
    app.state.rasa_token = settings.rasa_token()
    app.state.chat = api.ChatServices(
        stored=worker.stored,
        announcements=announcements,
        renderer=renderer,
        outbox=outbox,
        forget=partial(forget, data_dir=settings.data_dir, database_url=settings.rasa_database),
        message_limit=RateLimit(per_minute=settings.messages_per_minute),
        conversation_limit=RateLimit(per_minute=settings.conversations_per_minute),
        trust_proxy=settings.trust_proxy,
    )
    desk_services = DeskServices(
        desk=Desk(renderer=renderer, outbox=outbox),
        served=served,
        machine=machine,
        announcements=announcements,
        replied=worker.to_send,
    )
    editing_services = EditingServices(
        served=served,
        machine=machine,
        tried=trials.wake,
        asked=Asked(
            alike,
            package=lambda: served.package,
            retention=timedelta(days=settings.retention_days),
        ),
    )
    for channel in channels:
        if channel.router is not None:
            app.include_router(channel.router)
    app.include_router(_operation(served, worker, channels))
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


def _operation(served: ServedPackage, worker: WorkerProcess, channels: Sequence[Channel]) -> APIRouter:
    """What operators ask: how the service is, and its figures."""
    router = APIRouter()

    @router.get("/health", tags=["operation"])
    def health() -> Health:
        """Database, worker, Rasa, each channel, and how long the oldest message waits; no personal data."""
        with transaction() as session:
            waiting, unsent = backlog(session), sendings_under_way(session)
        report = worker.report
        reaches = report.reaches if report else {}
        return Health(
            worker="ok" if report else "away",
            rasa="ok" if report and report.rasa else "away",
            channels={
                channel.carrier.name: "ok" if reaches.get(channel.carrier.name) and channel.is_connected() else "away"
                for channel in channels
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
        counted = worker.report.figures.encode() if worker.report else b""
        return Response(generate_latest(STORED) + counted, media_type=CONTENT_TYPE_LATEST)

    return router
