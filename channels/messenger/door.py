"""The door of Messenger: the webhook of a Facebook page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, Field

from bot.conversations import Kind
from channels.inbound import InboundMessage, button_pressed, text_written
from channels.messenger.carrier import CHANNEL
from channels.meta.notifications import Arrival, Report, items, valid
from channels.outbound import DeliveryState
from channels.places import nearest_town

_KINDS = {"audio": Kind.VOICE, "image": Kind.PHOTO, "video": Kind.PHOTO, "file": Kind.DOCUMENT}
_LATEST_MILLISECONDS = datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000


class _Party(BaseModel):
    id: str = Field(pattern=r"^[0-9]{1,40}$")


class _QuickReply(BaseModel):
    payload: str


class _Coordinates(BaseModel):
    lat: float
    long: float


class _AttachmentPayload(BaseModel):
    coordinates: _Coordinates | None = None
    sticker_id: int | None = None


class _Attachment(BaseModel):
    type: str
    payload: _AttachmentPayload | None = None


class _Message(BaseModel):
    mid: str = Field(min_length=1, max_length=120)
    text: str | None = None
    quick_reply: _QuickReply | None = None
    attachments: list[_Attachment] = []
    is_echo: bool = False
    metadata: str | None = None


class _Postback(BaseModel):
    mid: str | None = Field(default=None, max_length=120)
    title: str = ""
    payload: str = ""


class _Event(BaseModel):
    sender: _Party
    recipient: _Party
    timestamp: float = Field(ge=0, lt=_LATEST_MILLISECONDS)
    message: _Message | None = None
    postback: _Postback | None = None


class _Delivered(BaseModel):
    mids: list[str] = []


class _Report(BaseModel):
    delivery: _Delivered = _Delivered()


def notifications(payload: dict[str, Any], *, page_id: str) -> Iterator[Arrival | Report]:
    """What a call of the webhook brings for our page: messages of persons, and what became of ours."""
    for entry in items(payload.get("entry")):
        for fields in items(entry.get("messaging")):
            yield from _reports(fields)
            event = valid(_Event, fields)
            if event is None:
                continue
            if event.message is not None and event.message.is_echo:
                if event.sender.id == page_id and event.message.metadata:
                    yield Report(
                        provider_id=event.message.mid, reference=event.message.metadata, state=DeliveryState.SENT
                    )
            elif event.recipient.id == page_id and (event.message is not None or event.postback is not None):
                yield Arrival(handle=event.sender.id, inbound=_inbound(event))


def _reports(fields: dict[str, Any]) -> Iterator[Report]:
    delivered = valid(_Report, fields)
    for mid in delivered.delivery.mids if delivered is not None else ():
        yield Report(provider_id=mid[:200], reference=None, state=DeliveryState.DELIVERED)


def _inbound(event: _Event) -> InboundMessage:
    sent_at = datetime.fromtimestamp(event.timestamp / 1000, UTC)
    if event.message is None:
        return _pressed(event, event.postback or _Postback(), sent_at)
    message = event.message
    if message.quick_reply is not None:
        return button_pressed(
            channel=CHANNEL,
            provider_id=message.mid,
            payload=message.quick_reply.payload,
            label=message.text,
            sent_at=sent_at,
        )
    if message.text is not None and not message.attachments:
        return text_written(channel=CHANNEL, provider_id=message.mid, text=message.text, sent_at=sent_at)
    return _attached(message, sent_at)


def _pressed(event: _Event, postback: _Postback, sent_at: datetime) -> InboundMessage:
    # Old versions of the webhook gave postbacks no id: who, when and what make one.
    made = sha256(f"{event.sender.id} {event.timestamp} {postback.payload}".encode(errors="replace")).hexdigest()[:40]
    return button_pressed(
        channel=CHANNEL,
        provider_id=postback.mid or f"postback:{made}",
        payload=postback.payload,
        label=postback.title,
        sent_at=sent_at,
    )


def _attached(message: _Message, sent_at: datetime) -> InboundMessage:
    first = message.attachments[0] if message.attachments else _Attachment(type="")
    place = first.payload.coordinates if first.payload is not None else None
    if first.type == "location" and place is not None:
        town = nearest_town(place.lat, place.long)
        return InboundMessage(channel=CHANNEL, provider_id=message.mid, kind=Kind.LOCATION, town=town, sent_at=sent_at)
    is_sticker = first.payload is not None and first.payload.sticker_id is not None
    kind = Kind.STICKER if is_sticker else _KINDS.get(first.type, Kind.OTHER)
    return InboundMessage(channel=CHANNEL, provider_id=message.mid, kind=kind, sent_at=sent_at)
