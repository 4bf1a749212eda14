"""From Telegram's updates to what we store of them.

Their order is that of their numbers, in which they come: dates count whole seconds, and presses have none.
"""

from dataclasses import dataclass

from telegram import CallbackQuery, Chat, Message, Update

from bot.conversations import Kind
from channels.inbound import InboundMessage, button_pressed, text_written
from channels.places import nearest_town
from channels.telegram.carrier import CHANNEL
from translations.languages import languages

_COMMANDS = {
    "start": "start",
    "help": "menu",
    "menu": "menu",
    "language": "language",
    "person": "person",
    "delete": "delete",
}
_KINDS = {
    Kind.VOICE: ("voice", "audio", "video_note"),
    Kind.PHOTO: ("photo", "video", "animation"),
    Kind.DOCUMENT: ("document",),
    Kind.STICKER: ("sticker",),
    Kind.CONTACT: ("contact",),
}


class NotAnUpdate(ValueError):
    """A field has another type than the Bot API describes: the client takes what it is given as it is."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """What an update comes down to: a message to store, a press to acknowledge, a group to leave, or nothing."""

    handle: str | None = None
    inbound: InboundMessage | None = None
    pressed: str | None = None
    group: int | None = None
    blocked: bool = False


def received(update: Update, *, bot_id: str) -> Received:
    """What is to be done with an update; most of the kinds of Telegram ask for nothing.

    Raises:
        NotAnUpdate: it is none.
    """
    _expect(update.update_id, int)
    provider_id = f"{bot_id}:{update.update_id}"
    chat = update.effective_chat
    if chat is not None:
        _expect(chat.id, int)
    if update.my_chat_member is not None and chat is not None:
        member = update.my_chat_member.new_chat_member.status
        if chat.type != Chat.PRIVATE:
            return Received(group=chat.id) if member in {"member", "administrator"} else Received()
        return Received(handle=str(chat.id), blocked=member == "kicked")
    if update.callback_query is not None:
        return _pressed(update.callback_query, provider_id)
    message = update.message or update.edited_message
    if message is None or chat is None:
        return Received()
    if chat.type != Chat.PRIVATE:
        return Received(group=chat.id)
    return Received(handle=str(chat.id), inbound=_inbound(message, provider_id))


def _pressed(query: CallbackQuery, provider_id: str) -> Received:
    _expect(query.id, str)
    _expect(query.data, str, type(None))
    message = query.message
    if message is None or message.chat.type != Chat.PRIVATE or not query.data:
        return Received(pressed=query.id)
    label = _label(message, query.data) if isinstance(message, Message) else None
    inbound = button_pressed(channel=CHANNEL, provider_id=provider_id, payload=query.data, label=label)
    return Received(handle=str(message.chat.id), inbound=inbound, pressed=query.id)


def _label(message: Message, payload: str) -> str | None:
    rows = message.reply_markup.inline_keyboard if message.reply_markup is not None else ()
    labels = (button.text for row in rows for button in row if button.callback_data == payload)
    return next((label for label in labels if isinstance(label, str)), None)


def _inbound(message: Message, provider_id: str) -> InboundMessage:
    hint = _hint(message)
    _expect(message.text, str, type(None))
    if message.location is not None:
        _expect(message.location.latitude, int, float)
        _expect(message.location.longitude, int, float)
        town = nearest_town(message.location.latitude, message.location.longitude)
        return InboundMessage(channel=CHANNEL, provider_id=provider_id, kind=Kind.LOCATION, town=town, hint=hint)
    if message.text is None:
        kind = next(
            (kind for kind, fields in _KINDS.items() if any(_has(message, name) for name in fields)), Kind.OTHER
        )
        return InboundMessage(channel=CHANNEL, provider_id=provider_id, kind=kind, hint=hint)
    command = _COMMANDS.get(message.text.removeprefix("/").split("@")[0].split(" ")[0])
    if message.text.startswith("/") and command is not None:
        return button_pressed(
            channel=CHANNEL,
            provider_id=provider_id,
            payload=command,
            label=message.text,
            hint=hint,
        )
    return text_written(channel=CHANNEL, provider_id=provider_id, text=message.text, hint=hint)


def _has(message: Message, name: str) -> bool:
    return bool(getattr(message, name))


def _hint(message: Message) -> str | None:
    code = message.from_user.language_code if message.from_user is not None else None
    base = code.split("-")[0] if isinstance(code, str) else None
    return base if base in languages() else None


def _expect(value: object, *kinds: type) -> None:
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise NotAnUpdate
