"""What a stand-in took from the service: every message, in the order it was taken."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel


class Taken(BaseModel):
    """One message that a person received; `reference` is what the service sent along to know it again."""

    number: int
    channel: str
    chat: str
    text: str
    buttons: list[str] = []
    labels: list[str] = []
    reference: str | None = None
    id: str
    body: dict[str, Any]


@dataclass
class Record:
    """All that was taken; it outlives the service, which is a process of its own."""

    messages: list[Taken] = field(default_factory=list)

    def add(
        self,
        *,
        channel: str,
        chat: str,
        text: str,
        buttons: list[tuple[str, str]],
        reference: str | None,
        id: str,
        body: dict[str, Any],
    ) -> Taken:
        """Write one message down; `buttons` are (label, payload)."""
        taken = Taken(
            number=len(self.messages) + 1,
            channel=channel,
            chat=chat,
            text=text,
            buttons=[payload for _, payload in buttons],
            labels=[label for label, _ in buttons],
            reference=reference,
            id=id,
            body=body,
        )
        self.messages.append(taken)
        return taken

    def after(self, number: int) -> list[Taken]:
        """What came after this number."""
        return self.messages[number:]

    def last_with_button(self, chat: str, payload: str) -> Taken | None:
        """The last message of a chat that has this button."""
        found = (each for each in reversed(self.messages) if each.chat == chat and payload in each.buttons)
        return next(found, None)
