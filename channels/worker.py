"""Works through stored messages: one at a time per conversation, in order, several conversations side by side.

Several workers, in one process or on several machines, share the work by leases: a worker has a conversation until it
is done with a message, or until it has not renewed its lease for some seconds because it died.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, and_, bindparam, or_, select, update
from sqlmodel import Session, SQLModel
from sqlmodel import select as objects

from bot import handovers
from bot.conversations import CONVERSATIONS, MESSAGES, Author, Conversation, Kind, Message, NotUnderstood, State
from bot.counts import TopicCounts
from bot.erasing import erase_content
from bot.feedback import Mark, Question, is_about_a_question
from bot.rasa_client import RasaUnavailable
from bot.replies import Rendered, Renderer, Reply
from bot.routing import Reason
from bot.teams import Team
from bot.turn import ERASED, Incoming, TurnResult, TurnTaker
from bot.without_words import ASK_LOCATION
from channels import opt_out
from channels.asked_before import question_of
from channels.claim_loop import ClaimLoop
from channels.inbound import remember_erased
from channels.metrics import PARKED, TURN_SECONDS, TURNS
from channels.numbered_choice import chosen_by_number
from channels.outbound import OPT_OUT_KEY, Outbox, withhold
from wegwijs.batches import Batches
from wegwijs.logs import logger
from wegwijs.storage import looking, now, scrub, table_of, take_write_lock, transaction, writing

log = logger(__name__)

MAX_TRIES = 3
"""A message that failed this often is parked for the desk, so that it never blocks the next ones (DESIGN section 3)."""
POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5
PATIENCE = timedelta(seconds=15)
"""How long an answer to a question of Rasa's waits for Rasa, which restarts in 1-2 s, before going on without it."""
LEASE = timedelta(seconds=15)
"""A worker that has not renewed its lease for so long is taken for dead, and another one goes on."""
RENEWAL_SECONDS = 4.0
_BATCH = 200
_UNPROCESSED = and_(MESSAGES.c.author == Author.PERSON, MESSAGES.c.processed_at.is_(None))
_UNLEASED = or_(CONVERSATIONS.c.leased_until.is_(None), CONVERSATIONS.c.leased_until < bindparam("moment"))
_BOTH = MESSAGES.join(CONVERSATIONS, MESSAGES.c.conversation_id == CONVERSATIONS.c.id)
_IN_ORDER = (MESSAGES.c.sent_at, MESSAGES.c.id)
_DUE = (
    select(MESSAGES.c.id, MESSAGES.c.conversation_id, MESSAGES.c.retry_at)
    .select_from(_BOTH)
    .where(_UNPROCESSED, _UNLEASED, CONVERSATIONS.c.id.not_in(bindparam("busy", expanding=True)))
    .order_by(*_IN_ORDER)
    .limit(_BATCH)
)
_FREE = (
    select(*MESSAGES.c, *CONVERSATIONS.c)
    .select_from(_BOTH)
    .where(MESSAGES.c.id.in_(bindparam("chosen", expanding=True)), _UNPROCESSED, _UNLEASED)
    .order_by(*_IN_ORDER)
    .with_for_update(of=[CONVERSATIONS, MESSAGES], skip_locked=True, key_share=True)
)
_TRIED = update(MESSAGES).where(MESSAGES.c.id.in_(bindparam("ids", expanding=True))).values(tries=MESSAGES.c.tries + 1)
_LEASED = update(CONVERSATIONS).where(CONVERSATIONS.c.id.in_(bindparam("ids", expanding=True)))
_AS_IT_IS = (
    select(*(CONVERSATIONS.c[name] for name in ("id", "channel", "state", "leased_by", "opted_out")))
    .where(CONVERSATIONS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(CONVERSATIONS.c.id)  # so that two who lock several never wait for each other
    .with_for_update(key_share=True)
)
_PROCESSED = (
    update(MESSAGES)
    .where(MESSAGES.c.id.in_(bindparam("ids", expanding=True)), MESSAGES.c.processed_at.is_(None))
    .returning(MESSAGES.c.id)
)
_CHANGED = update(CONVERSATIONS).where(CONVERSATIONS.c.id == bindparam("changed"))
_NO_LEASE: Mapping[str, Any] = {"leased_by": None, "leased_until": None}
Stored = TypeVar("Stored", bound=SQLModel)


class LeaseLost(Exception):
    """Another worker has the conversation now: what this one worked out is thrown away."""


class ConversationMovedOn(Exception):
    """Somebody else has it now, the desk for one: the message is taken up again as things are."""


class ConversationErased(Exception):
    """The conversation was erased while its message was worked on."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A message that is worked on now, as it was read.

    `button` is the one that was pressed, or what the number means that the person wrote under a list; `town` the one
    they are asked about; `question` what they asked, when the button says something of its answer.
    """

    message: Message
    conversation: Conversation
    button: str | None = None
    town: str | None = None
    question: Question | None = None


class AsItIs(NamedTuple):
    """What a conversation is when its turn is written: it may have changed while the turn was taken."""

    id: str
    channel: str
    state: State
    leased_by: str | None
    opted_out: bool


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A message with what came of its turn, to be written."""

    claim: Claim
    result: TurnResult


class Worker:
    """Takes unprocessed messages, takes their turn, and writes replies and the processed mark in one transaction.

    `written` is called with the conversation when it is done with a message.
    """

    def __init__(
        self,
        *,
        turns: Callable[[], TurnTaker],
        renderer: Callable[[], Renderer],
        forget: Callable[[str], Awaitable[int]],
        outbox: Outbox,
        at_once: int,
        written: Callable[[Conversation], None],
        counts: TopicCounts,
    ) -> None:
        self.id = secrets.token_hex(16)
        self._outbox = outbox
        self._written = written
        self._counts = counts
        self._turns = turns
        self._renderer = renderer
        self._forget = forget
        self._busy: set[str] = set()
        self._finishing: Batches[Session, Finished, None] = Batches(self._finish, opened=transaction)
        self._loop = ClaimLoop("worker", claim=self._claim, work=self._work, at_once=at_once, poll_seconds=POLL_SECONDS)

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._loop.wake()

    async def run(self) -> None:
        """Work until cancelled."""
        renewal = asyncio.create_task(self._renew_leases())
        try:
            await self._loop.run()
        finally:
            renewal.cancel()

    def _claim(self, places: int) -> list[Claim]:
        claims = _claim_due_messages(self.id, frozenset(self._busy), places)
        self._busy |= {claim.conversation.id for claim in claims}
        return claims

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            if not self._busy:
                continue
            try:
                await asyncio.to_thread(_renew, self.id, frozenset(self._busy))
            except Exception:
                log.exception("leases_not_renewed")

    async def _work(self, claim: Claim) -> None:
        conversation_id = claim.conversation.id
        try:
            await self._process(claim)
        except ConversationErased:
            log.info("conversation_erased_meanwhile", conversation=conversation_id)
        except LeaseLost:
            log.warning("lease_lost", conversation=conversation_id)
        except ConversationMovedOn:
            log.info("conversation_moved_on", conversation=conversation_id)
            await asyncio.to_thread(_postpone, self.id, claim)
        except Exception:
            log.exception("turn_failed", conversation=conversation_id, id=claim.message.id)
            await asyncio.sleep(RETRY_SECONDS)
            await self._let_go(conversation_id)
        finally:
            self._busy.discard(conversation_id)
            self._written(claim.conversation)

    async def _let_go(self, conversation_id: str) -> None:
        try:
            await asyncio.to_thread(_let_go, self.id, conversation_id)
        except Exception:  # the lease runs out by itself
            log.exception("lease_not_released", conversation=conversation_id)

    async def _process(self, claim: Claim) -> None:
        if claim.message.tries > MAX_TRIES:
            await asyncio.to_thread(self._park, claim)
            return
        try:
            result = await self._take(claim)
        except RasaUnavailable:
            await asyncio.to_thread(_postpone, self.id, claim)
            return
        if result.erase:
            await asyncio.to_thread(self._begin_erasing, claim)
            await self._forget(claim.conversation.id)
        await self._finishing.do(Finished(claim=claim, result=result))
        self._counts.count(result, renderer=self._renderer())
        if result.erase:
            await asyncio.to_thread(scrub)
        TURNS.labels(claim.conversation.channel).inc()
        TURN_SECONDS.labels(claim.conversation.channel).observe((now() - claim.message.created_at).total_seconds())

    async def _take(self, claim: Claim) -> TurnResult:
        if claim.conversation.erasing:
            return ERASED
        incoming = _incoming(claim)
        if claim.conversation.handle is not None and opt_out.is_wish(incoming.text):
            return opt_out.turn(claim.conversation)
        patient = now() - claim.message.created_at < PATIENCE
        return await self._turns().take(claim.conversation, incoming, patient=patient)

    def _begin_erasing(self, claim: Claim) -> None:
        """From here a crash cannot undo the yes: Rasa's memory of the question goes before ours does."""
        with transaction() as session:
            conversation = self._own(session, claim)
            conversation.erasing = True
            session.add(conversation)

    def _finish(self, session: Session, finished: Sequence[Finished]) -> list[Exception | None]:
        """Write the replies of some turns, with the processed marks; why not, of those that are no longer ours."""
        rendered = [self._rendered(each) for each in finished]
        claims = [each.claim for each in finished]
        conversations = _lock(session, claims)
        lost = [self._why_lost(claim, conversations) or _why_stale(claim, conversations) for claim in claims]
        kept = [number for number, problem in enumerate(lost) if problem is None]
        marked = _mark_processed(session.connection(), [finished[number] for number in kept])
        for number in kept:
            claim, result = finished[number].claim, finished[number].result
            if not result.erase and claim.message.id not in marked:
                lost[number] = LeaseLost()
                continue
            self._write(session, conversations[claim.conversation.id], finished[number], rendered[number])
        return lost

    def _rendered(self, finished: Finished) -> list[Rendered]:
        moment, result = now(), finished.result
        return [
            self._renderer().render(reply, language=result.language, moment=moment, choices=result.choices)
            for reply in _with_notice_of_cut(result.replies, finished.claim.message)
        ]

    def _write(self, session: Session, before: AsItIs, finished: Finished, replies: list[Rendered]) -> None:
        changes = finished.result.changes
        session.connection().execute(_CHANGED, {"changed": before.id, **changes, **_NO_LEASE})
        after = before._replace(**{name: value for name, value in changes.items() if name in AsItIs._fields})
        if _needs_more(finished, before=before, after=after):
            replies = self._write_more(session, finished, replies, before=before.state)
        self._outbox.reply(session.connection(), after, replies)

    def _write_more(
        self, session: Session, finished: Finished, replies: list[Rendered], *, before: State
    ) -> list[Rendered]:
        """What few turns bring with them: erasing, another language, waiting for a person; the replies to it."""
        result = finished.result
        conversation = session.get_one(Conversation, finished.claim.conversation.id)
        if result.erase:
            _erase(session, conversation)
        if _says(result, "language_changed"):
            _answer_again(session, conversation)
        if _says(result, OPT_OUT_KEY):
            withhold(session, conversation.id)
        _follow(session, conversation, before=before, helped=result.helped)
        _mark_earlier(session, finished)
        if _begins_to_wait(conversation.state, before=before):
            return self._rendered(_with_place(finished, handovers.place_in_queue(session, conversation)))
        return replies

    def _park(self, claim: Claim) -> None:
        moment = now()
        language = claim.conversation.language or "en"
        reply = self._renderer().render(Reply("failed"), language=language, moment=moment)
        with transaction() as session:
            conversation = self._own(session, claim)
            session.connection().execute(
                update(MESSAGES)
                .where(MESSAGES.c.id == claim.message.id)
                .values(processed_at=moment, language=language, parked=True)
            )
            conversation.leased_by = conversation.leased_until = None
            session.add(conversation)
            if conversation.state not in {State.WAITING, State.HELD}:  # there, people read it, and the bot is silent
                _list_failed(session, conversation, moment)
                self._outbox.say(session, conversation, reply)
        PARKED.labels(claim.conversation.channel).inc()
        log.error("message_parked", conversation=claim.conversation.id, id=claim.message.id)

    def _own(self, session: Session, claim: Claim) -> Conversation:
        """The conversation, locked, while it is still this worker's.

        Raises:
            ConversationErased: it is gone.
            LeaseLost: another worker has it.
        """
        problem = self._why_lost(claim, _lock(session, [claim]))
        if problem is not None:
            raise problem
        return session.get_one(Conversation, claim.conversation.id)

    def _why_lost(self, claim: Claim, conversations: Mapping[str, AsItIs]) -> Exception | None:
        conversation = conversations.get(claim.conversation.id)
        if conversation is None:
            return ConversationErased()
        return None if conversation.leased_by == self.id else LeaseLost()


def _why_stale(claim: Claim, conversations: Mapping[str, AsItIs]) -> Exception | None:
    """The turn was taken for another state: what it says now could fall into the words of a person."""
    as_it_is = conversations[claim.conversation.id]
    return None if as_it_is.state is claim.conversation.state else ConversationMovedOn()


def _needs_more(finished: Finished, *, before: AsItIs, after: AsItIs) -> bool:
    result = finished.result
    about_people = before.state is not after.state or result.helped is not None
    spoken = _says(result, "language_changed") or _says(result, OPT_OUT_KEY)
    return about_people or spoken or result.erase or _earlier_mark(finished) is not None


def _says(result: TurnResult, key: str) -> bool:
    return any(reply.key == key for reply in result.replies)


def _follow(session: Session, conversation: Conversation, *, before: State, helped: bool | None) -> None:
    """Write down the beginning and the end of waiting for a person; a turn that is about neither costs nothing."""
    if helped is not None:
        handovers.rated(session, conversation, helped=helped)
    if _begins_to_wait(conversation.state, before=before):
        handovers.begin(session, conversation)
    elif before is State.WAITING and conversation.state is State.BOT:
        handovers.closed(session, conversation, outcome=handovers.STOPPED)


def _begins_to_wait(state: State, *, before: State) -> bool:
    return state is State.WAITING and before is not State.WAITING


def _with_place(finished: Finished, place: int) -> Finished:
    """The same with the place in the queue, which is known only once the conversation stands in it."""
    replies = [
        Reply("waiting", {**reply.parameters, "place": str(place)}) if reply.key == "waiting" else reply
        for reply in finished.result.replies
    ]
    return replace(finished, result=replace(finished.result, replies=tuple(replies)))


def _list_failed(session: Session, conversation: Conversation, moment: datetime) -> None:
    """Put it on the desk's list. The bot goes on answering: a fault of ours must silence it for nobody."""
    conversation.reason = conversation.reason or Reason.FAILED.value
    conversation.team = conversation.team or Team.INFOPUNT.value
    conversation.waiting_since = conversation.waiting_since or moment
    handovers.begin(session, conversation)


def _lock(session: Session, claims: Sequence[Claim]) -> dict[str, AsItIs]:
    """The conversations of these claims that are still there, by id; nobody else changes them until the commit."""
    take_write_lock(session)
    rows = session.connection().execute(_AS_IT_IS, {"ids": [claim.conversation.id for claim in claims]})
    return {row.id: AsItIs(*row) for row in rows}


def _claim_due_messages(worker: str, busy: frozenset[str], places: int) -> list[Claim]:
    """The first unprocessed message of each conversation that nobody works on and that need not wait; a try is counted.

    It is counted before the work, so that a message which kills the process counts too.
    """
    with looking() as connection:
        chosen = _due(connection, busy, now())[:places]
    if not chosen:
        return []
    with transaction() as session:
        return [_claim(session, *both) for both in _leased(session.connection(), worker, chosen)]


def _due(connection: Connection, busy: frozenset[str], moment: datetime) -> list[int]:
    """The ids of the messages that may be claimed, the longest waiting first; nothing is locked or decrypted yet."""
    first: dict[str, tuple[int, datetime | None]] = {}
    for number, conversation_id, retry_at in connection.execute(_DUE, {"busy": list(busy), "moment": moment}):
        first.setdefault(conversation_id, (number, retry_at))
    return [number for number, retry_at in first.values() if retry_at is None or retry_at <= moment]


def _leased(connection: Connection, worker: str, chosen: list[int]) -> list[tuple[Message, Conversation]]:
    """These messages with their conversations, now this worker's; not those that another has taken in between.

    Both are locked, so that PostgreSQL looks again at both, should another worker have been done a moment ago. A first
    message that it was done with is not followed by the second one here: the next look brings it.
    """
    rows = connection.execute(_FREE, {"chosen": chosen, "moment": now()}).all()
    if not rows:
        return []
    of_message = len(MESSAGES.c)
    found = [(_as(Message, row[:of_message]), _as(Conversation, row[of_message:])) for row in rows]
    lease = {"leased_by": worker, "leased_until": now() + LEASE}
    connection.execute(_TRIED, {"ids": [message.id for message, _ in found]})
    connection.execute(_LEASED, {"ids": [conversation.id for _, conversation in found], **lease})
    for message, _ in found:
        message.tries += 1
    return found


def _as(kind: type[Stored], values: Sequence[Any]) -> Stored:
    """An object for reading only: no session knows it, so nothing of it is written back."""
    return kind(**dict(zip(table_of(kind).c.keys(), values, strict=True)))


def _claim(session: Session, message: Message, conversation: Conversation) -> Claim:
    chosen = chosen_by_number(session, message) if conversation.handle is not None else None
    button = message.content.get("button") or chosen
    return Claim(
        message=message,
        conversation=conversation,
        button=button,
        question=question_of(session, message, button) if button and is_about_a_question(button) else None,
        town=_town_asked_about(session, conversation) if conversation.open_question == ASK_LOCATION else None,
    )


def _town_asked_about(session: Session, conversation: Conversation) -> str | None:
    query = (
        select(MESSAGES.c.content)
        .where(MESSAGES.c.conversation_id == conversation.id, MESSAGES.c.author == Author.PERSON)
        .order_by(MESSAGES.c.id.desc())
        .limit(10)
    )
    places = (content.get("town") for content in session.connection().execute(query).scalars())
    return next((town for town in places if town), None)


def _mark_processed(connection: Connection, finished: Sequence[Finished]) -> set[int]:
    """The processed marks, in the transaction that writes the replies; the ids of those that had none before."""
    alike: dict[tuple[str, NotUnderstood | None], list[int | None]] = defaultdict(list)
    for each in finished:
        if not each.result.erase:
            own = _own_mark(each)
            alike[each.result.language, own.why if own else None].append(each.claim.message.id)
    marked: set[int] = set()
    for (language, why), ids in alike.items():
        given = {"ids": ids, "processed_at": now(), "language": language, "not_understood": why, "not_meant": None}
        marked |= set(connection.execute(_PROCESSED, given).scalars())
    return marked


def _own_mark(finished: Finished) -> Mark | None:
    mark = finished.result.mark
    return mark if mark is not None and mark.message_id == finished.claim.message.id else None


def _earlier_mark(finished: Finished) -> Mark | None:
    """What a tap says of a message before it."""
    return finished.result.mark if finished.result.mark != _own_mark(finished) else None


def _mark_earlier(session: Session, finished: Finished) -> None:
    mark = _earlier_mark(finished)
    if mark is not None:
        session.connection().execute(
            update(MESSAGES)
            .where(MESSAGES.c.id == mark.message_id, MESSAGES.c.conversation_id == finished.claim.conversation.id)
            .values(not_understood=mark.why, not_meant=mark.topic)
        )


def _renew(worker: str, busy: frozenset[str]) -> None:
    """Renew the leases of what is worked on. One that could not be released must run out."""
    ours = (
        select(CONVERSATIONS.c.id)
        .where(CONVERSATIONS.c.id.in_(busy), CONVERSATIONS.c.leased_by == worker)
        .order_by(CONVERSATIONS.c.id)
        .with_for_update(key_share=True)
    )
    # In one statement: on SQLite, a lease that was read and then released would be renewed without anybody having it.
    with writing() as connection:
        connection.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.id.in_(ours)).values(leased_until=now() + LEASE))


def _release(connection: Connection, worker: str, conversation_id: str) -> None:
    connection.execute(
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.leased_by == worker)
        .values(**_NO_LEASE)
    )


def _let_go(worker: str, conversation_id: str) -> None:
    """The try failed: another one may begin at once."""
    with writing() as connection:
        _release(connection, worker, conversation_id)


def _postpone(worker: str, claim: Claim) -> None:
    """Rasa is away: that is not the message's fault, so the try does not count."""
    with transaction() as session:
        message = session.get(Message, claim.message.id)
        if message is not None:
            message.tries -= 1
            message.retry_at = now() + timedelta(seconds=RETRY_SECONDS)
            session.add(message)
        _release(session.connection(), worker, claim.conversation.id)


def _incoming(claim: Claim) -> Incoming:
    message, content = claim.message, claim.message.content
    if message.id is None:
        raise ValueError("the message is not stored")
    button = claim.button
    return Incoming(
        id=message.id,
        kind=Kind(content.get("kind", Kind.TEXT)),
        text=None if button else content.get("text"),
        button=button,
        town=content.get("town") or claim.town,
        hint=content.get("hint"),
        question=claim.question,
        moment=message.created_at,
        # A postponed try does not count, but Rasa may have taken the turn and only its answer was lost.
        tries=message.tries + (message.retry_at is not None),
    )


def _with_notice_of_cut(replies: tuple[Reply, ...], message: Message) -> tuple[Reply, ...]:
    return (Reply("too_long"), *replies) if message.content.get("cut") and replies else replies


def _erase(session: Session, conversation: Conversation) -> None:
    messages = session.exec(objects(Message).where(Message.conversation_id == conversation.id)).all()
    remember_erased(session, messages)
    erase_content(session, conversation, messages)


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
