"""The two doors of Telegram: we fetch its updates (no public address needed), or it brings them to a webhook."""

import asyncio
import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request
from sqlmodel import Session
from telegram import Update
from telegram.error import Conflict, RetryAfter, TelegramError

from bot.conversations import find_conversation
from channels.background import Background
from channels.inbound import receive
from channels.telegram.carrier import CHANNEL, POLL_SECONDS, TelegramCarrier, seconds
from channels.telegram.updates import Received, received
from channels.webhooks import json_object
from translations.interface import string
from wegwijs.batches import Batches
from wegwijs.logs import logger
from wegwijs.storage import transaction

log = logger(__name__)

WEBHOOK_PATH = "/channels/telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
_NOT_READABLE = (TypeError, ValueError, KeyError, AttributeError, OverflowError)
_NOT_AN_UPDATE = (*_NOT_READABLE, OSError, TelegramError)
_LONGEST_PAUSE = 60.0
_CONFLICT_SECONDS = 15.0
"""Another replica is polling; one is enough, and when it dies this one goes on."""


class TelegramDoor:
    """Stores what Telegram brings. `stored` is called when there is something for the worker."""

    def __init__(self, *, carrier: TelegramCarrier, secret: str, stored: Callable[[], None]) -> None:
        self._carrier = carrier
        self._secret = secret.encode()
        self._stored = stored
        self._courtesies = Background()
        self._storing: Batches[Session, Sequence[Received], None] = Batches(_store, opened=transaction)
        self.connected = False

    def is_from_telegram(self, secret: str) -> bool:
        """Whether a webhook call shows the secret that we gave Telegram; in constant time."""
        return hmac.compare_digest(secret.encode(errors="replace"), self._secret)

    async def take(self, takings: Sequence[Received]) -> None:
        """Store what came, all in one transaction; then acknowledge presses, show "typing", leave groups."""
        await self._storing.do(takings)
        if any(taking.inbound is not None for taking in takings):
            self._stored()
        for taking in takings:
            self._courtesies.start(self._be_courteous(taking))

    def read(self, given: dict[str, Any] | Update) -> Received | None:
        """What an update comes down to; None when it is none as the Bot API describes it."""
        try:
            update = given if isinstance(given, Update) else Update.de_json(given, self._carrier.bot)
            return received(update, bot_id=self._carrier.bot_id)
        except _NOT_AN_UPDATE as error:
            # It would come again for ever, so it is acknowledged and dropped.
            log.warning("update_not_understood", error=type(error).__name__)
            return None

    async def _be_courteous(self, taking: Received) -> None:
        """Best effort only: nothing of this is worth a repeat."""
        if taking.group is not None:
            with suppress(TelegramError):  # it may not let us write; we leave all the same
                await self._carrier.bot.send_message(taking.group, string("bot.group", "en"))
            await self._carrier.bot.leave_chat(taking.group)
        if taking.pressed is not None:
            await self._carrier.bot.answer_callback_query(taking.pressed)
        if taking.inbound is not None and taking.handle is not None:
            await self._carrier.show_typing(taking.handle)

    async def poll(self) -> None:
        """Fetch updates until cancelled. The next call confirms the last one, so only what is stored is confirmed."""
        offset: int | None = None
        pause = 1.0
        await self._without_webhook()
        while True:
            try:
                offset = await self._fetch(offset)
                self.connected = True
                pause = 1.0
            except RetryAfter as error:
                await asyncio.sleep(seconds(error.retry_after))
            except Conflict:
                await asyncio.sleep(_CONFLICT_SECONDS)
            except Exception as error:  # the database or Telegram is away: nothing was confirmed, all comes again
                self.connected = False
                log.warning("telegram_not_polled", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _fetch(self, offset: int | None) -> int | None:
        """Fetch and store what is there; the number to go on with."""
        try:
            updates = await self._carrier.bot.get_updates(offset, timeout=POLL_SECONDS, allowed_updates=ALLOWED_UPDATES)
        except _NOT_READABLE:
            return await self._skip_unreadable(offset)
        if not updates:
            return offset
        await self.take([taking for update in updates if (taking := self.read(update)) is not None])
        return updates[-1].update_id + 1

    async def _skip_unreadable(self, offset: int | None) -> int | None:
        """The number after the next update, looked at without its content: it would come again for ever."""
        log.warning("update_not_understood", error="unreadable")
        next_one = await self._carrier.bot.do_api_request(
            "getUpdates", api_kwargs={"limit": 1, "offset": offset, "allowed_updates": list(ALLOWED_UPDATES)}
        )
        return int(next_one[0]["update_id"]) + 1 if next_one else offset

    async def _without_webhook(self) -> None:
        """Telegram hands out updates only when no webhook is set; what waits there is kept."""
        with suppress(TelegramError):
            await self._carrier.bot.delete_webhook(drop_pending_updates=False)

    async def set_webhook(self, url: str) -> None:
        """Tell Telegram where to bring its updates; tried until it works."""
        pause = 1.0
        while True:
            try:
                await self._carrier.bot.set_webhook(
                    f"{url}{WEBHOOK_PATH}", secret_token=self._secret.decode(), allowed_updates=ALLOWED_UPDATES
                )
                self.connected = True
                return
            except TelegramError as error:
                log.warning("telegram_webhook_not_set", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def introduce(self) -> None:
        """Put the commands into Telegram's menu; without them everything works too."""
        try:
            await self._carrier.set_commands()
        except TelegramError as error:
            log.warning("telegram_commands_not_set", error=type(error).__name__)


def router(door: TelegramDoor) -> APIRouter:
    """The webhook."""
    made = APIRouter(include_in_schema=False)

    @made.post(WEBHOOK_PATH)
    async def webhook(
        request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
    ) -> dict[str, bool]:
        """One update, stored before it is acknowledged."""
        if not door.is_from_telegram(x_telegram_bot_api_secret_token):
            raise HTTPException(403, "not from Telegram")
        taking = door.read(json_object(await request.body()))
        if taking is not None:
            await door.take([taking])
        return {"ok": True}

    return made


def _store(session: Session, calls: Sequence[Sequence[Received]]) -> list[None]:
    for taking in chain.from_iterable(calls):
        if taking.handle is None:
            continue
        if taking.inbound is not None:
            receive(session, CHANNEL, [(taking.handle, taking.inbound)])
        elif taking.blocked:
            conversation = find_conversation(session, channel=CHANNEL, handle=taking.handle)
            if conversation is not None:
                conversation.opted_out = True
                session.add(conversation)
                session.flush()  # they may have come back and written since
    return [None] * len(calls)
