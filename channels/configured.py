"""The messengers this installation is connected to, as the settings say."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial

from fastapi import APIRouter

from channels.carrier import Carrier, Splitter
from channels.messenger import carrier as messenger
from channels.messenger import door as messenger_door
from channels.meta import webhook as meta
from channels.meta.graph import GraphAPI
from channels.telegram import carrier as telegram
from channels.telegram import door as telegram_door
from channels.whatsapp import carrier as whatsapp
from channels.whatsapp import door as whatsapp_door
from wegwijs.settings import Settings

NEEDED = {
    "telegram": ("telegram_token",),
    "whatsapp": ("whatsapp_token", "whatsapp_phone_number_id", "whatsapp_app_secret", "whatsapp_verify_token"),
    "messenger": ("messenger_token", "messenger_page_id", "messenger_app_secret", "messenger_verify_token"),
}
WINDOWS = {whatsapp.CHANNEL: whatsapp.WINDOW, messenger.CHANNEL: messenger.WINDOW}
"""How long after the last message of the person a messenger carries answers; the others always do."""


class ChannelNotConfigured(Exception):
    """A channel is half configured: it would lose messages, or take anybody's for the provider's."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A messenger that is connected: what carries replies, its webhook, and what runs beside.

    `is_connected` says whether its messages reach us, as far as we can know.
    """

    carrier: Carrier
    router: APIRouter | None = None
    beside: Sequence[Callable[[], Coroutine[None, None, None]]] = field(default_factory=tuple)
    is_connected: Callable[[], bool] = lambda: True


def missing(settings: Settings, channel: str) -> list[str]:
    """What a channel that is begun still needs, each in a sentence; empty when it is whole, or not begun at all."""
    given = {name: bool(getattr(settings, name)) for name in NEEDED[channel]}
    problems = [f"WEGWIJS_{name.upper()} is not set" for name, is_set in given.items() if not is_set]
    if not any(given.values()):
        return []
    needs_address = channel != "telegram" or settings.telegram_webhook_secret
    if needs_address and not (settings.public_url or "").startswith("https://"):
        problems.append("WEGWIJS_PUBLIC_URL is not an https:// address: the provider could not reach the webhook")
    return problems


def is_begun(settings: Settings, channel: str) -> bool:
    """Whether anything of a channel is configured."""
    return any(getattr(settings, name) for name in NEEDED[channel])


def connected_channels(settings: Settings, *, stored: Callable[[], None]) -> list[Channel]:
    """The messengers to run. `stored` is called when one of them has stored a message.

    Raises:
        ChannelNotConfigured: one is half configured.
    """
    makers = {"telegram": _telegram, "whatsapp": _whatsapp, "messenger": _messenger}
    channels = []
    for name, make in makers.items():
        problems = missing(settings, name)
        if problems:
            raise ChannelNotConfigured(f"{name}: {'; '.join(problems)}")
        if is_begun(settings, name):
            channels.append(make(settings, stored))
    return channels


def splitters(settings: Settings) -> dict[str, Splitter]:
    """How each messenger cuts a reply, whether it is connected now or was when a conversation began."""
    url = settings.public_url.rstrip("/") if settings.public_url else None
    return {
        telegram.CHANNEL: partial(telegram.parts, url=url),
        whatsapp.CHANNEL: partial(whatsapp.parts, url=url),
        messenger.CHANNEL: partial(messenger.parts, url=url),
    }


def _telegram(settings: Settings, stored: Callable[[], None]) -> Channel:
    carrier = telegram.TelegramCarrier(token=settings.telegram_token or "", api=settings.telegram_api)
    secret = settings.telegram_webhook_secret
    door = telegram_door.TelegramDoor(carrier=carrier, secret=secret or "", stored=stored)
    fetches = secret is None
    arrivals = door.poll if fetches else partial(door.set_webhook, settings.url)
    return Channel(
        carrier=carrier,
        router=None if fetches else telegram_door.router(door),
        beside=(arrivals, door.introduce),
        is_connected=lambda: door.connected,
    )


def _whatsapp(settings: Settings, stored: Callable[[], None]) -> Channel:
    number = settings.whatsapp_phone_number_id or ""
    graph = GraphAPI(api=settings.graph_api, token=settings.whatsapp_token or "")
    door = meta.MetaDoor(
        carrier=whatsapp.WhatsAppCarrier(graph=graph, phone_number_id=number, template=settings.whatsapp_template),
        app_secret=settings.whatsapp_app_secret or "",
        verify_token=settings.whatsapp_verify_token or "",
        notifications=partial(whatsapp_door.notifications, phone_number_id=number),
        stored=stored,
    )
    return Channel(carrier=door.carrier, router=meta.router(door))


def _messenger(settings: Settings, stored: Callable[[], None]) -> Channel:
    page = settings.messenger_page_id or ""
    graph = GraphAPI(api=settings.graph_api, token=settings.messenger_token or "")
    door = meta.MetaDoor(
        carrier=messenger.MessengerCarrier(graph=graph, page_id=page),
        app_secret=settings.messenger_app_secret or "",
        verify_token=settings.messenger_verify_token or "",
        notifications=partial(messenger_door.notifications, page_id=page),
        stored=stored,
    )
    return Channel(carrier=door.carrier, router=meta.router(door))
