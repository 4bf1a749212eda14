"""Learning: named by what is learned from, and gone on from what was learned of nearly the same package."""

from collections.abc import Callable

import numpy as np
import pytest

from knowledge.encoder import Encoder, VectorCache
from knowledge.pages import Package
from knowledge.samples import Utterances, load_utterances
from knowledge.training import content_hash, learn, make_encoder, understanding_folder
from knowledge.understand import Models, Understander
from knowledge.understanding import Understanding
from tests.changed_packages import Change, changed, only_topics, other_questions, replaced, without_topic
from wegwijs.settings import Settings

LANGUAGES = ("en", "nl", "ar")
NEW_TOPIC = "health/pregnancy"
TOPICS = (
    "reception/waiting-list",
    "reception/emergency-shelter",
    "health/dentist",
    "health/suicidal-thoughts",
    "future/right-to-work",
    "future/childcare",
    "procedure/lawyer",
    "procedure/appeal",
    "life-in-reception/visitors",
    "life-in-reception/pocket-money",
    "return/how-to-apply",
)
LINES = 40
"""So many utterances of each kind and language are enough here."""
PAGE = "reception/waiting-list/nl.md"

Learn = Callable[[Package, Models | None], Models]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return make_encoder(Settings())


@pytest.fixture(scope="module")
def cache(encoder: Encoder) -> VectorCache:
    """The vectors that `make train` has kept: nothing here is encoded but new texts."""
    return VectorCache(encoder, understanding_folder(Settings()))


@pytest.fixture(scope="module")
def learned(cache: VectorCache) -> Learn:
    """Learns from a small package and few utterances."""
    utterances: Utterances = {
        code: {kind: lines[:LINES] for kind, lines in load_utterances()[code].items()} for code in LANGUAGES
    }
    return lambda package, before: learn(package, utterances, cache=cache, before=before, progress=lambda *_: None)


@pytest.fixture(scope="module")
def small(package: Package) -> Package:
    return changed(package, only_topics(TOPICS, LANGUAGES))


@pytest.fixture(scope="module")
def with_new_topic(package: Package) -> Package:
    return changed(package, only_topics((*TOPICS, NEW_TOPIC), LANGUAGES))


@pytest.fixture(scope="module")
def models(learned: Learn, small: Package) -> Models:
    return learned(small, None)


@pytest.fixture(scope="module")
def grown(learned: Learn, with_new_topic: Package, models: Models) -> Models:
    """What is learned of one more topic, going on from the others."""
    return learned(with_new_topic, models)


def understood(models: Models, package: Package, encoder: Encoder, cache: VectorCache) -> list[Understanding]:
    """What all questions of a package mean to these models."""
    questions = [question for page in package.pages.values() for question in page.questions]
    understander = Understander(encoder=encoder, models=models)
    return understander.understand_all(
        questions,
        without=[None] * len(questions),
        vectors=lambda texts: cache.vectors(texts, lambda *_: None),
    )


def test_going_on_agrees_with_learning_anew(
    learned: Learn, grown: Models, with_new_topic: Package, encoder: Encoder, cache: VectorCache
) -> None:
    anew = learned(with_new_topic, None)
    pairs = [
        (one.topics[0].topic, other.topics[0].topic)
        for one, other in zip(
            *(understood(each, with_new_topic, encoder, cache) for each in (anew, grown)), strict=True
        )
        if one.topics and other.topics
    ]
    assert len(pairs) > 200
    assert np.mean([one == other for one, other in pairs]) > 0.95


def test_a_new_topic_is_found_by_a_question_that_is_not_in_its_list(grown: Models, encoder: Encoder) -> None:
    understander = Understander(encoder=encoder, models=grown)
    assert understander.understand("i am pregnant, my baby comes in june").topics[0].topic == NEW_TOPIC


def test_a_retired_topic_is_never_named_again(
    learned: Learn, grown: Models, small: Package, with_new_topic: Package, encoder: Encoder, cache: VectorCache
) -> None:
    without = learned(small, grown)
    named = {
        candidate.topic for each in understood(without, with_new_topic, encoder, cache) for candidate in each.topics
    }
    assert named == set(TOPICS)


def test_what_was_not_changed_is_understood_as_before(
    learned: Learn, models: Models, small: Package, encoder: Encoder, cache: VectorCache
) -> None:
    again = learned(changed(small, other_questions("reception/waiting-list", "nl")), models)
    elsewhere = changed(small, without_topic("reception/waiting-list"))
    before, after = (understood(each, elsewhere, encoder, cache) for each in (models, again))
    assert np.mean([one.outcome == other.outcome for one, other in zip(before, after, strict=True)]) > 0.99


def test_going_on_keeps_the_calibration_and_too_much_change_does_not(
    learned: Learn, models: Models, small: Package, package: Package
) -> None:
    near = learned(changed(small, other_questions("reception/waiting-list", "nl")), models)
    assert near.calibrated_on is models.calibrated_on
    far = learned(changed(package, only_topics(TOPICS[:4], LANGUAGES)), models)
    assert far.calibrated_on is not models.calibrated_on


@pytest.mark.parametrize(
    "change",
    [
        replaced(PAGE, "status: draft", "status: approved"),
        replaced(PAGE, "fact:waiting-list.year", "fact:waiting-list.months-2024-low"),
        replaced("reception/waiting-list/topic.yaml", "review_by: 20", "review_by: 21"),
        lambda files: {**files, "facts.yaml": f"{files['facts.yaml']}\n# another comment\n"},
    ],
)
def test_what_teaches_nothing_makes_nothing_learn_again(package: Package, encoder: Encoder, change: Change) -> None:
    assert content_hash(changed(package, change), encoder) == content_hash(package, encoder)


@pytest.mark.parametrize(
    "change",
    [
        other_questions("reception/waiting-list", "nl"),
        replaced(PAGE, "title: ", "title: Mijn "),
        replaced(PAGE, "arbeidsrechtbank", "vrederechter"),
        without_topic(NEW_TOPIC),
    ],
)
def test_what_teaches_something_is_learned_again(package: Package, encoder: Encoder, change: Change) -> None:
    before, after = content_hash(package, encoder), content_hash(changed(package, change), encoder)
    assert before != after
    assert before.rpartition("-")[2] == after.rpartition("-")[2]


def test_many_messages_at_once_mean_what_each_means_alone(package: Package, understander: Understander) -> None:
    pages = list(package.pages.values())[::40]
    questions = ["", "delete", "what is a code 207?", "不", *(page.questions[0] for page in pages), "no bed " * 60]
    encoder = make_encoder(Settings())
    together = understander.understand_all(questions, without=[None] * len(questions), vectors=encoder.encode)
    for question, found in zip(questions, together, strict=True):
        alone = understander.understand(question)
        assert (found.outcome, found.language, found.choices) == (alone.outcome, alone.language, alone.choices)
        assert found.confidence == pytest.approx(alone.confidence, abs=1e-3)
