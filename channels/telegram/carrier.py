"""Telegram: sending through the Bot API, with python-telegram-bot as its client."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import httpx
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ChatAction, MessageLimit
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.replies import NOT_MEANT, Rendered
from channels.carrier import NotSent, Pace, Part, Refused
from channels.parts import cut, readable, with_buttons_last
from translations.interface import string
from translations.languages import languages

CHANNEL = "telegram"
PACE = Pace(per_second=30, between_two_in_a_chat=timedelta(seconds=1))
"""core.telegram.org/bots/faq, "My bot is hitting limits": 30 messages a second, one a second in a chat."""
POLL_SECONDS = 25
COMMANDS = ("menu", "language", "person", "delete")
"""Shown by Telegram's menu button; the text of each is that of the button of the same name."""
_WRONG_TOKEN_PAUSE = 60.0


class TelegramCarrier:
    """Sends as one bot. `api` is the address of the Bot API server, without a slash at the end."""

    name = CHANNEL
    pace = PACE

    def __init__(self, *, token: str, api: str) -> None:
        request = HTTPXRequest(connection_pool_size=32, connect_timeout=5, read_timeout=15, write_timeout=10)
        polling = HTTPXRequest(connection_pool_size=1, connect_timeout=5, read_timeout=POLL_SECONDS + 10)
        self.bot = Bot(token, base_url=f"{api}/bot", request=request, get_updates_request=polling)
        self.bot_id = token.partition(":")[0]

    async def send(self, handle: str, part: Part, *, reference: str) -> str:  # noqa: ARG002 - Telegram has none
        """Send one part; the id of the chat and the message."""
        try:
            sent = await self.bot.send_message(
                int(handle),
                part.text,
                reply_markup=_keyboard(part.buttons),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except RetryAfter as error:
            raise NotSent("too_many", after=seconds(error.retry_after)) from None
        except InvalidToken:
            raise NotSent("wrong_token", after=_WRONG_TOKEN_PAUSE) from None
        except Forbidden:
            raise Refused("blocked") from None
        except (BadRequest, ChatMigrated) as error:
            raise Refused(type(error).__name__) from None
        except NetworkError as error:
            if certainly_not_sent(error.__cause__):
                raise NotSent("no_connection") from None
            raise
        return f"{handle}:{sent.message_id}"

    async def show_typing(self, handle: str) -> None:
        """Show "typing"; a few seconds, or until the answer comes."""
        await self.bot.send_chat_action(int(handle), ChatAction.TYPING)

    async def set_commands(self) -> None:
        """Put the commands into Telegram's menu, in every language of ours that Telegram knows by two letters.

        Raises:
            TelegramError: not now.
        """
        for code in languages():
            commands = [BotCommand(name, string(f"button.{name}", code)) for name in COMMANDS]
            await self.bot.set_my_commands(commands, language_code=code)
        await self.bot.set_my_commands([BotCommand(name, string(f"button.{name}", "en")) for name in COMMANDS])

    async def close(self) -> None:
        """Close the connections."""
        with suppress(TelegramError, RuntimeError):
            await self.bot.shutdown()


def parts(rendered: Rendered, *, url: str | None) -> Sequence[Part]:
    """A reply as Telegram carries it: 4,096 characters, buttons one under the other."""
    buttons = [(button.label, button.payload) for button in rendered.buttons]
    return list(with_buttons_last(cut(readable(rendered, url=url), MessageLimit.MAX_TEXT_LENGTH), buttons))


def _keyboard(buttons: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup | None:
    rows: list[list[InlineKeyboardButton]] = []
    for label, payload in buttons:
        button = InlineKeyboardButton(label, callback_data=payload)
        if payload.startswith(f"{NOT_MEANT}:") and rows:  # beside "this helped": an answer gets no tower of buttons
            rows[-1].append(button)
        else:
            rows.append([button])
    return InlineKeyboardMarkup(rows) if rows else None


def certainly_not_sent(cause: BaseException | None) -> bool:
    """Whether the request never reached the provider: no connection was made."""
    return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def seconds(pause: float | timedelta) -> float:
    """A pause that Telegram asks for; its client says it in one way now and in the other soon."""
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
