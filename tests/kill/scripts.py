"""What persons say in the kill test, and what they have to hear."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bot.replies import Renderer, Reply
from knowledge.pages import Package
from knowledge.understand import Understander
from knowledge.understanding import Outcome
from wegwijs.storage import now

LANGUAGE = "en"
FORM_SHARE, TYPED_SHARE = 0.12, 0.25
LONGEST_BURST = 3
QUESTIONS_OF_A_TOPIC = 3


@dataclass(frozen=True, kw_only=True)
class Step:
    """One message: a button or typed text. Its reply begins in one of the ways of `expects`.

    With `once`, nothing else brings this reply, so it can be looked for among all that were received. With
    `only_after`, the message is sent only when the last reply begins so: without Rasa, a form asks less.
    """

    button: str | None = None
    text: str | None = None
    expects: tuple[str, ...]
    once: bool = False
    only_after: str | None = None

    def is_answered_by(self, said: str) -> bool:
        """Whether this can be the reply; a messenger adds the address of the page."""
        return said.startswith(self.expects)


@dataclass(frozen=True, kw_only=True)
class Material:
    """What scripts are made of: the answer of each topic, the questions it answers, and the replies of the form."""

    answers: dict[str, str]
    questions: dict[str, tuple[str, ...]]
    replies: dict[str, str]

    @classmethod
    def of(cls, package: Package, understander: Understander) -> "Material":
        """From the information package; questions that would not be answered at once are left out."""
        renderer = Renderer(package=package)

        def said(key: str, **parameters: str) -> str:
            return renderer.render(Reply(key, parameters), language=LANGUAGE, moment=now()).text

        # What depends on a reception place is answered with a question the first time.
        topics = [topic for topic in package.topics if not package.depends_on_situation(topic)]
        answers = {topic: said("answer", topic=topic) for topic in topics}
        if len(set(answers.values())) != len(answers):
            raise ValueError("two topics have the same answer: it could not be said which one arrived")
        form = ("ask_consent", "ask_town", "waiting_stopped", "handover_stopped", "no_to_nothing")
        return cls(
            answers=answers,
            questions={topic: _answered_questions(package, understander, topic) for topic in topics},
            replies={
                **{key: said(key) for key in form},
                "language_changed": said("language_changed", language=LANGUAGE),
                "waiting": said("waiting").split(".")[0],  # what follows depends on the hour
            },
        )

    def script(self, dice: random.Random) -> Iterator[list[Step]]:
        """Bursts of messages, until every topic was asked once: a person goes on when all of a burst is answered."""
        topics = dice.sample(list(self.answers), len(self.answers))
        yield [Step(button=f"language:{LANGUAGE}", expects=(self.replies["language_changed"],), once=True)]
        while topics:
            if dice.random() < FORM_SHARE:
                yield from self._form()
            size = dice.randint(1, LONGEST_BURST)
            burst, topics = topics[:size], topics[size:]
            yield [self._question(topic, dice) for topic in burst]

    def _question(self, topic: str, dice: random.Random) -> Step:
        expects, questions = (self.answers[topic],), self.questions[topic]
        if questions and dice.random() < TYPED_SHARE:
            return Step(text=dice.choice(questions), expects=expects, once=True)
        return Step(button=f"topic:{topic}", expects=expects, once=True)

    def _form(self) -> Iterator[list[Step]]:
        say = self.replies
        stopped = (say["waiting_stopped"], say["handover_stopped"], say["no_to_nothing"])
        yield [Step(button="person", expects=(say["ask_consent"],))]
        yield [Step(button="yes", expects=(say["ask_town"], say["waiting"]))]
        yield [Step(button="town:Gent", expects=(say["waiting"],), only_after=say["ask_town"])]
        yield [Step(button="stop_waiting", expects=stopped)]


def _answered_questions(package: Package, understander: Understander, topic: str) -> tuple[str, ...]:
    asked = package.page(topic, LANGUAGE).questions[:QUESTIONS_OF_A_TOPIC]
    understood = ((question, understander.understand(question, LANGUAGE)) for question in asked)
    return tuple(
        question
        for question, meaning in understood
        if (meaning.outcome, meaning.language, meaning.term) == (Outcome.ANSWER, LANGUAGE, None)
        and meaning.topics[0].topic == topic
    )
