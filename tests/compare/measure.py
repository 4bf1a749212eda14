"""Measuring one way: how often it is right on lines nobody learned from, how long it takes, how big it is."""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

import psutil
from pydantic import BaseModel

from knowledge.evaluation.questions import Question
from tests.compare.way import DidNotLearn, Lesson, Way


class Hits(BaseModel):
    """Of so many messages, how many have a right topic first, and among the first three."""

    messages: int
    first: int
    in_three: int


class Row(BaseModel):
    """What was measured of one way; only the title and why, when it did not learn."""

    title: str
    stopped: str | None = None
    hits: dict[str, Hits] = {}
    """By language."""
    learn_seconds: float | None = None
    milliseconds: float | None = None
    """Half of the messages take less."""
    megabytes: float | None = None


def measure(way: Way, lesson: Lesson, questions: Sequence[Question]) -> Row:
    """Teach a way and ask it everything."""
    started = time.perf_counter()
    try:
        way.learn(lesson)
    except DidNotLearn as error:
        return Row(title=way.title, stopped=str(error))
    learned = time.perf_counter() - started
    way.rank(questions[0].text)  # the first message pays for what is loaded late
    asked = [_ask(way, question) for question in questions]
    return Row(
        title=way.title,
        hits=_hits((question, ranked) for question, (ranked, _) in zip(questions, asked, strict=True)),
        learn_seconds=learned,
        milliseconds=statistics.median(milliseconds for _, milliseconds in asked),
        megabytes=psutil.Process(way.pid).memory_info().rss / 1e6,
    )


def _ask(way: Way, question: Question) -> tuple[list[str], float]:
    started = time.perf_counter()
    ranked = way.rank(question.text)
    return ranked, (time.perf_counter() - started) * 1000


def _hits(answers: Iterable[tuple[Question, list[str]]]) -> dict[str, Hits]:
    by_language: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for question, ranked in answers:
        right = [topic in question.topics for topic in ranked]
        by_language[question.lang].append((any(right[:1]), any(right)))
    return {
        code: Hits(messages=len(each), first=sum(first for first, _ in each), in_three=sum(three for _, three in each))
        for code, each in sorted(by_language.items())
    }
