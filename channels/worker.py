"""Works through stored messages: one at a time per conversation, in order, several conversations side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from bot.conversations import Author, Conversation, Message, State, add_reply
from bot.rasa_client import RasaUnavailable
from bot.replies import Renderer, Reply
from bot.turn import Incoming, TurnResult, TurnTaker
from channels.announcements import Announcements
from wegwijs.logs import logger
from wegwijs.storage import now, transaction

log = logger(__name__)

MAX_TRIES = 3
"""A message that failed this often is parked for the desk, so that it never blocks the next ones (DESIGN section 3)."""
POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5
PATIENCE = timedelta(seconds=15)
"""How long an answer to a question of Rasa's waits for Rasa, which restarts in 1-2 s, before going on without it."""
_BATCH = 200


class ConversationErased(Exception):
    """The conversation was erased while its message was worked on."""


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A message that is worked on now, as it was read."""

    message: Message
    conversation: Conversation


class Worker:
    """Takes unprocessed messages, takes their turn, and writes replies and the processed mark in one transaction."""

    def __init__(
        self,
        *,
        turns: TurnTaker,
        renderer: Callable[[], Renderer],
        forget: Callable[[str], Awaitable[int]],
        announcements: Announcements,
        at_once: int,
    ) -> None:
        self._turns = turns
        self._renderer = renderer
        self._forget = forget
        self._announcements = announcements
        self._at_once = at_once
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                self._wake.clear()
                await self._start_what_is_due()
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue
        finally:
            for task in self._tasks:
                task.cancel()

    async def _start_what_is_due(self) -> None:
        free = self._at_once - len(self._busy)
        if free <= 0:
            return
        try:
            claims = await asyncio.to_thread(_claim_due_messages, frozenset(self._busy), free)
        except Exception:
            log.exception("backlog_unreadable")
            return
        for claim in claims:
            self._busy.add(claim.conversation.id)
            task = asyncio.create_task(self._work(claim))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, claim: _Claim) -> None:
        conversation_id = claim.conversation.id
        try:
            await self._process(claim)
        except ConversationErased:
            log.info("conversation_erased_meanwhile", conversation=conversation_id)
        except Exception:
            log.exception("turn_failed", conversation=conversation_id, id=claim.message.id)
            await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._busy.discard(conversation_id)
            self._announcements.announce(conversation_id)
            self.wake()

    async def _process(self, claim: _Claim) -> None:
        if claim.message.tries > MAX_TRIES:
            await asyncio.to_thread(self._park, claim)
            return
        patient = now() - claim.message.created_at < PATIENCE
        try:
            result = await self._turns.take(claim.conversation, _incoming(claim.message), patient=patient)
        except RasaUnavailable:
            await asyncio.to_thread(_postpone, claim.message.id)
            return
        if result.erase:
            await self._forget(claim.conversation.id)
        await asyncio.to_thread(self._finish, claim, result)

    def _finish(self, claim: _Claim, result: TurnResult) -> None:
        moment = now()
        replies = [
            self._renderer().render(reply, language=result.language, moment=moment, choices=result.choices)
            for reply in _with_notice_of_cut(result.replies, claim.message)
        ]
        with transaction() as session:
            conversation = _locked(session, claim.conversation.id)
            if result.erase:
                _erase_content(session, conversation)
            else:
                message = session.get_one(Message, claim.message.id)
                message.processed_at = moment
                message.language = result.language
                session.add(message)
            if any(reply.key == "language_changed" for reply in result.replies):
                _answer_again(session, conversation)
            for name, value in result.changes.items():
                setattr(conversation, name, value)
            session.add(conversation)
            for reply in replies:
                add_reply(session, conversation, language=reply.language, content=reply.content())

    def _park(self, claim: _Claim) -> None:
        moment = now()
        language = claim.conversation.language or "en"
        reply = self._renderer().render(Reply("failed"), language=language, moment=moment)
        with transaction() as session:
            conversation = _locked(session, claim.conversation.id)
            message = session.get_one(Message, claim.message.id)
            message.parked = True
            message.processed_at = moment
            session.add(message)
            conversation.reason = conversation.reason or "failed"
            session.add(conversation)
            add_reply(session, conversation, language=reply.language, content=reply.content())
        log.error("message_parked", conversation=claim.conversation.id, id=claim.message.id)


def _claim_due_messages(busy: frozenset[str], places: int) -> list[_Claim]:
    """The first unprocessed message of each conversation that nobody works on and that need not wait; a try is counted.

    It is counted before the work, so that a message which kills the process counts too.
    """
    moment = now()
    with transaction() as session:
        rows = session.exec(
            select(Message, Conversation)
            .join(Conversation, col(Message.conversation_id) == col(Conversation.id))
            .where(Message.author == Author.PERSON, col(Message.processed_at).is_(None))
            .where(col(Conversation.id).not_in(busy))
            .order_by(col(Message.id))
            .limit(_BATCH)
        ).all()
        first: dict[str, _Claim] = {}
        for message, conversation in rows:
            first.setdefault(conversation.id, _Claim(message=message, conversation=conversation))
        due = [claim for claim in first.values() if claim.message.retry_at is None or claim.message.retry_at <= moment]
        for claim in due[:places]:
            claim.message.tries += 1
            session.add(claim.message)
        return due[:places]


def _postpone(message_id: int | None) -> None:
    """Rasa is away: that is not the message's fault, so the try does not count."""
    with transaction() as session:
        message = session.get(Message, message_id)
        if message is not None:
            message.tries -= 1
            message.retry_at = now() + timedelta(seconds=RETRY_SECONDS)
            session.add(message)


def _incoming(message: Message) -> Incoming:
    if message.id is None:
        raise ValueError("the message is not stored")
    text, button = message.content.get("text"), message.content.get("button")
    return Incoming(id=message.id, text=None if button else text, button=button, moment=message.created_at)


def _with_notice_of_cut(replies: tuple[Reply, ...], message: Message) -> tuple[Reply, ...]:
    return (Reply("too_long"), *replies) if message.content.get("cut") and replies else replies


def _locked(session: Session, conversation_id: str) -> Conversation:
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    conversation = session.exec(query).one_or_none()
    if conversation is None:
        raise ConversationErased
    return conversation


def _erase_content(session: Session, conversation: Conversation) -> None:
    """Leave an empty shell, so that the device can still read that everything is erased; the purge takes the shell."""
    for message in session.exec(select(Message).where(Message.conversation_id == conversation.id)).all():
        session.delete(message)
    conversation.town = conversation.danger = conversation.reason = conversation.team = None
    conversation.waiting_since = None
    conversation.unanswered = None
    conversation.state = State.CLOSED


def _answer_again(session: Session, conversation: Conversation) -> None:
    """The language is known now: the message that could not be answered is taken up again."""
    if conversation.unanswered is None:
        return
    message = session.get(Message, conversation.unanswered)
    conversation.unanswered = None
    if message is not None:
        message.processed_at = None
        message.tries = 0
        session.add(message)
