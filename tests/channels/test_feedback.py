"""What a tap under an answer leaves: a mark on the right message, and a figure that is counted once."""

from collections.abc import Sequence
from itertools import count

import pytest
from sqlmodel import col, select

from bot.conversations import Author, Conversation, Message, NotUnderstood, Opened, start_conversation
from bot.counts import TopicCount, TopicCounts
from bot.replies import Renderer
from bot.turn import TurnTaker
from channels.asked_before import question_of
from channels.inbound import button_pressed, store, text_written
from channels.outbound import Outbox
from channels.worker import Worker, _claim_due_messages
from knowledge.pages import Package
from knowledge.understanding import Candidate, LanguageFound, Outcome, Understanding
from wegwijs.storage import transaction
from wegwijs.working import NoRasa

pytestmark = pytest.mark.usefixtures("in_database")
WORK, SCHOOL = "future/right-to-work", "future/school"
_numbers = count(1)


class Hears:
    """Understanding by the first word: "work" is answered, "unclear" gets choices, anything else is unknown."""

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:  # noqa: ARG002
        outcome = {"work": Outcome.ANSWER, "unclear": Outcome.CHOICES}.get(text.split(maxsplit=1)[0], Outcome.UNKNOWN)
        return Understanding(
            language="en",
            language_found=LanguageFound.KNOWN,
            outcome=outcome,
            topics=(Candidate(topic=WORK, probability=0.8), Candidate(topic=SCHOOL, probability=0.15)),
            confidence=0.8,
        )


async def forget(_conversation: str) -> int:
    return 0


@pytest.fixture
def counts() -> TopicCounts:
    return TopicCounts()


@pytest.fixture
def worker(package: Package, counts: TopicCounts) -> Worker:
    """A worker without a Rasa, as when that is down."""
    return Worker(
        turns=lambda: TurnTaker(understanding=Hears(), dialogue=NoRasa(), topics=frozenset(package.topics)),
        renderer=lambda: Renderer(package=package),
        forget=forget,
        outbox=Outbox(splitters={}),
        at_once=1,
        written=lambda _conversation: None,
        counts=counts,
    )


def begun(handle: str | None = None) -> str:
    with transaction() as session:
        conversation, _ = start_conversation(session, channel="web", language="en")
        conversation.noticed, conversation.handle = True, handle
        return conversation.id


async def say(worker: Worker, conversation_id: str, *lines: str) -> None:
    """Write these, or press them where they are a button of ours."""
    for line in lines:
        given = {"channel": "web", "provider_id": f"{conversation_id}:{next(_numbers)}"}
        pressed = ":" in line or line == "something_else"
        inbound = button_pressed(**given, payload=line, label=None) if pressed else text_written(**given, text=line)
        with transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            store(session.connection(), [(Opened.of(conversation), inbound)])
        (claim,) = _claim_due_messages(worker.id, frozenset(), 1)
        await worker._process(claim)


def marks(conversation_id: str) -> Sequence[tuple[str, NotUnderstood, str | None]]:
    with transaction() as session:
        query = select(Message).where(
            Message.conversation_id == conversation_id, col(Message.not_understood).is_not(None)
        )
        return [
            (each.content["text"], each.not_understood, each.not_meant)
            for each in session.exec(query).all()
            if each.not_understood
        ]


def figures() -> dict[str, tuple[int, int, int]]:
    with transaction() as session:
        return {row.topic: (row.answered, row.helped, row.not_meant) for row in session.exec(select(TopicCount)).all()}


async def test_what_no_page_answers_is_marked_in_the_turn_and_what_is_answered_is_not(worker: Worker) -> None:
    talk = begun()
    await say(worker, talk, "work please", "blorf")
    assert marks(talk) == [("blorf", NotUnderstood.UNKNOWN, None)]


async def test_not_my_question_marks_the_question_that_was_answered_and_not_the_last_one(worker: Worker) -> None:
    talk = begun()
    await say(worker, talk, "work first", "unclear second", f"not_meant:{WORK}")
    assert marks(talk) == [("work first", NotUnderstood.NOT_MEANT, WORK)]


async def test_a_topic_chosen_from_choices_and_not_meant_marks_the_words_the_choices_were_for(worker: Worker) -> None:
    talk = begun()
    await say(worker, talk, "unclear words", f"topic:{SCHOOL}", f"not_meant:{SCHOOL}")
    assert marks(talk) == [("unclear words", NotUnderstood.NOT_MEANT, SCHOOL)]


async def test_a_topic_found_in_the_menu_and_not_meant_marks_no_words_about_something_else(worker: Worker) -> None:
    talk = begun()
    await say(worker, talk, "work first", "theme:future", f"topic:{SCHOOL}", f"not_meant:{SCHOOL}")
    assert marks(talk) == []


async def test_a_number_that_chose_is_not_taken_for_the_question(worker: Worker) -> None:
    talk = begun(handle="1")
    await say(worker, talk, "unclear words", "2", f"not_meant:{SCHOOL}")
    assert marks(talk) == [("unclear words", NotUnderstood.NOT_MEANT, SCHOOL)]


async def test_something_else_marks_what_the_choices_were_for(worker: Worker) -> None:
    talk = begun()
    await say(worker, talk, "unclear words", "something_else")
    assert marks(talk) == [("unclear words", NotUnderstood.NO_CHOICE, None)]


async def test_no_tap_marks_a_message_of_somebody_else(worker: Worker) -> None:
    mine, theirs = begun(), begun()
    await say(worker, theirs, "work please")
    await say(worker, mine, f"not_meant:{WORK}")
    assert (marks(mine), marks(theirs)) == ([], [])


async def test_answers_and_taps_are_counted_once_however_often_somebody_taps(
    worker: Worker, counts: TopicCounts
) -> None:
    talk = begun()
    taps = [f"helped_page:{WORK}", f"helped_page:{WORK}", f"not_meant:{WORK}"]
    await say(worker, talk, "work please", *taps)
    counts.write()
    assert figures() == {WORK: (1, 1, 0)}
    await say(worker, talk, "work again", f"not_meant:{WORK}")
    counts.write()
    assert figures() == {WORK: (2, 1, 1)}


async def test_a_tap_under_an_answer_that_was_never_given_counts_nothing(worker: Worker, counts: TopicCounts) -> None:
    await say(worker, begun(), f"helped_page:{WORK}")
    counts.write()
    assert figures() == {}


async def test_the_question_of_a_tap_is_found_without_reading_what_came_after(worker: Worker) -> None:
    talk = begun()
    await say(worker, talk, "work please", f"helped_page:{WORK}", f"not_meant:{WORK}")
    with transaction() as session:
        query = select(Message).where(Message.conversation_id == talk, Message.author == Author.PERSON)
        first_tap = session.exec(query.order_by(col(Message.id))).all()[1]
        question = question_of(session, first_tap, f"helped_page:{WORK}")
    assert question is not None
    assert (question.text, question.is_rated) == ("work please", False)
