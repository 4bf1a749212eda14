"""A stand-in of Telegram's Bot API (core.telegram.org/bots/api): what a bot needs to talk with persons.

It keeps an update until the bot confirms it with a higher offset, and hands it out again until then.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tests.standins.emulator import Upstream
from tests.standins.mischief import Mischief, Rates
from tests.standins.record import Record, Taken
from tests.standins.webhooks import Postman, with_secret

MOST_UPDATES = 100
LONGEST_TEXT = 4096
LONGEST_CALLBACK_DATA = 64
_LOOK_SECONDS = 0.1


class BotError(Exception):
    """Telegram refuses."""

    def __init__(self, status: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.status, self.parameters = status, parameters

    def response(self) -> JSONResponse:
        """As Telegram writes it."""
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": str(self)}
        return JSONResponse(body | ({"parameters": self.parameters} if self.parameters else {}), self.status)


@dataclass
class BotAPI:
    """One bot with its updates and chats. `blocking` are the chats of persons who blocked it."""

    token: str
    mischief: Mischief
    record: Record = field(default_factory=Record)
    updates: list[dict[str, Any]] = field(default_factory=list)
    blocking: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    handed_out: int = 0
    put_in: int = 0
    postman: Postman | None = None
    upstream: Upstream | None = None
    _polls: int = 0
    _messages: int = 0
    _next_update: int = 1
    _delivering: asyncio.Task[None] | None = None

    async def call(self, method: str, parameters: dict[str, Any], request: Request) -> Response:
        """One call of the bot."""
        if method.lower() == "getupdates":
            return _ok(await self._get_updates(parameters, request))
        if method.lower() == "sendmessage":
            return await self._send_message(parameters)
        known: dict[str, Callable[[dict[str, Any]], Awaitable[object]]] = {
            "getme": self._get_me,
            "answercallbackquery": self._answer_callback_query,
            "sendchataction": self._send_chat_action,
            "setmycommands": self._set_my_commands,
            "deletewebhook": self._delete_webhook,
            "setwebhook": self._set_webhook,
            "leavechat": self._leave_chat,
        }
        if method.lower() not in known:
            raise BotError(404, "Not Found")
        return _ok(await known[method.lower()](parameters))

    async def _get_me(self, _parameters: dict[str, Any]) -> dict[str, Any]:
        return self._bot

    @property
    def _bot(self) -> dict[str, Any]:
        id = int(self.token.partition(":")[0])
        return {"id": id, "is_bot": True, "first_name": "Wegwijs", "username": "wegwijs_bot"}

    async def _get_updates(self, parameters: dict[str, Any], request: Request) -> list[dict[str, Any]]:
        """A later call ends an earlier one that still waits, as Telegram does."""
        if self.postman is not None:
            raise BotError(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polls += 1
        mine, end = self._polls, time.monotonic() + float(parameters.get("timeout") or 0)
        offset = int(parameters.get("offset") or 0)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        while not self.updates and time.monotonic() < end:
            if mine != self._polls:
                raise BotError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            if await request.is_disconnected():
                return []
            await asyncio.sleep(_LOOK_SECONDS)
        limit = min(int(parameters.get("limit") or MOST_UPDATES), MOST_UPDATES)
        self.handed_out += len(self.updates[:limit])
        return self.updates[:limit]

    async def _send_message(self, parameters: dict[str, Any]) -> Response:
        chat, text = str(parameters.get("chat_id") or ""), str(parameters.get("text") or "")
        if not chat:
            raise BotError(400, "Bad Request: chat_id is empty")
        if not text.strip():
            raise BotError(400, "Bad Request: message text is empty")
        if len(text) > LONGEST_TEXT:
            raise BotError(400, "Bad Request: message is too long")
        if chat in self.blocking:
            raise BotError(403, "Forbidden: bot was blocked by the user")
        buttons = _buttons(parameters.get("reply_markup"))
        seconds = self.mischief.rates.retry_after
        return await self.mischief.answer(
            take=lambda: self._take(chat, text, buttons, parameters),
            too_many=BotError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds).response(),
            broken=BotError(500, "Internal Server Error").response(),
        )

    async def _take(self, chat: str, text: str, buttons: list[tuple[str, str]], parameters: dict[str, Any]) -> Response:
        if self.upstream is not None:
            message = await self.upstream.take(parameters)
        else:
            message = self._message(chat, self._bot, text=text)
        if buttons:
            message["reply_markup"] = {
                "inline_keyboard": [[{"text": label, "callback_data": payload}] for label, payload in buttons]
            }
        self.record.add(
            channel="telegram",
            chat=chat,
            text=text,
            buttons=buttons,
            reference=None,
            id=f"{chat}:{message['message_id']}",
            body={"parameters": parameters, "message": message},
        )
        return _ok(message)

    async def _answer_callback_query(self, parameters: dict[str, Any]) -> bool:
        if not parameters.get("callback_query_id"):
            raise BotError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return True

    async def _send_chat_action(self, parameters: dict[str, Any]) -> bool:
        if str(parameters.get("chat_id")) in self.blocking:
            raise BotError(403, "Forbidden: bot was blocked by the user")
        return True

    async def _set_my_commands(self, parameters: dict[str, Any]) -> bool:
        self.commands[str(parameters.get("language_code") or "")] = _list(parameters.get("commands"))
        return True

    async def _delete_webhook(self, parameters: dict[str, Any]) -> bool:
        self.postman = None
        if str(parameters.get("drop_pending_updates")).lower() == "true":
            self.updates.clear()
        return True

    async def _set_webhook(self, parameters: dict[str, Any]) -> bool:
        url, secret = str(parameters.get("url") or ""), parameters.get("secret_token")
        self.postman = Postman([url], with_secret(secret), self.mischief) if url else None
        if self._delivering is None:
            self._delivering = asyncio.create_task(self._deliver())
        return True

    async def _leave_chat(self, parameters: dict[str, Any]) -> bool:
        self.left.append(str(parameters.get("chat_id")))
        return True

    async def _deliver(self) -> None:
        """Bring updates to the webhook, one after the other."""
        while True:
            postman = self.postman
            if postman is None or not self.updates:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            update = self.updates[0]
            await postman.bring_now(update)
            self.updates.remove(update)

    async def person_says(self, chat: str, text: str, *, language: str | None = None) -> None:
        """A person writes."""
        if self.upstream is not None:
            await self.upstream.person_says(chat, text)
            return
        message = self._message(chat, _person(chat, language), text=text)
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        self.put({"message": message})

    async def person_presses(self, chat: str, payload: str) -> None:
        """A person presses a button, under the last message that has it if there is one."""
        found = self.record.last_with_button(chat, payload)
        under = found.body["message"] if found is not None else None
        if self.upstream is not None:
            await self.upstream.person_presses(chat, payload, under)
            return
        query = {"id": str(self._next_update), "from": _person(chat, None), "chat_instance": "1", "data": payload}
        self.put({"callback_query": {**query, "message": under or self._message(chat, self._bot, text="-")}})

    def put(self, update: dict[str, Any]) -> int:
        """Put an update in; the id it has, or is given."""
        id = int(update.get("update_id") or self._next_update)
        self._next_update = id + 1
        self.updates.append({**update, "update_id": id})
        self.put_in += 1
        return id

    async def fetch(self, upstream: Upstream) -> None:
        """Keep what the emulator hands out once, until the bot confirms it."""
        while True:
            for update in await upstream.new_updates():
                if "callback_query" in update:
                    update["callback_query"].setdefault("chat_instance", "1")
                self.put(update)
            await asyncio.sleep(_LOOK_SECONDS)

    def _message(self, chat: str, sender: dict[str, Any], **content: object) -> dict[str, Any]:
        self._messages += 1
        of_chat = {"id": int(chat), "type": "private", "first_name": "Person"}
        return {"message_id": self._messages, "from": sender, "chat": of_chat, "date": int(time.time()), **content}


def _person(chat: str, language: str | None) -> dict[str, Any]:
    hint = {"language_code": language} if language else {}
    return {"id": int(chat), "is_bot": False, "first_name": "Person", **hint}


def _ok(result: object) -> JSONResponse:
    return JSONResponse({"ok": True, "result": result})


def _list(given: object) -> list[Any]:
    value = json.loads(given) if isinstance(given, str) else given
    return value if isinstance(value, list) else []


def _buttons(markup: object) -> list[tuple[str, str]]:
    given = json.loads(markup) if isinstance(markup, str) and markup else markup
    rows = given.get("inline_keyboard", []) if isinstance(given, dict) else []
    buttons = [(button["text"], button["callback_data"]) for row in rows for button in row]
    if any(not 0 < len(payload.encode()) <= LONGEST_CALLBACK_DATA for _, payload in buttons):
        raise BotError(400, "Bad Request: BUTTON_DATA_INVALID")
    if any(not label for label, _ in buttons):
        raise BotError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    return buttons


async def _parameters(request: Request) -> dict[str, Any]:
    """From the query, and from a body of JSON or of a form."""
    given: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        return given | (json.loads(body) if body else {})
    return given | dict(parse_qsl(body.decode(), keep_blank_values=True))


def make_app(bot: BotAPI) -> FastAPI:
    """The Bot API at /bot<token>, and /control for the test that runs it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        fetching = asyncio.create_task(bot.fetch(bot.upstream)) if bot.upstream is not None else None
        yield
        if fetching is not None:
            fetching.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.exception_handler(BotError)
    async def refused(_request: Request, error: BotError) -> Response:
        return error.response()

    @app.api_route("/bot{token}/{method}", methods=["GET", "POST"])
    async def call(token: str, method: str, request: Request) -> Response:
        if token != bot.token:
            raise BotError(401, "Unauthorized")
        return await bot.call(method, await _parameters(request), request)

    @app.get("/control/taken")
    def taken(after: int = 0) -> list[Taken]:
        return bot.record.after(after)

    @app.get("/control/state")
    def state() -> dict[str, Any]:
        return {
            "put_in": bot.put_in,
            "waiting": len(bot.updates),
            "handed_out": bot.handed_out,
            "left": bot.left,
            "commands": bot.commands,
            "webhook": bot.postman.urls if bot.postman is not None else [],
            "mischief": bot.mischief.done,
        }

    @app.post("/control/misbehave")
    def misbehave(rates: Rates) -> None:
        bot.mischief.rates = rates

    @app.post("/control/block/{chat}")
    def block(chat: str, *, blocked: bool = True) -> None:
        (bot.blocking.add if blocked else bot.blocking.discard)(chat)

    @app.post("/control/says/{chat}")
    async def says(chat: str, text: str, language: str | None = None) -> None:
        await bot.person_says(chat, text, language=language)

    @app.post("/control/presses/{chat}")
    async def presses(chat: str, payload: str) -> None:
        await bot.person_presses(chat, payload)

    @app.post("/control/put")
    async def put(update: dict[str, Any]) -> int:
        return bot.put(update)

    return app
