"""WhatsApp: sending through the Cloud API."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.replies import Rendered
from channels.carrier import Pace, Part
from channels.meta.graph import GraphAPI
from channels.parts import cut, numbered, readable, with_buttons_last
from translations.interface import string

CHANNEL = "whatsapp"
WINDOW = timedelta(hours=24)
"""The customer service window: free texts are carried for 24 hours after the person's last message."""
_PER_SECOND = 80
"""The Cloud API's throughput for one number."""
_MAX_TEXT = 4096
_MAX_BODY_WITH_BUTTONS = 1024
_MAX_BUTTONS = 3
_MAX_BUTTON_TITLE = 20
_MAX_ROWS = 10
_MAX_ROW_TITLE = 24
_MAX_ROW_DESCRIPTION = 72
_MAX_PAYLOAD = 200


class WhatsAppCarrier:
    """Sends from one phone number. `template` is the name of the approved text for when the window is closed."""

    name = CHANNEL

    def __init__(self, *, graph: GraphAPI, phone_number_id: str, template: str | None) -> None:
        self._graph = graph
        self._path = f"{phone_number_id}/messages"
        self._template = template
        self.pace = Pace(
            per_second=_PER_SECOND,
            between_two_in_a_chat=timedelta(0),
            window=WINDOW,
            reminds=template is not None,
        )

    async def send(self, handle: str, part: Part, *, reference: str) -> str:
        """Send one part; WhatsApp's id of it. The reference comes back with its status."""
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": handle,
            "biz_opaque_callback_data": reference,
            **self._content(part),
        }
        answer = await self._graph.post(self._path, body)
        return str(answer["messages"][0]["id"])

    def _content(self, part: Part) -> dict[str, Any]:
        if part.template is not None:
            return {"type": "template", "template": {"name": self._template, "language": {"code": part.template}}}
        if not part.buttons:
            return {"type": "text", "text": {"body": part.text, "preview_url": False}}
        return {"type": "interactive", "interactive": _interactive(part)}

    async def show_typing(self, handle: str) -> None:
        """WhatsApp shows it only together with "read", for one message; we do not mark as read what nobody read."""

    async def close(self) -> None:
        """Close the connections."""
        await self._graph.close()


def parts(rendered: Rendered, *, url: str | None) -> Sequence[Part]:
    """A reply as WhatsApp carries it: three buttons, a list of ten, or a numbered list in the text."""
    buttons = [(button.label, button.payload) for button in rendered.buttons]
    text = readable(rendered, url=url)
    if len(buttons) > _MAX_ROWS:
        return [Part(text=piece) for piece in cut(numbered(rendered, text), _MAX_TEXT)]
    if not buttons:
        return [Part(text=piece) for piece in cut(text, _MAX_TEXT)]
    choose = string("button.choose", rendered.language)
    pieces = cut(text, _MAX_BODY_WITH_BUTTONS)
    return [Part(text=part.text, buttons=part.buttons, choose=choose) for part in with_buttons_last(pieces, buttons)]


def _interactive(part: Part) -> dict[str, Any]:
    body = {"text": part.text}
    if len(part.buttons) <= _MAX_BUTTONS and all(len(label) <= _MAX_BUTTON_TITLE for label, _ in part.buttons):
        replies = [
            {"type": "reply", "reply": {"id": payload[:_MAX_PAYLOAD], "title": label}}
            for label, payload in part.buttons
        ]
        return {"type": "button", "body": body, "action": {"buttons": replies}}
    rows = [_row(label, payload) for label, payload in part.buttons]
    return {
        "type": "list",
        "body": body,
        "action": {"button": (part.choose or "")[:_MAX_BUTTON_TITLE], "sections": [{"rows": rows}]},
    }


def _row(label: str, payload: str) -> dict[str, str]:
    """A row of a list; what is too long for its title stands whole under it."""
    row = {"id": payload[:_MAX_PAYLOAD], "title": label}
    if len(label) > _MAX_ROW_TITLE:
        row |= {"title": f"{label[: _MAX_ROW_TITLE - 1].rstrip()}…", "description": label[:_MAX_ROW_DESCRIPTION]}
    return row
