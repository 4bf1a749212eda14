"""The JSON API of the web chat: start a conversation, send, read, follow, erase."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from sqlalchemy import Connection, Row, bindparam, select
from starlette.concurrency import run_in_threadpool

from bot.conversations import (
    MESSAGES,
    Access,
    Author,
    Opened,
    State,
    UnknownConversation,
    access_conversation,
    access_conversations,
    start_conversation,
)
from bot.erasing import erase_conversation
from bot.replies import Renderer, Reply
from channels.announcements import Announcements
from channels.inbound import BUTTON_PAYLOAD, MAX_PAYLOAD, MAX_TEXT, InboundMessage, button_pressed, store, text_written
from channels.limits import RateLimit
from channels.outbound import Outbox
from channels.web.guards import sender_address
from knowledge.text import clean, without_lone_surrogates
from translations.interface import string, strings
from translations.languages import Direction, languages
from wegwijs.batches import Batches
from wegwijs.storage import looking, now, scrub, transaction, writing

CHANNEL = "web"
HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 2.0
"""How soon replies written by another replica are seen."""


def _known_language(code: str) -> str:
    if code not in languages():
        raise ValueError(f"not one of {', '.join(languages())}")
    return code


LanguageCode = Annotated[
    str, AfterValidator(_known_language), WithJsonSchema({"type": "string", "enum": list(languages())})
]


@dataclass(frozen=True, kw_only=True)
class ChatServices:
    """What the API works with; set on `app.state.chat`. `stored` is called when there is something for the worker."""

    stored: Callable[[], None]
    announcements: Announcements
    renderer: Callable[[], Renderer]
    outbox: Outbox
    forget: Callable[[str], Awaitable[int]]
    message_limit: RateLimit
    conversation_limit: RateLimit
    trust_proxy: bool
    storing: Batches[Connection, tuple[Access, InboundMessage], int] = field(
        default_factory=lambda: Batches(store_messages, opened=writing)
    )
    reading: Batches[Connection, tuple[Access, int], "Messages"] = field(
        default_factory=lambda: Batches(read_conversations, opened=looking)
    )


class ErrorBody(BaseModel):
    """What every refused call answers."""

    error: str


class NewConversation(BaseModel):
    """A wish to start a conversation, in a chosen language or in one still to be recognised."""

    model_config = ConfigDict(extra="forbid")
    language: LanguageCode | None = None


class ConversationStarted(BaseModel):
    """The conversation, and the token that opens it: it is shown only here."""

    id: str
    token: str
    language: str | None


def _storable(value: object) -> object:
    # JSON may hold half a surrogate pair, which a phone sends when it cuts an emoji.
    return without_lone_surrogates(value) if isinstance(value, str) else value


class NewMessage(BaseModel):
    """Either `text`, or `button` with the payload of a pressed button and `label` with what it said."""

    model_config = ConfigDict(extra="forbid")
    client_id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Made by the device; sending it again is harmless."
    )
    text: Annotated[str | None, BeforeValidator(_storable)] = Field(default=None, max_length=MAX_TEXT)
    button: str | None = Field(default=None, pattern=BUTTON_PAYLOAD, max_length=MAX_PAYLOAD)
    label: Annotated[str | None, BeforeValidator(_storable)] = Field(default=None, max_length=200)


class MessageStored(BaseModel):
    """The message is stored: it will not be lost."""

    id: int
    client_id: str


class ButtonOut(BaseModel):
    """Something to tap."""

    label: str
    payload: str


class MessageOut(BaseModel):
    """One message; `html` is safe HTML and only there for the bot and staff, `by` the first name of who wrote."""

    id: int
    author: Literal["person", "bot", "staff"]
    client_id: str | None
    key: str | None
    by: str | None
    language: str | None
    direction: Literal["ltr", "rtl", "auto"]
    text: str
    html: str | None
    page: str | None
    topic: str | None
    buttons: list[ButtonOut]
    created_at: datetime


class ConversationState(BaseModel):
    """Who the conversation belongs to, and its language."""

    state: State
    language: str | None
    direction: Literal["ltr", "rtl", "auto"]


class Messages(ConversationState):
    """The messages after an id, oldest first; `more` says that another call gives the rest."""

    messages: list[MessageOut]
    more: bool


class LanguageOut(BaseModel):
    """A language of Wegwijs."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"]


class InterfaceStrings(BaseModel):
    """The strings of the chat in one language."""

    language: LanguageOut
    strings: dict[str, str]


_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "not JSON"},
    401: {"model": ErrorBody, "description": "no token"},
    404: {"model": ErrorBody, "description": "no such conversation, or not with this token"},
    413: {"model": ErrorBody, "description": "too much at once"},
    422: {"model": ErrorBody, "description": "not as described"},
    429: {"model": ErrorBody, "description": "too often; see Retry-After"},
    503: {"model": ErrorBody, "description": "not stored; see Retry-After"},
}

router = APIRouter(prefix="/api", tags=["chat"], responses=_ERRORS)
bearer = HTTPBearer(auto_error=False)


async def chat_services(request: Request) -> ChatServices:
    """The services of this app. Asynchronous, as `access`: FastAPI would hand a plain function to a thread."""
    services: ChatServices = request.app.state.chat
    return services


Chat = Annotated[ChatServices, Depends(chat_services)]
ConversationId = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$")]
MAX_ID = 2**31 - 1
"""PostgreSQL's INTEGER goes no further."""
After = Annotated[int, Query(ge=0, le=MAX_ID, description="The id of the last message already seen.")]


async def access(
    conversation_id: ConversationId,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Access:
    """The caller's claim to a conversation; checked in the transaction that uses it."""
    if credentials is None:
        raise HTTPException(401, "no token", headers={"WWW-Authenticate": "Bearer"})
    return Access(conversation_id=conversation_id, token=credentials.credentials)


Caller = Annotated[Access, Depends(access)]


@router.post("/conversations", status_code=201)
def create_conversation(request: Request, wish: NewConversation, chat: Chat) -> ConversationStarted:
    """Start a conversation. With a language, its first message is the notice of what Wegwijs is."""
    chat.conversation_limit.take(sender_address(request, trust_proxy=chat.trust_proxy))
    with transaction() as session:
        conversation, token = start_conversation(session, channel=CHANNEL, language=wish.language)
        if wish.language:
            notice = chat.renderer().render(Reply("notice"), language=wish.language, moment=now())
            chat.outbox.say(session, conversation, notice)
            conversation.noticed = True
        return ConversationStarted(id=conversation.id, token=token, language=conversation.language)


@router.post("/conversations/{conversation_id}/messages", status_code=202)
async def send_message(caller: Caller, message: NewMessage, chat: Chat) -> MessageStored:
    """Store a message. Its replies come with `messages` or `events`."""
    text = clean(message.text or "", limit=MAX_TEXT)
    if not text and not message.button:
        raise HTTPException(422, string("bot.empty", "en"))
    chat.message_limit.take(caller.conversation_id)
    provider_id = f"{caller.conversation_id}:{message.client_id}"
    inbound = (
        text_written(channel=CHANNEL, provider_id=provider_id, text=text)
        if text
        else button_pressed(channel=CHANNEL, provider_id=provider_id, payload=message.button or "", label=message.label)
    )
    stored = await chat.storing.do((caller, inbound))
    chat.stored()
    # Not announced: this device knows its message, and another one sees it with the reply.
    return MessageStored(id=stored, client_id=message.client_id)


def store_messages(
    connection: Connection, arrived: Sequence[tuple[Access, InboundMessage]]
) -> list[int | UnknownConversation]:
    """Store messages of the web chat, each in its own conversation; their ids."""
    doors = access_conversations(connection, [caller for caller, _ in arrived])
    allowed = [(door, inbound) for door, (_, inbound) in zip(doors, arrived, strict=True) if isinstance(door, Opened)]
    ids = iter(store(connection, allowed))
    return [next(ids) if isinstance(door, Opened) else door for door in doors]


@router.get("/conversations/{conversation_id}/messages")
async def read_messages(caller: Caller, chat: Chat, after: After = 0) -> Messages:
    """The messages after an id, at most 200 at once."""
    return await chat.reading.do((caller, after))


_PAGE = 200


_SHOWN = (
    select(
        *(MESSAGES.c[name] for name in ("id", "author", "provider_id", "language", "content", "created_at")),
    )
    .where(MESSAGES.c.conversation_id == bindparam("conversation_id"), MESSAGES.c.id > bindparam("after"))
    .order_by(MESSAGES.c.id)
    .limit(_PAGE + 1)
)


def read_conversations(
    connection: Connection, wanted: Sequence[tuple[Access, int]]
) -> list[Messages | UnknownConversation]:
    """What stands in each conversation after an id."""
    doors = access_conversations(connection, [caller for caller, _ in wanted])
    return [
        _messages(connection, door, after) if isinstance(door, Opened) else door
        for door, (_, after) in zip(doors, wanted, strict=True)
    ]


def _messages(connection: Connection, conversation: Opened, after: int) -> Messages:
    rows = connection.execute(_SHOWN, {"conversation_id": conversation.id, "after": after}).all()
    return Messages(
        **_state(conversation).model_dump(),
        messages=[_message_out(message) for message in rows[:_PAGE]],
        more=len(rows) > _PAGE,
    )


@router.get(
    "/conversations/{conversation_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "events `message` and `state`, without end",
        }
    },
)
async def follow(
    request: Request,
    caller: Caller,
    chat: Chat,
    after: After = 0,
    last_event_id: Annotated[int | None, Header(ge=0, le=MAX_ID)] = None,
) -> StreamingResponse:
    """Server-sent events: each new message and each change of state, from the last id seen."""
    await chat.reading.do((caller, MAX_ID))  # refuses before the stream begins
    start = after if last_event_id is None else last_event_id
    events = _events(request, caller, chat, start)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(request: Request, caller: Access, chat: ChatServices, after: int) -> AsyncIterator[str]:
    last_state: ConversationState | None = None
    loop = asyncio.get_running_loop()
    silent_since = loop.time()
    with chat.announcements.watch(caller.conversation_id) as news:
        while not await request.is_disconnected():
            news.clear()
            try:
                found = await chat.reading.do((caller, after))
            except UnknownConversation:
                return
            lines = [_event("message", message.model_dump_json(), message.id) for message in found.messages]
            state = ConversationState(state=found.state, language=found.language, direction=found.direction)
            if state != last_state:
                lines.append(_event("state", state.model_dump_json()))
                last_state = state
            if lines:
                silent_since = loop.time()
                after = found.messages[-1].id if found.messages else after
                yield "".join(lines)
            elif loop.time() - silent_since > HEARTBEAT_SECONDS:
                silent_since = loop.time()
                yield ": still here\n\n"
            if not found.more:
                await _news_or_timeout(news)


async def _news_or_timeout(news: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(news.wait(), POLL_SECONDS)
    except TimeoutError:
        return


def _event(name: str, data: str, event_id: int | None = None) -> str:
    identity = f"id: {event_id}\n" if event_id is not None else ""
    return f"{identity}event: {name}\ndata: {data}\n\n"


@router.delete("/conversations/{conversation_id}", status_code=204)
async def erase(caller: Caller, chat: Chat) -> None:
    """Erase the conversation at once, with everything in it."""
    await chat.reading.do((caller, MAX_ID))
    await chat.forget(caller.conversation_id)
    await run_in_threadpool(_erase, caller)
    chat.announcements.announce(caller.conversation_id)


def _erase(caller: Access) -> None:
    with transaction() as session:
        conversation = access_conversation(session, caller)
        erase_conversation(session, conversation.id)
    scrub()


@router.get("/languages")
def read_languages() -> list[LanguageOut]:
    """The languages, in the order in which they are shown."""
    return [_language_out(code) for code in languages()]


@router.get("/strings/{code}")
def read_strings(code: LanguageCode) -> InterfaceStrings:
    """The strings of the chat in one language."""
    return InterfaceStrings(language=_language_out(code), strings=chat_strings(code))


def chat_strings(code: str) -> dict[str, str]:
    """What the chat page shows: the strings web.* and button.*."""
    return {key: text for key, text in strings(code).items() if key.startswith(("web.", "button."))}


def _language_out(code: str) -> LanguageOut:
    row = languages()[code]
    return LanguageOut(code=code, name=row.name, direction=row.direction.value)


def _direction(code: str | None) -> Literal["ltr", "rtl", "auto"]:
    if code is None or code not in languages():
        return "auto"
    return "rtl" if languages()[code].direction is Direction.RTL else "ltr"


def _state(conversation: Opened) -> ConversationState:
    return ConversationState(
        state=conversation.state, language=conversation.language, direction=_direction(conversation.language)
    )


def _message_out(message: Row[Any]) -> MessageOut:
    content = message.content
    of_person = message.author == Author.PERSON
    return MessageOut(
        id=message.id,
        author=message.author.value,
        client_id=message.provider_id.partition(":")[2] if of_person and message.provider_id else None,
        key=content.get("key"),
        by=content.get("by"),
        language=message.language,
        direction="auto" if of_person else _direction(message.language),
        text=content.get("text") or "",
        html=content.get("html"),
        page=content.get("page"),
        topic=content.get("topic"),
        buttons=[ButtonOut(**button) for button in content.get("buttons", [])],
        created_at=message.created_at,
    )
