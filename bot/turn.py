"""One conversation turn: from a stored message to replies. Decides nothing about dialogue; that is Rasa's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from bot import dialogue_without_rasa, feedback, situations, without_words
from bot.actions import NO_TOWN
from bot.conversations import Conversation, Kind, NotUnderstood, State, without_question
from bot.feedback import Feedback, Mark, Question
from bot.handovers import ASK_HELPED, says_whether_it_helped
from bot.intents import UNKNOWN, Intent, intent_of_button, intent_of_text
from bot.rasa_client import RasaUnavailable
from bot.replies import NOT_TOLD, SOMETHING_ELSE, Reply
from bot.routing import OFFER_AFTER, Routing
from knowledge.understanding import LanguageFound, Outcome, Understanding
from translations.languages import languages
from wegwijs.logs import logger

log = logger(__name__)

FORM_QUESTIONS = frozenset({"ask_consent", "ask_town", "ask_delete"})
TURNS_PER_SESSION = 15
"""Rasa reads the whole history at each turn (10 ms at first, 90 ms after 100 turns): after this many, outside a form, a
fresh tracker is begun. All that is lost is what a typed "more" goes on with; the button under an answer knows that."""

_DELETE_QUESTIONS = frozenset({"ask_delete", dialogue_without_rasa.marked("ask_delete")})
_ANSWERS_TO_DELETE = frozenset({"affirm", "deny", "stop", "goodbye", "delete"})
_MISUNDERSTOOD = Intent(name="misunderstood")

NO_LONGER_WAITING: Mapping[str, Any] = {"state": State.BOT, "reason": None, "waiting_since": None, "team": None}
"""What changes when a person waits for a person no more."""


class Understands(Protocol):
    """What a turn needs of understanding."""

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:
        """What a message means."""
        ...


class Dialogue(Protocol):
    """What a turn needs of the dialogue engine."""

    async def send(
        self, *, sender: str, message_id: str, intent: str, entities: Mapping[str, str], again: bool
    ) -> list[Reply]:
        """The replies to one understood message; `again` says that it may have been answered before.

        Raises:
            RasaUnavailable: no usable answer.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A stored message of a person: what they typed, or what the button they pressed sends.

    `town` is the one of a place they sent, now or a moment ago; `hint` the language of their app; `tries` counts this
    one. `question` is the message that a tap is about which says something of an answer.
    """

    id: int
    text: str | None
    button: str | None
    moment: datetime
    kind: Kind = Kind.TEXT
    town: str | None = None
    hint: str | None = None
    tries: int = 1
    question: Question | None = None


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a message comes down to: the intent, what understanding said of typed text, the language to answer in.

    `situation` is where the person says they stay, now or before.
    """

    intent: Intent
    understood: Understanding | None
    language: str
    situation: str | None = None


@dataclass(frozen=True, kw_only=True)
class TurnResult:
    """What came of a turn: replies in order, fields of the conversation to set, and whether to erase it first.

    `choices` are the topics for the reply keys that offer some; `helped` is what the person says of a handover, and
    `feedback` of an answer, when it counts. `mark` is a message that no page answered: this one, or one before.
    """

    replies: tuple[Reply, ...]
    language: str
    changes: dict[str, Any]
    choices: tuple[str, ...] = ()
    erase: bool = False
    helped: bool | None = None
    feedback: Feedback | None = None
    mark: Mark | None = None


ERASED = TurnResult(replies=(Reply("deleted"),), language="en", changes={"open_question": None}, erase=True)
"""The end of an erasing that was agreed to before a crash."""


@dataclass(frozen=True, kw_only=True)
class TurnTaker:
    """Takes turns with the understanding and the dialogue it was given."""

    understanding: Understands
    dialogue: Dialogue
    topics: frozenset[str]
    by_situation: frozenset[str] = frozenset()
    """The topics whose answer depends on whether somebody has a reception place."""
    routing: Routing = field(default_factory=Routing)

    async def take(self, conversation: Conversation, message: Incoming, *, patient: bool = True) -> TurnResult:
        """One turn. The conversation is read, never changed: the changes are in the result.

        Raises:
            RasaUnavailable: the message answers a question Rasa asked, and Rasa is away. Try again soon, and when
                it stays away with `patient=False`, which goes on without Rasa.
        """
        if without_words.is_wordless(message.kind):
            return _wordless_turn(conversation, message)
        button = message.button
        of_answer = feedback.feedback_of(button, topics=self.topics)
        if of_answer is not None:
            return await self._feedback_turn(conversation, message, of_answer)
        understood = None
        if button is None:
            heard = await self.understanding.understand(message.text or "", conversation.language)
            understood = _of_these_topics(heard, self.topics)
        intent = self._intent(conversation, message, understood)
        told = self._told(conversation, message, intent)
        intent = self._by_situation(conversation, intent, told)
        language = _language_of(conversation, message, understood)
        meaning = Meaning(
            intent=intent,
            understood=understood,
            language=language or conversation.language or "en",
            situation=told.situation if told else conversation.situation,
        )
        about_place = without_words.answer_about_place(conversation.open_question, intent.name, message.town)
        if about_place is not None:
            reply, changes = about_place
            return TurnResult(replies=(reply,), language=meaning.language, changes=changes)
        helped = says_whether_it_helped(
            button=message.button, intent=intent.name, open_question=conversation.open_question
        )
        if helped is not None:
            return _rating_turn(conversation, helped=helped, language=meaning.language)
        if conversation.state in {State.WAITING, State.HELD}:
            silent = await self._silent_turn(conversation, message, meaning, patient=patient)
            return replace(silent, changes={**_language_learned(conversation, button, understood), **silent.changes})
        if understood is not None and understood.language_found is LanguageFound.NOT_OURS and intent == UNKNOWN:
            return TurnResult(replies=(Reply("not_our_language"),), language=meaning.language, changes={})
        if understood is not None and language is None and intent.name not in {"person", "delete"}:
            return _ask_language(intent, message.id)
        meaning = replace(meaning, intent=_offering_a_person(conversation, intent))
        result = await self._bot_turn(conversation, message, meaning, patient=patient)
        return replace(result, mark=_mark(conversation, message, understood))

    async def _feedback_turn(self, conversation: Conversation, message: Incoming, of_answer: Feedback) -> TurnResult:
        """Not a word to Rasa; whatever is open stays open."""
        question = message.question
        reply = feedback.reply_to(of_answer, conversation, in_form=_in_form(conversation.open_question))
        choices: Sequence[str] = ()
        if reply is not None and reply.key == "not_meant" and question is not None and question.text:
            understood = await self.understanding.understand(question.text, conversation.language)
            choices = feedback.other_topics(understood, than=of_answer.topic)
        counts = question is not None and not question.is_rated
        return TurnResult(
            replies=(reply,) if reply is not None else (),
            language=conversation.language or _hinted(message) or "en",
            changes={},
            choices=tuple(choices),
            feedback=of_answer if counts else None,
            mark=feedback.mark_of(of_answer, question),
        )

    def _intent(self, conversation: Conversation, message: Incoming, understood: Understanding | None) -> Intent:
        if understood is None:
            return intent_of_button(message.button or "", topics=self.topics)
        return intent_of_text(message.text or "", understood, open_question=conversation.open_question)

    def _told(self, conversation: Conversation, message: Incoming, intent: Intent) -> situations.Told | None:
        """What the person says of where they stay; nothing is taken from a button that is none of ours."""
        if message.button is not None:
            told = situations.told_by_button(message.button)
        else:
            told = situations.told_in_words(
                intent.name, open_question=conversation.open_question, asked_about=conversation.asked_about
            )
        return told if told is not None and told.topic in self.topics else None

    def _by_situation(self, conversation: Conversation, intent: Intent, told: situations.Told | None) -> Intent:
        if told is not None:
            return Intent(name="answer", entities={"topic": told.topic})
        topic = intent.entities.get("topic")
        if intent.name == "answer" and topic in self.by_situation and conversation.situation is None:
            return Intent(name="answer_by_situation", entities=intent.entities)
        return intent

    async def _silent_turn(
        self, conversation: Conversation, message: Incoming, meaning: Meaning, *, patient: bool
    ) -> TurnResult:
        """While a person is waiting for or talking to a person, only danger, delete and stop-waiting are heard."""
        intent = meaning.intent
        spoken = conversation.language or meaning.language
        asked_to_erase = conversation.open_question in _DELETE_QUESTIONS
        if intent.name == "stop" and conversation.state is State.WAITING and not asked_to_erase:
            return TurnResult(replies=(Reply("waiting_stopped"),), language=spoken, changes=dict(NO_LONGER_WAITING))
        if intent.name == "danger":
            changes = {"danger": intent.entities["danger"]}
            return TurnResult(replies=(Reply("danger", intent.entities),), language=spoken, changes=changes)
        if intent.name == "delete" or (asked_to_erase and intent.name in _ANSWERS_TO_DELETE):
            return await self._bot_turn(conversation, message, meaning, patient=patient)
        # Whoever goes on talking to people has dropped that question: a later yes, said to them, must not erase.
        changes = without_question(conversation) if asked_to_erase else {}
        return TurnResult(replies=(), language=spoken, changes=changes)

    async def _bot_turn(
        self, conversation: Conversation, message: Incoming, meaning: Meaning, *, patient: bool
    ) -> TurnResult:
        replies, without_rasa = await self._ask_dialogue(conversation, message, meaning.intent, patient=patient)
        replies = [_with_named_topic(reply, meaning.intent, message.button) for reply in replies]
        replies = [situations.with_situation(reply, meaning.situation) for reply in replies]
        replies = self._with_offer_of_page(_with_rating(replies))
        changes = _changes(conversation, replies, intent=meaning.intent, language=meaning.language)
        replies = self._with_handover(conversation, replies, changes, message=message, meaning=meaning)
        if meaning.situation != conversation.situation:
            changes["situation"] = meaning.situation
        if without_rasa:
            changes["open_question"] = dialogue_without_rasa.marked(changes["open_question"])
            # Rasa has missed this turn: a form that it still believes in would take up old answers later.
            changes |= {"turns": 0, "session": conversation.session + 1}
        erase = any(reply.key == "deleted" for reply in replies)
        if erase:
            changes = {"open_question": None}
        if not conversation.noticed and not erase:
            replies[:0] = _notice(conversation)
            changes["noticed"] = True
        choices = meaning.understood.choices if meaning.understood is not None else ()
        language = changes.get("language", meaning.language)
        return TurnResult(replies=tuple(replies), language=language, changes=changes, choices=choices, erase=erase)

    def _with_offer_of_page(self, replies: list[Reply]) -> list[Reply]:
        """Under an answer that a person must look at: that they can be asked for, unless a form is asking something."""
        if any(reply.key in FORM_QUESTIONS for reply in replies):
            return replies
        for place, reply in enumerate(replies, start=1):
            if reply.key == "answer" and reply.parameters["topic"] in self.routing.needs_person:
                return [*replies[:place], Reply("page_needs_person"), *replies[place:]]
        return replies

    def _with_handover(
        self,
        conversation: Conversation,
        replies: Sequence[Reply],
        changes: dict[str, Any],
        *,
        message: Incoming,
        meaning: Meaning,
    ) -> list[Reply]:
        """The replies, that of a conversation that begins to wait with its team; `changes` then get what waits."""
        waiting = next((reply for reply in replies if reply.key == "waiting"), None)
        if waiting is None:
            return list(replies)
        town = waiting.parameters.get("town", NO_TOWN)
        changes |= self.routing.waiting(
            conversation,
            situation=meaning.situation,
            town=None if town == NO_TOWN else town,
            since=message.moment,
        )
        told = {"team": changes["team"], "danger": conversation.danger or ""}
        return [Reply("waiting", told) if reply is waiting else reply for reply in replies]

    async def _ask_dialogue(
        self, conversation: Conversation, message: Incoming, intent: Intent, *, patient: bool
    ) -> tuple[list[Reply], bool]:
        """The replies, and whether the open question (if any) is now asked without Rasa."""
        question = conversation.open_question
        if dialogue_without_rasa.owns(question):
            return dialogue_without_rasa.replies(intent.name, intent.entities, question), True
        try:
            replies = await self.dialogue.send(
                sender=f"{conversation.id}.{conversation.session}",
                message_id=str(message.id),
                intent=intent.name,
                entities=intent.entities,
                again=message.tries > 1,
            )
            return replies, False
        except RasaUnavailable:
            if patient and question in FORM_QUESTIONS:
                raise
            log.warning("dialogue_away", conversation=conversation.id, intent=intent.name)
            return dialogue_without_rasa.replies(intent.name, intent.entities, question), True


def _with_rating(replies: list[Reply]) -> list[Reply]:
    """An answer with the buttons that say whether it helped, unless a form is asking something: one thing at a time."""
    if any(reply.key in FORM_QUESTIONS for reply in replies):
        return replies
    return [
        Reply("answer", {**reply.parameters, "may_be_rated": "yes"}) if reply.key == "answer" else reply
        for reply in replies
    ]


def _mark(conversation: Conversation, message: Incoming, understood: Understanding | None) -> Mark | None:
    """Which message no page answers: this one, or the one whose choices were none.

    What is written to a form is an answer to it, and what is in no language of ours nobody here could read.
    """
    if message.button == SOMETHING_ELSE:
        asked = message.question
        return Mark(message_id=asked.id, why=NotUnderstood.NO_CHOICE) if asked is not None and asked.id else None
    unknown = understood is not None and understood.outcome is Outcome.UNKNOWN
    if not unknown or _in_form(conversation.open_question):
        return None
    return Mark(message_id=message.id, why=NotUnderstood.UNKNOWN)


def _notice(conversation: Conversation) -> list[Reply]:
    """What Wegwijs is, and in a messenger what the company behind it can see."""
    if conversation.handle is None:
        return [Reply("notice")]
    return [Reply("notice"), Reply("notice_channel", {"channel": conversation.channel})]


def _wordless_turn(conversation: Conversation, message: Incoming) -> TurnResult:
    language = conversation.language or _hinted(message) or "en"
    reply, question = without_words.reply_to(message.kind, message.town)
    replies: tuple[Reply, ...] = (reply,)
    changes: dict[str, Any] = {"open_question": question} if question else {}
    if not conversation.noticed:
        replies = (*_notice(conversation), *replies)
        changes["noticed"] = True
    if conversation.language is None and question is None:
        replies = (*replies, Reply("ask_language"))
    return TurnResult(replies=replies, language=language, changes=changes)


def _hinted(message: Incoming) -> str | None:
    return message.hint if message.hint in languages() else None


def _language_of(conversation: Conversation, message: Incoming, understood: Understanding | None) -> str | None:
    if message.button is not None:
        return _chosen_language(message.button) or conversation.language or _hinted(message) or "en"
    return understood.language if understood is not None else conversation.language


def _chosen_language(button: str) -> str | None:
    _, _, code = button.partition(":")
    return code if button.startswith(("language:", "person:")) and code in languages() else None


def _language_learned(
    conversation: Conversation, button: str | None, understood: Understanding | None
) -> dict[str, Any]:
    """While people talk nothing is said about it, but they must know in which language the person reads."""
    recognised = understood.language if understood is not None and conversation.language is None else None
    language = _chosen_language(button) if button is not None else recognised
    return {"language": language} if language else {}


def _ask_language(intent: Intent, message_id: int) -> TurnResult:
    """The message is answered once its language is known; help in danger comes at once, in English until then."""
    danger = (Reply("danger", intent.entities),) if intent.name == "danger" else ()
    changes: dict[str, Any] = {"unanswered": message_id, **intent.entities} if danger else {"unanswered": message_id}
    return TurnResult(replies=(*danger, Reply("ask_language")), language="en", changes=changes)


def _with_named_topic(reply: Reply, intent: Intent, button: str | None) -> Reply:
    """ "Tell me more" under an older answer means that answer, not the last one."""
    if intent.name != "more" or not button:
        return reply
    topic = button.partition(":")[2]
    if topic and reply.key in {"more", "more_nothing"}:
        return Reply("more", {"topic": topic})
    return reply


def _of_these_topics(understood: Understanding, topics: frozenset[str]) -> Understanding:
    """Without topics that are none any more: for seconds after a publication, understanding is of the one before."""
    kept = tuple(candidate for candidate in understood.topics if candidate.topic in topics)
    if len(kept) == len(understood.topics):
        return understood
    is_lost = not kept or (understood.outcome is Outcome.ANSWER and kept[0] != understood.topics[0])
    lost = is_lost and understood.outcome in {Outcome.ANSWER, Outcome.CHOICES}
    return replace(understood, topics=kept, outcome=Outcome.UNKNOWN if lost else understood.outcome)


def _offering_a_person(conversation: Conversation, intent: Intent) -> Intent:
    """What is not understood so often in a row becomes the offer of a person, unless a form is asking something."""
    counts = intent == UNKNOWN and not _in_form(conversation.open_question)
    return _MISUNDERSTOOD if counts and conversation.misunderstood + 1 >= OFFER_AFTER else intent


def _misunderstood(conversation: Conversation, intent: Intent, question: str | None) -> int:
    """Messages in a row that were not understood; a form changes nothing: it still has to say why it began."""
    if _in_form(conversation.open_question):
        return conversation.misunderstood if question else 0
    if intent in (UNKNOWN, _MISUNDERSTOOD):
        return conversation.misunderstood + 1
    return conversation.misunderstood if question in FORM_QUESTIONS else 0


def _in_form(question: str | None) -> bool:
    return question in FORM_QUESTIONS or dialogue_without_rasa.owns(question)


def _rating_turn(conversation: Conversation, *, helped: bool, language: str) -> TurnResult:
    """Thanks, and not a word to Rasa; a form that is open stays open. While people are waited for, it only counts."""
    silent = conversation.state in {State.WAITING, State.HELD}
    thanks = Reply("helped_thanks" if helped else "helped_no_thanks")
    return TurnResult(
        replies=() if silent else (thanks,),
        language=language,
        changes={"open_question": None} if conversation.open_question == ASK_HELPED else {},
        helped=helped,
    )


def _changes(conversation: Conversation, replies: Sequence[Reply], *, intent: Intent, language: str) -> dict[str, Any]:
    asking = FORM_QUESTIONS | {situations.QUESTION}
    question = next((reply.key for reply in reversed(replies) if reply.key in asking), None)
    changes: dict[str, Any] = {
        "language": language,
        "open_question": question,
        "misunderstood": _misunderstood(conversation, intent, question),
        "turns": conversation.turns + 1,
    }
    if conversation.state is State.CLOSED:
        changes["state"] = State.BOT
    if question is None and conversation.turns >= TURNS_PER_SESSION:
        changes |= {"turns": 0, "session": conversation.session + 1}
    for reply in replies:
        if reply.key == "answer":
            changes["topic"] = reply.parameters["topic"]
        elif reply.key == situations.QUESTION:
            changes |= {"situation": NOT_TOLD, "asked_about": reply.parameters["topic"]}
        elif reply.key == "danger":
            changes["danger"] = reply.parameters["danger"]
        elif reply.key == "language_changed":
            changes["language"] = reply.parameters["language"]
    return changes
