"""Messenger: sending through the Send API of a Facebook page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.replies import Rendered
from channels.carrier import Pace, Part
from channels.meta.graph import GraphAPI
from channels.parts import cut, numbered, readable, with_buttons_last

CHANNEL = "messenger"
WINDOW = timedelta(hours=24)
"""The standard messaging window: answers are carried for 24 hours after the person's last message."""
PACE = Pace(per_second=100, between_two_in_a_chat=timedelta(0), window=WINDOW)
"""A third of what the Send API allows for texts ("Rate limits": 300 calls a second)."""
_MAX_TEXT = 2000
_MAX_QUICK_REPLIES = 10
_MAX_TITLE = 20


class MessengerCarrier:
    """Sends as one page."""

    name = CHANNEL
    pace = PACE

    def __init__(self, *, graph: GraphAPI, page_id: str) -> None:
        self._graph = graph
        self._path = f"{page_id}/messages"

    async def send(self, handle: str, part: Part, *, reference: str) -> str:
        """Send one part; Messenger's id of it. The reference comes back with the page's own echo."""
        message: dict[str, Any] = {"text": part.text, "metadata": reference}
        if part.buttons:
            message["quick_replies"] = [
                {"content_type": "text", "title": label, "payload": payload} for label, payload in part.buttons
            ]
        body = {"recipient": {"id": handle}, "messaging_type": "RESPONSE", "message": message}
        answer = await self._graph.post(self._path, body)
        return str(answer["message_id"])

    async def show_typing(self, handle: str) -> None:
        """Show "typing" until the answer comes."""
        await self._graph.post(self._path, {"recipient": {"id": handle}, "sender_action": "typing_on"})

    async def close(self) -> None:
        """Close the connections."""
        await self._graph.close()


def parts(rendered: Rendered, *, url: str | None) -> Sequence[Part]:
    """A reply as Messenger carries it: quick replies where their words fit, or a numbered list in the text."""
    buttons = [(button.label, button.payload) for button in rendered.buttons]
    text = readable(rendered, url=url)
    fits = len(buttons) <= _MAX_QUICK_REPLIES and all(len(label) <= _MAX_TITLE for label, _ in buttons)
    if buttons and not fits:
        return [Part(text=piece) for piece in cut(numbered(rendered, text), _MAX_TEXT)]
    return list(with_buttons_last(cut(text, _MAX_TEXT), buttons))
