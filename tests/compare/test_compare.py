"""The comparison is fair: every way learns, ranks topics only, and is counted the same."""

import pytest
import yaml

from knowledge.evaluation.questions import Question
from knowledge.pages import Package
from knowledge.samples import Sample
from tests.compare import rasa, report
from tests.compare.measure import Hits, Row, measure
from tests.compare.vectors import NearestTitle
from tests.compare.way import DidNotLearn, Lesson, Way, first_topics
from tests.compare.words import BM25, CharacterTfidf


@pytest.fixture(scope="session")
def lesson(package: Package) -> Lesson:
    whole = Lesson.of(package)
    return Lesson(package=package, samples=[sample for sample in whole.samples if sample.language == "en"])


@pytest.mark.parametrize("way", [BM25(), CharacterTfidf(), NearestTitle()], ids=lambda way: way.title)
def test_a_way_finds_what_it_was_taught(way: Way, lesson: Lesson) -> None:
    way.learn(lesson)
    page = lesson.package.page("reception/waiting-list", "en")
    assert way.rank(page.title)[0] == page.topic
    assert len(way.rank(page.title)) == 3


@pytest.mark.parametrize("way", [BM25(), CharacterTfidf()], ids=lambda way: way.title)
def test_what_shares_nothing_with_the_lesson_gets_no_topic(way: Way, lesson: Lesson) -> None:
    way.learn(lesson)
    assert way.rank("口") == []


def test_only_different_topics_are_ranked() -> None:
    assert first_topics(["greet", "a/b", "a/b", "danger_child", "c/d", "e/f", "g/h"]) == ["a/b", "c/d", "e/f"]


def test_rasa_is_taught_every_sample_once() -> None:
    taught = [
        Sample(text="where  do I\nsleep?", language="en", label="reception/bed"),
        Sample(text="- hallo: {x}", language="nl", label="greet"),
        Sample(text="أين أنام", language="ar", label="reception/bed"),
    ]
    assert yaml.safe_load(rasa.training_data(taught))["nlu"] == [
        {"intent": "reception.bed", "examples": "- where do I sleep?\n- أين أنام\n"},
        {"intent": "greet", "examples": "- - hallo: {x}\n"},
    ]


class _AlwaysTheSame:
    """Thinks of two topics, whatever is asked."""

    title = "always the same"
    pid = BM25.pid

    def learn(self, _lesson: Lesson) -> None:
        """There is nothing to learn."""

    def rank(self, _text: str) -> list[str]:
        """The two."""
        return ["a/b", "c/d"]


class _Slow(_AlwaysTheSame):
    """Never ready."""

    def learn(self, _lesson: Lesson) -> None:
        """Take too long."""
        raise DidNotLearn("not learned in 20 minutes")


QUESTIONS = [
    Question(id="1", text="one", lang="en", kind="information", topics=("a/b",)),
    Question(id="2", text="two", lang="en", kind="information", topics=("c/d", "e/f")),
    Question(id="3", text="three", lang="nl", kind="information", topics=("e/f",)),
]


def test_right_topics_are_counted_per_language(lesson: Lesson) -> None:
    row = measure(_AlwaysTheSame(), lesson, QUESTIONS)
    assert row.hits == {
        "en": Hits(messages=2, first=1, in_three=2),
        "nl": Hits(messages=1, first=0, in_three=0),
    }


def test_the_page_says_when_a_way_did_not_learn_in_time(lesson: Lesson) -> None:
    measured = Row(
        title="measured",
        hits={"en": Hits(messages=4, first=3, in_three=4), "nl": Hits(messages=2, first=1, in_three=1)},
        learn_seconds=12.4,
        milliseconds=1.25,
        megabytes=99.6,
    )
    page = report.page([measured, measure(_Slow(), lesson, QUESTIONS)], samples=1234)
    assert "| measured | 62.5 | 75.0 | 12 | 1.2 | 100 |" in page
    assert "| always the same | not learned in 20 minutes | - | - | - | - |" in page
    assert "1,234 samples, 6 messages" in page
