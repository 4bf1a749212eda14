"""The desk in the browser: its page, its JSON calls, and the stream that keeps both live."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, model_validator
from sqlmodel import Session, col, select

from admin import answers
from admin.access import ConversationIsNotYours, Purpose, access_conversation, may_read
from admin.audit import OPENED, note_access, note_in_view
from admin.canned_replies import BlankNotFilled, UnknownCannedReply, open_text, search
from admin.desk import ConversationIsHeld, Desk, NoSuchColleague, Outcome
from admin.duty import colleagues_on_duty
from admin.glance import Glance
from admin.sign_in import signed_in
from admin.tables import Role, Staff
from admin.texts import text, texts
from admin.waiting_list import WaitingRow, waiting_list
from admin.web.guards import PREFIX, requires, session_token
from admin.web.pages import render
from bot.conversations import Author, Byline, Conversation, Message, UnknownConversation, messages_after
from bot.handovers import Note
from bot.opening_hours import BRUSSELS
from bot.teams import Team
from channels.announcements import Announcements
from channels.configured import WINDOWS
from channels.outbound import TROUBLE, Delivery, DeliveryState
from knowledge.pages import THEMES, Package
from knowledge.rendering import to_plain
from knowledge.served import ServedPackage
from knowledge.text import clean, fold
from translations.interface import string
from translations.languages import Direction, languages
from translations.machine.process import TranslationFailed
from translations.machine.translation import MachineTranslation, NoTranslation, Translated
from wegwijs.storage import now, reading, transaction

POLL_SECONDS = 1.0
"""How often the stream looks for what another process or replica wrote."""
HEARTBEAT_SECONDS = 15.0
MOST_HITS = 12
MAX_ID = 2**31 - 1
StaffId = Annotated[int, Field(ge=1, le=MAX_ID)]
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
ConversationId = Annotated[str, Path(pattern=r"^[0-9a-f]{24}$")]
Words = Annotated[str, Field(min_length=1, max_length=1000)]

router = APIRouter(prefix=PREFIX, include_in_schema=False)
Member = Annotated[Staff, requires(Role.DESK)]


@dataclass(frozen=True, kw_only=True)
class DeskServices:
    """What the desk works with; set on `app.state.desk`. `replied` wakes the senders."""

    desk: Desk
    served: ServedPackage
    machine: MachineTranslation
    announcements: Announcements
    replied: Callable[[], None]
    glance: Glance = field(default_factory=Glance)

    @property
    def package(self) -> Package:
        """The package that is served now."""
        return self.served.package


def desk_services(request: Request) -> DeskServices:
    """The services of this app."""
    services: DeskServices = request.app.state.desk
    return services


Services = Annotated[DeskServices, Depends(desk_services)]


class Taking(BaseModel):
    """Whom it is taken over from; None when nobody holds it."""

    from_holder: StaffId | None = None


class PassingOn(BaseModel):
    """To a team or to a colleague, one of the two, with a note for them."""

    team: Team | None = None
    colleague: StaffId | None = None
    note: str = Field(default="", max_length=1000)

    @model_validator(mode="after")
    def _to_one(self) -> Self:
        if (self.team is None) is (self.colleague is None):
            raise ValueError("either a team or a colleague")
        return self


class Sending(BaseModel):
    """What is sent: a canned reply with its blanks, a page by its topic, or own words in a language."""

    client_id: ClientId
    kind: Literal["canned", "page", "text"]
    canned: str = ""
    blanks: dict[str, str] = Field(default_factory=dict)
    topic: str = ""
    text: str = Field(default="", max_length=1000)
    language: str = ""
    translated: bool = False


class Draft(BaseModel):
    """Own words, to be translated for a look."""

    text: Words
    language: str


class NewNote(BaseModel):
    """A note for colleagues."""

    text: Words


class Closing(BaseModel):
    """How it ended and what it was about."""

    outcome: Outcome
    about: str | None = None


class Duty(BaseModel):
    """Whether somebody works now."""

    on_duty: bool


@router.get("/conversations", response_class=HTMLResponse)
def desk_page(request: Request, member: Member, services: Services) -> HTMLResponse:
    """The page itself, with the list as it is now."""
    package, code = services.package, member.interface
    data = {
        "me": {"id": member.id, "name": member.name, "speaks": member.speaks},
        "rows": _list_for(member, package),
        "languages": {each.code: each.name for each in languages().values()},
        "teams": {team.value: text(f"desk.team.{team.value}", code) for team in Team},
        "topics": {topic: answers.page_in(package, topic, code).title for topic in package.topics},
        "texts": {key.removeprefix("desk."): row[code] for key, row in texts().items() if key.startswith("desk.")},
    }
    themes = [
        (
            string(f"theme.{theme}", code),
            [(topic.id, answers.page_in(package, topic.id, code).title) for topic in package.topics_of(theme)],
        )
        for theme in THEMES
    ]
    outcomes = [outcome.value for outcome in Outcome]
    return render(request, member, "desk.html", data=data, themes=themes, outcomes=outcomes)


def _list_for(member: Staff, package: Package) -> list[dict[str, Any]]:
    with reading() as session:
        rows = waiting_list(session, may_read(member))
    return [_row_out(row, package, member.interface) for row in rows]


def _row_out(row: WaitingRow, package: Package, code: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "state": row.state.value,
        "reason": row.reason,
        "danger": row.danger,
        "team": row.team,
        "town": row.town,
        "topic": row.topic,
        "topic_title": answers.page_in(package, row.topic, code).title if row.topic in package.topics else None,
        "language": row.language,
        "language_name": _language_name(row.language),
        "since": (row.waiting_since or row.last_message_at).isoformat(),
        "held_by": row.held_by,
        "holder": row.holder,
        "holder_is_absent": row.holder_is_absent,
        "unsent": [state.value for state in row.unsent],
    }


def _language_name(code: str | None) -> str:
    return languages()[code].name if code in languages() else "?"


def _direction(code: str | None) -> str:
    if code not in languages():
        return "auto"
    return "rtl" if languages()[code].direction is Direction.RTL else "ltr"


@router.get("/api/conversations/{conversation_id}")
def open_conversation(conversation_id: ConversationId, member: Member, services: Services) -> dict[str, Any]:
    """One conversation with its messages and notes; the audit trail keeps who opened it."""
    with _refusing(member), transaction() as session:
        conversation = access_conversation(session, member, conversation_id, to=Purpose.READ)
        note_access(session, staff_id=member.id, action=OPENED, conversation_id=conversation_id)
        return {
            **_state_out(conversation),
            "messages": _messages_out(session, conversation, member, services, after=0),
            "notes": _notes_out(session, conversation_id),
        }


def _state_out(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "state": conversation.state.value,
        "held_by": conversation.held_by,
        "danger": conversation.danger,
        "town": conversation.town,
        "topic": conversation.topic,
        "language": conversation.language,
        "language_name": _language_name(conversation.language),
        "answered_in": answers.language_of(conversation),
        "direction": _direction(answers.language_of(conversation)),
        "unreachable": _why_unreachable(conversation),
    }


def _why_unreachable(conversation: Conversation) -> str | None:
    """Why what is sent now would not arrive, in the words of what becomes of a sending."""
    if conversation.opted_out:
        return DeliveryState.OPTED_OUT.value
    window = WINDOWS.get(conversation.channel)
    is_closed = window is not None and now() - conversation.last_message_at > window
    return DeliveryState.WINDOW_CLOSED.value if is_closed else None


def _notes_out(session: Session, conversation_id: str) -> list[dict[str, str]]:
    query = (
        select(Note, Staff.name)
        .join(Staff, col(Note.staff_id) == col(Staff.id), isouter=True)
        .where(Note.conversation_id == conversation_id)
        .order_by(col(Note.id))
    )
    return [
        {"by": name or "?", "at": _clock(note.created_at), "text": note.content}
        for note, name in session.exec(query).all()
    ]


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(BRUSSELS):%d/%m %H:%M}"


def _messages_out(
    session: Session, conversation: Conversation, member: Staff, services: DeskServices, *, after: int
) -> list[dict[str, Any]]:
    found: list[Message] = []
    while page := messages_after(session, conversation_id=conversation.id, after=after):
        found += page
        after = page[-1].id or 0
    troubles = _troubles(session, conversation.id)
    into = cache(partial(services.machine.can_translate, target=member.interface))
    return [
        _message_out(message, services.package, member.interface)
        | {
            "unsent": troubles.get(message.id or 0, []),
            "translatable": message.author == Author.PERSON
            and message.language not in {None, member.interface}
            and bool(message.content.get("text"))
            and into(message.language),
        }
        for message in found
    ]


def _troubles(session: Session, conversation_id: str) -> dict[int, list[str]]:
    query = select(Delivery.message_id, Delivery.state).where(
        Delivery.conversation_id == conversation_id,
        col(Delivery.state).in_([*TROUBLE, DeliveryState.OPTED_OUT]),
    )
    troubles: dict[int, list[str]] = {}
    for message_id, state in session.exec(query).all():
        troubles.setdefault(message_id, []).append(DeliveryState(state).value)
    return troubles


def _message_out(message: Message, package: Package, code: str) -> dict[str, Any]:
    content = message.content
    topic = content.get("topic")
    return {
        "id": message.id,
        "author": message.author.value,
        "by": content.get("by"),
        "at": _clock(message.sent_at),
        "language": message.language,
        "direction": "auto" if message.author == Author.PERSON else _direction(message.language),
        "kind": content.get("kind", "text"),
        "text": content.get("text") or "",
        "html": content.get("html"),
        "about": answers.page_in(package, topic, code).title if topic in package.topics else None,
        "beside": content.get("beside") or None,
    }


@router.get("/api/conversations/{conversation_id}/messages/{message_id}/translation")
async def translate_message(
    conversation_id: ConversationId,
    message_id: Annotated[int, Path(ge=1, le=MAX_ID)],
    member: Member,
    services: Services,
) -> dict[str, str]:
    """What a person wrote, in the language of the desk; nothing of it is kept."""
    with _refusing(member):
        message = await run_in_threadpool(_message_of, member, conversation_id, message_id)
        words, language = message.content.get("text") or "", message.language or ""
        found = await services.machine.translate(words, language, member.interface, preview=False)
    return {"text": found.text, "language": member.interface}


def _message_of(member: Staff, conversation_id: str, message_id: int) -> Message:
    with transaction() as session:
        access_conversation(session, member, conversation_id, to=Purpose.READ)
        note_in_view(session, staff_id=member.id, conversation_id=conversation_id)
        message = session.get(Message, message_id)
        if message is None or message.conversation_id != conversation_id:
            raise UnknownConversation(conversation_id)
        return message


@router.post("/api/conversations/{conversation_id}/take", status_code=204)
async def take(conversation_id: ConversationId, taking: Taking, member: Member, services: Services) -> None:
    """Hold a conversation."""
    await _do(services, member, conversation_id, partial(services.desk.take, from_holder=taking.from_holder))


@router.post("/api/conversations/{conversation_id}/give-back", status_code=204)
async def give_back(conversation_id: ConversationId, member: Member, services: Services) -> None:
    """Put it back on the list."""
    await _do(services, member, conversation_id, services.desk.give_back)


@router.post("/api/conversations/{conversation_id}/pass-on", status_code=204)
async def pass_on(conversation_id: ConversationId, to: PassingOn, member: Member, services: Services) -> None:
    """Give it to another team or a colleague."""
    if to.team is not None:
        work = partial(services.desk.pass_to_team, team=to.team, note=to.note)
    else:
        work = partial(services.desk.pass_to_colleague, colleague_id=to.colleague or 0, note=to.note)
    await _do(services, member, conversation_id, work)


@router.post("/api/conversations/{conversation_id}/notes", status_code=204)
async def add_note(conversation_id: ConversationId, note: NewNote, member: Member, services: Services) -> None:
    """Leave a note for colleagues."""
    await _do(services, member, conversation_id, partial(services.desk.note, text=note.text))


@router.post("/api/conversations/{conversation_id}/close", status_code=204)
async def close(conversation_id: ConversationId, closing: Closing, member: Member, services: Services) -> None:
    """End it; the bot answers again."""
    about = closing.about if closing.about in services.package.topics else None
    await _do(services, member, conversation_id, partial(services.desk.close, outcome=closing.outcome, about=about))


@router.post("/api/conversations/{conversation_id}/answers", status_code=204)
async def answer(conversation_id: ConversationId, sending: Sending, member: Member, services: Services) -> None:
    """Send a canned reply, a page or own words; the same client id again sends nothing."""
    translated = None
    if sending.kind == "text" and sending.translated:
        translated = await _translated(services, member, conversation_id, sending, preview=False)

    def work(session: Session, member: Staff, conversation_id: str) -> None:
        conversation = access_conversation(session, member, conversation_id, to=Purpose.WRITE)
        made = _made_ready(sending, conversation, member, services, translated)
        byline = Byline(staff_id=member.id or 0, name=member.name, client_id=sending.client_id, beside=made.beside)
        services.desk.answer(session, member, conversation_id, made.rendered, byline=byline)

    await _do(services, member, conversation_id, work)


def _made_ready(
    sending: Sending,
    conversation: Conversation,
    member: Staff,
    services: DeskServices,
    translated: Translated | None,
) -> answers.Answer:
    package, interface = services.package, member.interface
    if sending.kind == "canned":
        return answers.canned_answer(conversation, sending.canned, sending.blanks, package=package, interface=interface)
    if sending.kind == "page":
        if sending.topic not in package.topics:
            raise NothingToSend(sending.topic)
        return answers.page_answer(conversation, sending.topic, renderer=services.desk.renderer(), interface=interface)
    if sending.language not in languages() or not clean(sending.text):
        raise NothingToSend(sending.language)
    if translated is None:
        return answers.written_answer(sending.text, language=sending.language)
    target = answers.language_of(conversation)
    return answers.translated_answer(
        sending.text, source=sending.language, translated=translated, target=target, package=package
    )


async def _translated(
    services: DeskServices, member: Staff, conversation_id: str, words: "Draft | Sending", *, preview: bool
) -> Translated:
    with _refusing(member):
        target = await run_in_threadpool(_target_of, member, conversation_id)
        if words.language not in languages():
            raise NothingToSend(words.language)
        return await services.machine.translate(words.text, words.language, target, preview=preview)


def _target_of(member: Staff, conversation_id: str) -> str:
    with reading() as session:
        return answers.language_of(access_conversation(session, member, conversation_id, to=Purpose.WRITE))


async def _do(
    services: DeskServices, member: Staff, conversation_id: str, work: Callable[[Session, Staff, str], None]
) -> None:
    """One operation in one transaction; then whoever watches is told, and what has to be sent is sent."""

    def in_transaction() -> None:
        with _refusing(member), transaction() as session:
            work(session, member, conversation_id)

    await run_in_threadpool(in_transaction)
    services.glance.is_stale()
    services.announcements.announce(conversation_id)
    services.replied()


@router.post("/api/conversations/{conversation_id}/preview")
async def preview(conversation_id: ConversationId, draft: Draft, member: Member, services: Services) -> dict[str, Any]:
    """Own words translated, and translated back; or why not, when that is not safe, and into which they can be."""
    try:
        found = await _translated(services, member, conversation_id, draft, preview=True)
    except TranslationRefused as refused:
        return {"possible": False, "why": refused.why, "alternatives": refused.alternatives}
    return {"possible": True, "text": found.text, "back": found.back, "numbers_changed": found.numbers_changed}


@router.get("/api/canned")
def find_canned(
    conversation: Annotated[str, Query(pattern=r"^[0-9a-f]{24}$")],
    member: Member,
    services: Services,
    q: Annotated[str, Query(max_length=100)] = "",
) -> list[dict[str, Any]]:
    """Canned replies by what one types, with their text for the desk and for this person."""
    package, code = services.package, member.interface
    with _refusing(member), reading() as session:
        language = answers.language_of(access_conversation(session, member, conversation, to=Purpose.READ))
    return [
        {
            "id": each.id,
            "name": each.name[code],
            "blanks": each.blanks,
            "text": open_text(each.id, code, package=package),
            "theirs": open_text(each.id, language, package=package),
        }
        for each in search(q, code, limit=MOST_HITS)
    ]


@router.get("/api/pages")
def find_pages(
    member: Member, services: Services, q: Annotated[str, Query(max_length=100)] = ""
) -> list[dict[str, str]]:
    """Published pages whose title or questions hold all the words typed, in the language of the desk."""
    package, code = services.package, member.interface
    words = fold(q).split()
    found = []
    for topic in package.topics:
        page = answers.page_in(package, topic, code)
        title, questions = _folded(page.title), _folded(" ".join(page.questions))
        if all(word in title or word in questions for word in words):
            found.append((not all(word in title for word in words), page.title, topic))
    return [
        {"topic": topic, "title": title, "short": _short(package, topic, code)}
        for _, title, topic in sorted(found)[:MOST_HITS]
    ]


@lru_cache(maxsize=1024)
def _folded(words: str) -> str:
    """Kept: folding all the questions takes 0.1 s, too long for each letter that is typed."""
    return fold(words)


def _short(package: Package, topic: str, code: str) -> str:
    page = answers.page_in(package, topic, code)
    first = next(iter(page.texts.values()))
    return to_plain(first.short_answer, code=page.language, facts=package.facts)


@router.get("/api/colleagues")
def colleagues(member: Member) -> list[dict[str, Any]]:
    """Who may be given a conversation now."""
    with reading() as session:
        found = colleagues_on_duty(session)
    return [
        {"id": each.id, "name": each.name, "teams": each.teams, "speaks": each.speaks}
        for each in found
        if each.id != member.id
    ]


@router.post("/api/duty", status_code=204)
def set_duty(duty: Duty, member: Member) -> None:
    """Begin or end one's duty."""
    with transaction() as session:
        stored = session.get_one(Staff, member.id)
        stored.on_duty = duty.on_duty
        session.add(stored)
        action = "on_duty" if duty.on_duty else "off_duty"
        note_access(session, staff_id=member.id, action=action)


@router.get("/api/events", response_class=StreamingResponse)
async def follow(
    request: Request,
    member: Member,  # noqa: ARG001 - refuses before the stream begins
    services: Services,
    conversation: Annotated[str | None, Query(pattern=r"^[0-9a-f]{24}$")] = None,
    after: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> StreamingResponse:
    """Server-sent events without end: the list when it changes, and what is new in one conversation."""
    events = _events(request, services, session_token(request), conversation, after)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@dataclass
class Watched:
    """What a stream has told already."""

    rows: str = ""
    rows_of: tuple[object, ...] = ()
    state: str = ""
    after: int = 0
    unsent: dict[int, list[str]] = field(default_factory=dict)


async def _events(
    request: Request, services: DeskServices, token: str, conversation: str | None, after: int
) -> AsyncIterator[str]:
    told = Watched(after=after)
    loop = asyncio.get_running_loop()
    silent_since = loop.time()
    with services.announcements.watch(conversation or "") as news:
        while not await request.is_disconnected():
            news.clear()
            lines = await run_in_threadpool(_news, services, token, conversation, told)
            if lines:
                silent_since = loop.time()
                yield "".join(lines)
            elif loop.time() - silent_since > HEARTBEAT_SECONDS:
                silent_since = loop.time()
                yield ": still here\n\n"
            if lines and lines[-1].startswith(("event: signed_out", "event: gone")):
                return
            try:
                await asyncio.wait_for(news.wait(), POLL_SECONDS)
            except TimeoutError:
                continue


def _news(services: DeskServices, token: str, conversation: str | None, told: Watched) -> list[str]:
    """The events since the last look. The session is looked up each time: it may have been ended meanwhile."""
    with transaction() as session:
        member = signed_in(session, token, is_active=False)
    if member is None or member.role is not Role.DESK:
        return [_event("signed_out", None)]
    lines = []
    if (line := _list_event(services, member, told)) is not None:
        lines.append(line)
    if conversation is not None:
        lines += _news_of(services, member, conversation, told)
    return lines


def _list_event(services: DeskServices, member: Staff, told: Watched) -> str | None:
    rows_of = (services.glance.number(), member.teams, member.on_duty, member.interface)
    if rows_of == told.rows_of:
        return None
    told.rows_of = rows_of
    line = _event("list", _list_for(member, services.package))
    if line == told.rows:
        return None
    told.rows = line
    return line


def _news_of(services: DeskServices, member: Staff, conversation_id: str, told: Watched) -> Iterator[str]:
    with transaction() as session:
        try:
            conversation = access_conversation(session, member, conversation_id, to=Purpose.READ)
        except UnknownConversation:
            yield _event("gone", None)
            return
        if not told.state:
            note_in_view(session, staff_id=member.id, conversation_id=conversation_id)
        state = _state_out(conversation)
        messages = _messages_out(session, conversation, member, services, after=told.after)
        unsent = _troubles(session, conversation_id)
    for message in messages:
        told.after = message["id"]
        yield _event("message", message)
    if unsent != told.unsent:
        told.unsent = unsent
        yield _event("unsent", unsent)
    if (line := _event("conversation", state)) != told.state:
        told.state = line
        yield line


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class NothingToSend(LookupError):
    """There is no such page or language."""


class Refused(Exception):
    """A call that cannot be done; its text is for the member of staff."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class TranslationRefused(Refused):
    """Nothing is translated here; `why` is a key of the texts, `alternatives` languages into which it could be."""

    def __init__(self, refused: NoTranslation, code: str) -> None:
        self.why = refused.why.name.lower()
        self.alternatives = refused.alternatives
        super().__init__(409, text(f"desk.refused.{self.why}", code, language=refused.target))


@contextmanager
def _refusing(member: Staff) -> Iterator[None]:
    """Say in the member's language why something cannot be done."""
    code = member.interface
    try:
        yield
    except (UnknownConversation, UnknownCannedReply, NothingToSend):
        raise Refused(404, text("desk.error.unknown", code)) from None
    except ConversationIsNotYours:
        raise Refused(403, text("desk.error.not_yours", code)) from None
    except ConversationIsHeld:
        raise Refused(409, text("desk.error.held", code)) from None
    except NoSuchColleague:
        raise Refused(409, text("desk.error.no_colleague", code)) from None
    except BlankNotFilled as missing:
        raise Refused(422, text("desk.error.blank", code, blank=missing.blank)) from None
    except NoTranslation as refused:
        raise TranslationRefused(refused, code) from None
    except TranslationFailed:  # not 5xx, which the page takes for a service that is away, and would try for ever
        raise Refused(422, text("desk.error.translation", code)) from None


async def answer_refused(_request: Request, refused: Exception) -> JSONResponse:
    """The exception handler of the desk's calls."""
    status = refused.status if isinstance(refused, Refused) else 500
    return JSONResponse({"error": str(refused)}, status_code=status)
