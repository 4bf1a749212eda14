"""The webhook payloads of WhatsApp (Cloud API) and Messenger, as Meta documents them."""

import itertools
import time
from typing import Any
from uuid import uuid4

Payload = dict[str, Any]

_message_numbers = itertools.count(1)


def new_wamid() -> str:
    """An id as WhatsApp gives messages."""
    return f"wamid.{uuid4().hex.upper()}"


def new_mid() -> str:
    """An id as Messenger gives messages."""
    return f"m_{uuid4().hex}{next(_message_numbers)}"


def whatsapp_change(phone_number_id: str, value: Payload) -> Payload:
    """A webhook call of the field "messages"."""
    metadata = {"display_phone_number": "3220000000", "phone_number_id": phone_number_id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


def whatsapp_message(
    phone_number_id: str, sender: str, content: Payload, *, id: str | None = None, sent_at: float | None = None
) -> Payload:
    """A person's message; `content` holds its type and what comes with it."""
    message = {"from": sender, "id": id or new_wamid(), "timestamp": str(int(sent_at or time.time())), **content}
    contact = {"profile": {"name": "A person"}, "wa_id": sender}
    return whatsapp_change(phone_number_id, {"contacts": [contact], "messages": [message]})


def whatsapp_text(text: str) -> Payload:
    """Typed text."""
    return {"type": "text", "text": {"body": text}}


def whatsapp_button_reply(payload: str, title: str) -> Payload:
    """A pressed reply button."""
    return {
        "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": {"id": payload, "title": title}},
    }


def whatsapp_list_reply(payload: str, title: str, description: str | None = None) -> Payload:
    """A chosen row of a list."""
    row = {"id": payload, "title": title} | ({"description": description} if description else {})
    return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": row}}


def whatsapp_media(kind: str, mime_type: str, **more: object) -> Payload:
    """An image, audio, video, document or sticker."""
    media = {"mime_type": mime_type, "sha256": "fhcWTqfYEvOcJ0x1FHQJZQ==", "id": "1003383421387256", **more}
    return {"type": kind, kind: media}


def whatsapp_image() -> Payload:
    """A photo."""
    return whatsapp_media("image", "image/jpeg")


def whatsapp_audio() -> Payload:
    """A voice note."""
    return whatsapp_media("audio", "audio/ogg; codecs=opus", voice=True)


def whatsapp_document() -> Payload:
    """A file."""
    return whatsapp_media("document", "application/pdf", filename="letter.pdf")


def whatsapp_sticker() -> Payload:
    """A sticker."""
    return whatsapp_media("sticker", "image/webp", animated=False)


def whatsapp_location(latitude: float, longitude: float) -> Payload:
    """A place."""
    return {"type": "location", "location": {"latitude": latitude, "longitude": longitude}}


def whatsapp_contacts() -> Payload:
    """Somebody's contact card."""
    card = {"name": {"first_name": "B", "formatted_name": "B"}, "phones": [{"phone": "+32470000000", "type": "CELL"}]}
    return {"type": "contacts", "contacts": [card]}


def whatsapp_status(
    phone_number_id: str,
    *,
    id: str,
    recipient: str,
    status: str,
    reference: str | None = None,
    error_code: int | None = None,
) -> Payload:
    """What became of a message of ours: sent, delivered, read or failed."""
    fields: Payload = {"id": id, "status": status, "timestamp": str(int(time.time())), "recipient_id": recipient}
    if reference is not None:
        fields["biz_opaque_callback_data"] = reference
    if error_code is not None:
        fields["errors"] = [{"code": error_code, "title": "Message failed", "message": "Message failed"}]
    return whatsapp_change(phone_number_id, {"statuses": [fields]})


def messenger_event(page_id: str, sender: str, content: Payload, *, sent_at: float | None = None) -> Payload:
    """A webhook call for one event of a person."""
    return _messenger_call(page_id, sender, page_id, content, sent_at)


def messenger_text(text: str, *, mid: str | None = None) -> Payload:
    """Typed text."""
    return {"message": {"mid": mid or new_mid(), "text": text}}


def messenger_quick_reply(payload: str, title: str, *, mid: str | None = None) -> Payload:
    """A pressed quick reply."""
    return {"message": {"mid": mid or new_mid(), "text": title, "quick_reply": {"payload": payload}}}


def messenger_postback(payload: str, title: str, *, mid: str | None = None) -> Payload:
    """A pressed button of the menu or of a template."""
    return {"postback": {"mid": mid or new_mid(), "title": title, "payload": payload}}


def messenger_attachment(kind: str, *, sticker_id: int | None = None, mid: str | None = None) -> Payload:
    """An image, audio, video or file; an image with a sticker_id is a sticker."""
    payload: Payload = {"url": "https://cdn.example/attachment"}
    if sticker_id is not None:
        payload["sticker_id"] = sticker_id
    return {"message": {"mid": mid or new_mid(), "attachments": [{"type": kind, "payload": payload}]}}


def messenger_location(latitude: float, longitude: float, *, mid: str | None = None) -> Payload:
    """A place."""
    payload = {"coordinates": {"lat": latitude, "long": longitude}}
    return {"message": {"mid": mid or new_mid(), "attachments": [{"type": "location", "payload": payload}]}}


def messenger_echo(page_id: str, recipient: str, *, mid: str, text: str, reference: str | None = None) -> Payload:
    """Our own message, told back."""
    message = {"mid": mid, "is_echo": True, "app_id": 1517776481860111, "text": text}
    if reference is not None:
        message["metadata"] = reference
    return _messenger_call(page_id, page_id, recipient, {"message": message}, None)


def messenger_delivery(page_id: str, sender: str, mids: list[str]) -> Payload:
    """Messages of ours arrived."""
    content = {"delivery": {"mids": mids, "watermark": int(time.time() * 1000)}}
    return _messenger_call(page_id, sender, page_id, content, None)


def _messenger_call(page_id: str, sender: str, recipient: str, content: Payload, sent_at: float | None) -> Payload:
    moment = int((sent_at or time.time()) * 1000)
    event = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": moment, **content}
    return {"object": "page", "entry": [{"id": page_id, "time": moment, "messaging": [event]}]}
