"""The door of WhatsApp: Meta's webhook of the Cloud API."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from bot.conversations import Kind
from channels.inbound import InboundMessage, button_pressed, text_written
from channels.meta.notifications import Arrival, Report, items, valid
from channels.outbound import DeliveryState
from channels.places import nearest_town
from channels.whatsapp.carrier import CHANNEL

_KINDS = {
    "audio": Kind.VOICE,
    "voice": Kind.VOICE,
    "image": Kind.PHOTO,
    "video": Kind.PHOTO,
    "document": Kind.DOCUMENT,
    "sticker": Kind.STICKER,
    "contacts": Kind.CONTACT,
}
_NOT_SAID = frozenset({"reaction", "system", "request_welcome", "ephemeral"})
"""What nobody expects an answer to."""
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
Id = Field(min_length=1, max_length=120)


class _Text(BaseModel):
    body: str


class _Button(BaseModel):
    payload: str = ""
    text: str = ""


class _Chosen(BaseModel):
    id: str = ""
    title: str = ""


class _Interactive(BaseModel):
    button_reply: _Chosen | None = None
    list_reply: _Chosen | None = None


class _Location(BaseModel):
    latitude: float
    longitude: float


class _Message(BaseModel):
    sender: str = Field(alias="from", pattern=r"^[0-9]{5,20}$")
    id: str = Id
    timestamp: float = Field(ge=0, lt=_LATEST)
    type: str
    text: _Text | None = None
    button: _Button | None = None
    interactive: _Interactive | None = None
    location: _Location | None = None


class _Error(BaseModel):
    code: int = 0


class _Status(BaseModel):
    id: str = Field(min_length=1, max_length=200)
    status: Literal["sent", "delivered", "read", "failed"]
    biz_opaque_callback_data: str | None = None
    errors: list[_Error] = []


def notifications(payload: dict[str, Any], *, phone_number_id: str) -> Iterator[Arrival | Report]:
    """What a call of the webhook brings for our number: messages of persons, and what became of ours."""
    for entry in items(payload.get("entry")):
        for change in items(entry.get("changes")):
            value = change.get("value")
            if change.get("field") != "messages" or not isinstance(value, dict):
                continue
            metadata = value.get("metadata")
            if not isinstance(metadata, dict) or metadata.get("phone_number_id") != phone_number_id:
                continue
            for message in items(value.get("messages")):
                arrival = _arrival(message)
                if arrival is not None:
                    yield arrival
            for status in items(value.get("statuses")):
                report = _report(status)
                if report is not None:
                    yield report


def _arrival(fields: dict[str, Any]) -> Arrival | None:
    message = valid(_Message, fields)
    if message is None or message.type in _NOT_SAID:
        return None
    return Arrival(handle=message.sender, inbound=_inbound(message))


def _inbound(message: _Message) -> InboundMessage:
    sent_at = datetime.fromtimestamp(message.timestamp, UTC)
    pressed = _pressed(message)
    if pressed is not None:
        payload, label = pressed
        return button_pressed(channel=CHANNEL, provider_id=message.id, payload=payload, label=label, sent_at=sent_at)
    if message.text is not None:
        return text_written(channel=CHANNEL, provider_id=message.id, text=message.text.body, sent_at=sent_at)
    if message.location is not None:
        town = nearest_town(message.location.latitude, message.location.longitude)
        return InboundMessage(channel=CHANNEL, provider_id=message.id, kind=Kind.LOCATION, town=town, sent_at=sent_at)
    kind = _KINDS.get(message.type, Kind.OTHER)
    return InboundMessage(channel=CHANNEL, provider_id=message.id, kind=kind, sent_at=sent_at)


def _pressed(message: _Message) -> tuple[str, str] | None:
    if message.button is not None:
        return message.button.payload or message.button.text, message.button.text
    if message.interactive is not None:
        chosen = message.interactive.button_reply or message.interactive.list_reply
        if chosen is not None:
            return chosen.id, chosen.title
    return None


def _report(fields: dict[str, Any]) -> Report | None:
    status = valid(_Status, fields)
    if status is None:
        return None
    code = status.errors[0].code if status.errors else None
    return Report(
        provider_id=status.id,
        reference=status.biz_opaque_callback_data,
        state=_STATES[status.status],
        error=f"refused_{code}" if code is not None else None,
    )
