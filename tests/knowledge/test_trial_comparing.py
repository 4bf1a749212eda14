"""What a trial run makes of two understandings of one message."""

import pytest

from knowledge.evaluation.questions import INFORMATION, OFF_TOPIC, Question
from knowledge.trial.comparing import LIMITS, Pair, confusable, figures_of, worsening
from knowledge.trial.report import ALL, Verdict
from knowledge.understanding import Candidate, LanguageFound, Outcome, Understanding

TOPICS = {"health/dentist", "health/pharmacy", "health/hospital-bill"}


def understood(outcome: Outcome, *topics: str, detail: str | None = None) -> Understanding:
    return Understanding(
        language="en",
        language_found=LanguageFound.KNOWN,
        outcome=outcome,
        topics=tuple(Candidate(topic=topic, probability=0.3) for topic in topics),
        confidence=0.9,
        detail=detail,
    )


RIGHT = understood(Outcome.ANSWER, "health/dentist")
WRONG = understood(Outcome.ANSWER, "health/pharmacy")
OFFERED = understood(Outcome.CHOICES, "health/pharmacy", "health/dentist", "health/hospital-bill")
OFFERED_OTHERWISE = understood(Outcome.CHOICES, "health/dentist", "health/pharmacy", "health/hospital-bill")
UNKNOWN = understood(Outcome.UNKNOWN, "health/pharmacy")
DANGER = understood(Outcome.DANGER, "health/pharmacy", detail="medical")


def pair(
    before: Understanding,
    after: Understanding,
    *,
    kind: str = INFORMATION,
    topics: tuple[str, ...] = ("health/dentist",),
    text: str = "my tooth hurts",
) -> Pair:
    question = Question(id="1", text=text, lang="en", kind=kind, topics=topics)
    return Pair.of(question, before, after, held_out=True, topics=TOPICS)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (RIGHT, OFFERED, Verdict.WORSE),
        (OFFERED, UNKNOWN, Verdict.WORSE),
        (UNKNOWN, WRONG, Verdict.WORSE),
        (RIGHT, DANGER, Verdict.WORSE),
        (UNKNOWN, OFFERED, Verdict.BETTER),
        (WRONG, RIGHT, Verdict.BETTER),
        (WRONG, DANGER, Verdict.NEITHER),
    ],
)
def test_a_right_page_is_best_and_a_wrong_one_worse_than_none(
    before: Understanding, after: Understanding, verdict: Verdict
) -> None:
    move = pair(before, after).move
    assert move is not None
    assert move.verdict is verdict


def test_an_off_topic_message_is_best_not_understood() -> None:
    assert pair(UNKNOWN, WRONG, kind=OFF_TOPIC, topics=()).verdict is Verdict.WORSE
    assert pair(DANGER, OFFERED, kind=OFF_TOPIC, topics=()).verdict is Verdict.BETTER


def test_the_order_of_choices_is_no_move() -> None:
    assert pair(OFFERED, OFFERED_OTHERWISE).move is None


def test_what_asks_for_a_retired_topic_is_told_but_neither_better_nor_worse_and_in_no_figure() -> None:
    retired = pair(RIGHT, UNKNOWN, topics=("health/gone",))
    assert retired.verdict is Verdict.NEITHER
    assert retired.move is not None
    assert figures_of([retired, pair(RIGHT, RIGHT)], after=True)[ALL].messages == 1


def test_of_two_right_topics_the_one_that_stays_is_enough() -> None:
    assert pair(WRONG, RIGHT, topics=("health/gone", "health/dentist")).verdict is Verdict.BETTER


def test_topics_are_newly_confusable_when_two_more_questions_go_astray() -> None:
    one = [pair(RIGHT, WRONG, text="one")]
    assert confusable(one) == []
    (found,) = confusable([*one, pair(RIGHT, UNKNOWN, text="two"), pair(WRONG, WRONG, text="before too")])
    assert (found.asked, found.taken_for, found.before, found.after) == ("health/dentist", "health/pharmacy", 1, 3)
    assert found.examples == ("one", "two")


def test_a_figure_is_worse_only_beyond_its_limit() -> None:
    same = [pair(RIGHT, RIGHT)] * 400
    for lost, told in ((1, False), (5, True)):
        pairs = [*same, *[pair(RIGHT, UNKNOWN)] * lost]
        found = {each.figure for each in worsening(*(figures_of(pairs, after=after) for after in (False, True)))}
        assert ("R@1" in found) is told, found
    assert LIMITS["first"].overall == 0.5


def test_one_cry_for_help_lost_among_many_is_told() -> None:
    pairs = [
        *[pair(DANGER, DANGER, kind="danger", topics=())] * 400,
        pair(DANGER, UNKNOWN, kind="danger", topics=()),
    ]
    found = list(worsening(*(figures_of(pairs, after=after) for after in (False, True))))
    assert {each.figure for each in found} == {"danger recall"}
    assert {each.language for each in found} == {ALL, "en"}
