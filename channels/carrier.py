"""What a messenger has to be able to do: carry parts of replies, at a pace, and say how each sending ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from bot.replies import Rendered


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is sent in one piece: text, and buttons as (label, payload).

    `choose` says "choose" in the person's language, for a messenger that opens its list with a button. `template` is
    the language of the approved text that goes in the place of this one when the window is closed.
    """

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    choose: str | None = None
    template: str | None = None

    def stored(self) -> dict[str, Any]:
        """As it is kept, encrypted."""
        return {
            "text": self.text,
            "buttons": [list(button) for button in self.buttons],
            "choose": self.choose,
            "template": self.template,
        }

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Part":
        """The other way round."""
        return cls(
            text=stored["text"],
            buttons=tuple((label, payload) for label, payload in stored["buttons"]),
            choose=stored["choose"],
            template=stored["template"],
        )


Splitter = Callable[[Rendered], Sequence[Part]]
"""How a messenger cuts a reply into parts it can carry."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a messenger may be used."""

    per_second: int
    between_two_in_a_chat: timedelta
    window: timedelta | None = None
    """How long after a person's message the messenger still carries an answer; None when it always does."""
    reminds: bool = False
    """Whether there is an approved text that may be sent when the window is closed."""


class NotSent(Exception):
    """The messenger certainly did not take it: it may be sent again, `after` so many seconds when it says so."""

    def __init__(self, error: str, *, after: float | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.after = after


class Refused(Exception):
    """The messenger will never take it: blocked, no such chat, not allowed."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class WindowClosed(Refused):
    """The messenger takes nothing more until the person writes."""


class Carrier(Protocol):
    """A messenger that carries parts of replies to a handle."""

    name: str
    pace: Pace

    async def send(self, handle: str, part: Part, *, reference: str) -> str:
        """Send one part; the provider's id of it. `reference` comes back with its status, where the messenger can.

        Raises:
            NotSent: it may be sent again.
            WindowClosed: not before the person writes.
            Refused: it will never be taken.
            Exception: anything else means that nobody knows whether it arrived.
        """
        ...

    async def show_typing(self, handle: str) -> None:
        """Show the person that an answer is being written, where the messenger can: a courtesy, which may fail."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
