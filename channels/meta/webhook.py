"""The webhook of a Meta channel: handshake, signature, and everything stored before it is acknowledged."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse
from sqlmodel import Session

from channels.background import Background
from channels.carrier import Carrier
from channels.inbound import receive
from channels.meta.notifications import Arrival, Report
from channels.outbound import note_report
from channels.webhooks import answered_challenge, is_signed, json_object
from wegwijs.batches import Batches
from wegwijs.storage import transaction

SIGNATURE = "X-Hub-Signature-256"
Notifications = Callable[[dict[str, Any]], Iterator[Arrival | Report]]


@dataclass(frozen=True, kw_only=True)
class Call:
    """What one call of the webhook brings."""

    channel: str
    notices: Sequence[Arrival | Report]


@dataclass(frozen=True, kw_only=True)
class MetaDoor:
    """One channel of Meta: `notifications` reads its payloads, `stored` is told when there is something to do."""

    carrier: Carrier
    app_secret: str
    verify_token: str
    notifications: Notifications
    stored: Callable[[], None]
    storing: Batches[Session, Call, None] = field(default_factory=lambda: Batches(_store, opened=transaction))


def router(door: MetaDoor) -> APIRouter:
    """The webhook at /channels/NAME."""
    made = APIRouter(include_in_schema=False)
    path = f"/channels/{door.carrier.name}"
    courtesies = Background()

    @made.get(path)
    def handshake(request: Request) -> PlainTextResponse:
        """Meta asks once whether the address is ours."""
        return PlainTextResponse(answered_challenge(dict(request.query_params), verify_token=door.verify_token))

    @made.post(path)
    async def webhook(request: Request, signature: Annotated[str, Header(alias=SIGNATURE)] = "") -> dict[str, bool]:
        """Messages and reports; all of a call is stored, or none of it and it comes again."""
        body = await request.body()
        if not is_signed(body, signature, app_secret=door.app_secret):
            raise HTTPException(403, "not signed by Meta")
        notices = list(door.notifications(json_object(body)))
        await door.storing.do(Call(channel=door.carrier.name, notices=notices))
        arrivals = [notice for notice in notices if isinstance(notice, Arrival)]
        if arrivals:
            door.stored()
        for handle in {arrival.handle for arrival in arrivals}:
            courtesies.start(door.carrier.show_typing(handle))
        return {"ok": True}

    return made


def _store(session: Session, calls: Sequence[Call]) -> list[None]:
    for call in calls:
        arrivals = [(notice.handle, notice.inbound) for notice in call.notices if isinstance(notice, Arrival)]
        if arrivals:
            receive(session, call.channel, arrivals)
        for notice in call.notices:
            if isinstance(notice, Report):
                note_report(
                    session,
                    channel=call.channel,
                    provider_id=notice.provider_id,
                    reference=notice.reference,
                    state=notice.state,
                    error=notice.error,
                )
    return [None] * len(calls)
