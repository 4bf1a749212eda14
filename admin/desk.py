"""What a member of staff does with a conversation: take it, answer, give it back, pass it on, close it.

Each is one transaction that changes who holds it, tells the person in their language, and stands in the audit trail.
Who holds a conversation changes by one conditional update, so that of two who take it at the same moment one gets it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from admin.access import Purpose, access_conversation, is_held_by
from admin.audit import note_access
from admin.duty import colleagues_on_duty
from admin.tables import Staff
from bot import handovers
from bot.conversations import (
    Byline,
    Conversation,
    Message,
    State,
    UnknownConversation,
    drop_question,
    lock_conversations,
)
from bot.handovers import Note
from bot.replies import Rendered, Renderer, Reply
from bot.teams import Team
from channels.outbound import Outbox
from wegwijs.storage import now


class Outcome(StrEnum):
    """How a conversation with a person ended."""

    ANSWERED = "answered"
    SENT_ON = "sent_on"
    NO_REPLY = "no_reply"
    NOT_FOR_US = "not_for_us"


class ConversationIsHeld(Exception):
    """Somebody else holds the conversation, or it was changed in between; the page shows who has it now."""


class NoSuchColleague(LookupError):
    """Oneself, or somebody who is unknown, not of the desk or not on duty: nothing may be left with them."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The operations of the desk, with the renderer and the outbox through which the person is told."""

    renderer: Callable[[], Renderer]
    outbox: Outbox

    def take(self, session: Session, staff: Staff, conversation_id: str, *, from_holder: int | None = None) -> None:
        """Hold a conversation that nobody holds, or take it over from `from_holder`, the id of a colleague.

        A colleague who is on duty is not asked: the person comes first, and they see it at once. Taking what one holds
        changes nothing.

        Raises:
            UnknownConversation: there is none that this member of staff may read.
            ConversationIsHeld: somebody was faster.
        """
        conversation = access_conversation(session, staff, conversation_id, to=Purpose.TAKE)
        if is_held_by(conversation, staff):
            return
        holder = col(Conversation.held_by)
        _change_hands(
            session,
            conversation_id,
            holder.is_(None) if from_holder is None else holder == from_holder,
            held_by=staff.id,
            state=State.HELD,
        )
        session.refresh(conversation)
        handovers.taken(session, conversation)
        before = {} if from_holder is None else {"before": from_holder}
        note_access(session, staff_id=staff.id, action="taken", conversation_id=conversation_id, **before)
        if from_holder is not None:
            self._tell(session, conversation, Reply("staff_unavailable"))
        self._tell(session, conversation, Reply("taken_over", {"name": staff.name}))

    def give_back(self, session: Session, staff: Staff, conversation_id: str) -> None:
        """Put it back on the list of its team, at the place it had.

        Raises:
            UnknownConversation, ConversationIsNotYours: see `access_conversation`.
        """
        conversation = self._own(session, staff, conversation_id)
        conversation.held_by, conversation.state = None, State.WAITING
        conversation.waiting_since = conversation.waiting_since or now()
        session.add(conversation)
        note_access(session, staff_id=staff.id, action="given_back", conversation_id=conversation_id)
        self._tell(session, conversation, Reply("given_back"))

    def pass_to_team(self, session: Session, staff: Staff, conversation_id: str, *, team: Team, note: str) -> None:
        """Put it on the list of another team, at the place it had, with a note for them.

        Raises:
            UnknownConversation, ConversationIsNotYours: see `access_conversation`.
        """
        conversation = self._own(session, staff, conversation_id)
        conversation.held_by, conversation.state, conversation.team = None, State.WAITING, team.value
        conversation.waiting_since = conversation.waiting_since or now()
        session.add(conversation)
        self._note(session, staff, conversation_id, note)
        note_access(session, staff_id=staff.id, action="passed_on", conversation_id=conversation_id, team=team.value)
        self._tell(session, conversation, Reply("passed_on", {"team": team.value}))

    def pass_to_colleague(
        self, session: Session, staff: Staff, conversation_id: str, *, colleague_id: int, note: str
    ) -> None:
        """Put it into the hands of a colleague who is on duty, with a note for them.

        Raises:
            NoSuchColleague: not somebody who would see it now.
            UnknownConversation, ConversationIsNotYours: see `access_conversation`.
        """
        conversation = self._own(session, staff, conversation_id)
        there = {each.id: each for each in colleagues_on_duty(session)}
        colleague = there.get(colleague_id)
        if colleague is None or colleague.id == staff.id:
            raise NoSuchColleague(colleague_id)
        conversation.held_by = colleague.id
        session.add(conversation)
        self._note(session, staff, conversation_id, note)
        note_access(session, staff_id=staff.id, action="passed_on", conversation_id=conversation_id, to=colleague_id)
        self._tell(session, conversation, Reply("taken_over", {"name": colleague.name}))

    def answer(self, session: Session, staff: Staff, conversation_id: str, answer: Rendered, *, byline: Byline) -> None:
        """Send what a member of staff wrote or chose; the same `byline.client_id` again sends nothing.

        Raises:
            UnknownConversation, ConversationIsNotYours: see `access_conversation`.
        """
        conversation = self._own(session, staff, conversation_id)
        if _is_said_already(session, conversation, byline):
            return
        drop_question(conversation)
        session.add(conversation)
        self.outbox.say(session, conversation, answer, byline=byline)
        note_access(session, staff_id=staff.id, action="answered", conversation_id=conversation_id)

    def note(self, session: Session, staff: Staff, conversation_id: str, text: str) -> None:
        """Leave a note for colleagues; the person never sees it.

        Raises:
            UnknownConversation: there is none that this member of staff may read.
        """
        access_conversation(session, staff, conversation_id, to=Purpose.READ)
        self._note(session, staff, conversation_id, text)

    def close(
        self, session: Session, staff: Staff, conversation_id: str, *, outcome: Outcome, about: str | None
    ) -> None:
        """End it: the bot answers again, and the person is asked once whether it helped. `about` is a topic.

        Raises:
            UnknownConversation, ConversationIsNotYours: see `access_conversation`.
        """
        conversation = self._own(session, staff, conversation_id)
        note_access(session, staff_id=staff.id, action="closed", conversation_id=conversation_id, outcome=outcome.value)
        self._end(session, conversation, outcome=outcome, about=about)

    def end_from_the_command_line(self, session: Session, conversation_id: str) -> None:
        """End it, whoever holds it; for whoever runs the service.

        Raises:
            UnknownConversation: no such conversation.
        """
        conversation = lock_conversations(session, col(Conversation.id) == conversation_id).get(conversation_id)
        if conversation is None:
            raise UnknownConversation(conversation_id)
        note_access(session, staff_id=None, action="closed", conversation_id=conversation_id)
        self._end(session, conversation, outcome=Outcome.ANSWERED, about=None)

    def _end(self, session: Session, conversation: Conversation, *, outcome: Outcome, about: str | None) -> None:
        was_waited_for = conversation.waiting_since is not None
        self._tell(session, conversation, Reply("closed"))
        if was_waited_for:
            self._tell(session, conversation, Reply("ask_helped"))
        # After the last word: whatever of it does not arrive, nobody at the desk has to look at any more.
        handovers.closed(session, conversation, outcome=outcome.value, about=about)
        conversation.state, conversation.team = State.CLOSED, conversation.team or Team.INFOPUNT.value
        conversation.open_question = handovers.ASK_HELPED if was_waited_for else None
        conversation.held_by = conversation.waiting_since = None
        conversation.reason = conversation.danger = None
        session.add(conversation)

    def _own(self, session: Session, staff: Staff, conversation_id: str) -> Conversation:
        return access_conversation(session, staff, conversation_id, to=Purpose.WRITE)

    def _tell(self, session: Session, conversation: Conversation, reply: Reply) -> None:
        language = conversation.language or "en"
        self.outbox.say(session, conversation, self.renderer().render(reply, language=language, moment=now()))

    def _note(self, session: Session, staff: Staff, conversation_id: str, text: str) -> None:
        if text.strip():
            session.add(Note(conversation_id=conversation_id, staff_id=staff.id, content=text.strip()))


def _change_hands(session: Session, conversation_id: str, as_it_was: ColumnElement[bool], **changes: object) -> None:
    changed = session.execute(
        update(Conversation).where(col(Conversation.id) == conversation_id, as_it_was).values(**changes)
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        raise ConversationIsHeld(conversation_id)


def _is_said_already(session: Session, conversation: Conversation, byline: Byline) -> bool:
    mark = byline.provider_id(conversation.id)
    query = select(Message.id).where(Message.channel == conversation.channel, Message.provider_id == mark)
    return session.exec(query).first() is not None
