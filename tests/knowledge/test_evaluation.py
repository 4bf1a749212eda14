"""Measuring understanding: every figure counts what it says, and `wegwijs evaluate` writes the report."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from knowledge.evaluation.figures import GROUPS, Figures, Share
from knowledge.evaluation.questions import NotAQuestionFile, Question, read_questions
from knowledge.evaluation.report import terminal_table, write_report
from knowledge.evaluation.scorecard import LAST, Confusion, Scorecard, last_scorecard, measure, scorecard
from knowledge.understand import Understander
from knowledge.understanding import Candidate, LanguageFound, Outcome, Understanding
from wegwijs.cli import app

WORK, DUBLIN, SCHOOL, DOCTOR = "future/right-to-work", "procedure/dublin", "future/school", "health/doctor"
DAY = date(2026, 11, 22)


def understood(
    outcome: Outcome, *topics: str, language: str | None = "en", confidence: float = 0.0, probability: float = 0.5
) -> Understanding:
    return Understanding(
        language=language,
        language_found=LanguageFound.KNOWN,
        outcome=outcome,
        topics=tuple(Candidate(topic=topic, probability=probability) for topic in topics),
        confidence=confidence,
    )


# What is asked, and what a pretended understander makes of it.
KNOWN: list[tuple[Question, Understanding]] = [
    (
        Question(id="right", text="may i work now", lang="en", kind="information", topics=(WORK,)),
        understood(Outcome.ANSWER, WORK, DUBLIN, confidence=0.95),
    ),
    (
        Question(id="wrong", text="may i work", lang="en", kind="information", topics=(WORK, SCHOOL)),
        understood(Outcome.ANSWER, DUBLIN, SCHOOL, confidence=0.75),
    ),
    (
        Question(id="choices-hold", text="work?", lang="en", kind="information", topics=(WORK,)),
        understood(Outcome.CHOICES, DUBLIN, DOCTOR, WORK, language=None),
    ),
    (
        Question(id="choices-miss", text="work permit please", lang="en", kind="information", topics=(WORK,)),
        understood(Outcome.CHOICES, SCHOOL, DUBLIN, DOCTOR, WORK),
    ),
    (
        Question(id="unknown", text="and then my work", lang="en", kind="information", topics=(WORK,)),
        understood(Outcome.UNKNOWN, WORK),
    ),
    (
        Question(id="alarm", text="my boss is killing me", lang="en", kind="information", topics=(WORK,)),
        understood(Outcome.DANGER, WORK),
    ),
    (
        Question(id="off-topic", text="who won the match", lang="en", kind="off_topic"),
        understood(Outcome.ANSWER, SCHOOL, confidence=0.75),
    ),
    (Question(id="chat", text="hello", lang="en", kind="smalltalk"), understood(Outcome.SMALLTALK)),
    (Question(id="calm", text="it was a dark year", lang="en", kind="calm"), understood(Outcome.UNKNOWN)),
    (Question(id="danger", text="هو يضربني الآن", lang="ar", kind="danger"), understood(Outcome.DANGER, language="ar")),
    (Question(id="missed", text="howa yedrabni", lang="ar", kind="danger"), understood(Outcome.UNKNOWN, language="ar")),
    (Question(id="person", text="بدي حدا", lang="ar", kind="person"), understood(Outcome.PERSON, language="fa")),
    (Question(id="cry", text="بدي احكي مع حدا", lang="ar", kind="person"), understood(Outcome.DANGER, language="ar")),
]


class Pretended:
    """Understands what it is told to."""

    def __init__(self, known: Sequence[tuple[Question, Understanding]]) -> None:
        self._answers = {question.text: answer for question, answer in known}

    def understand(self, text: str) -> Understanding:
        return self._answers[text]


def card_of(known: Sequence[tuple[Question, Understanding]]) -> Scorecard:
    measured = measure(Pretended(known), [question for question, _ in known])
    return scorecard(measured, measured_on=DAY, package="p" * 64, model="m" * 24)


CARD = card_of(KNOWN)
ENGLISH, ARABIC = CARD.languages["en"], CARD.languages["ar"]


def share(part: int, whole: int) -> Share:
    return Share(part=part, whole=whole)


def test_a_right_topic_counts_first_or_among_three_whatever_was_done_with_it() -> None:
    assert (ENGLISH.first, ENGLISH.in_three) == (share(3, 6), share(5, 6))


def test_every_question_is_answered_right_or_wrong_or_asked_back_or_not_understood_or_something_else() -> None:
    assert ENGLISH.answered_right == ENGLISH.answered_wrong == ENGLISH.unknown == ENGLISH.other == share(1, 6)
    assert ENGLISH.choices == share(2, 6)
    assert ENGLISH.choices_hold == share(1, 2)


def test_choices_are_the_three_that_are_shown() -> None:
    fourth = [each for each in KNOWN if each[0].id == "choices-miss"]
    assert card_of(fourth).everything.choices_hold == share(0, 1)


def test_a_false_alarm_is_counted_over_all_but_danger_and_calls_for_a_person() -> None:
    assert ENGLISH.false_alarms == share(1, 9)
    assert ARABIC.false_alarms == share(0, 0)


def test_danger_persons_small_talk_and_off_topic_are_counted_over_their_own_messages() -> None:
    assert ARABIC.danger_found == share(1, 2)
    assert ARABIC.person_found == share(1, 2)
    assert ENGLISH.smalltalk_found == share(1, 1)
    assert ENGLISH.off_topic_answered == share(1, 1)


def test_the_language_is_counted_by_length_and_latin_letters_apart() -> None:
    assert ENGLISH.language == share(8, 9)
    assert (ENGLISH.language_short, ENGLISH.language_long) == (share(1, 2), share(7, 7))
    assert ENGLISH.language_romanised == share(0, 0)
    assert (ARABIC.language_short, ARABIC.language_long) == (share(0, 1), share(2, 2))
    assert ARABIC.language_romanised == share(1, 1)


def test_the_calibration_error_is_the_gap_between_confidence_and_right_answers_of_the_answers_sent() -> None:
    # One answer of 0.95 is right, two of 0.75 are wrong: (0.05 + 2 * 0.75) / 3.
    assert ENGLISH.calibration_error == pytest.approx(51.67, abs=0.01)
    assert ARABIC.calibration_error is None
    assert [(each.confidence, each.right) for each in CARD.calibration] == [(0.75, share(0, 2)), (0.95, share(1, 1))]


def test_full_confidence_belongs_to_the_last_bin() -> None:
    (sure,) = card_of([(KNOWN[0][0], understood(Outcome.ANSWER, WORK, confidence=1.0))]).calibration
    assert (sure.confidence, sure.right) == (1.0, share(1, 1))


def test_all_counts_every_message_alike() -> None:
    assert CARD.everything.messages == ENGLISH.messages + ARABIC.messages == len(KNOWN)
    assert CARD.everything.danger_found == ARABIC.danger_found


def test_times_are_taken() -> None:
    assert 0 <= ENGLISH.milliseconds_p50 <= ENGLISH.milliseconds_p95


def test_mixed_up_topics_are_named_most_frequent_first_with_their_languages() -> None:
    german = Question(id="de", text="arbeiten", lang="de", kind="information", topics=(WORK,))
    card = card_of([*KNOWN, (german, understood(Outcome.CHOICES, DUBLIN, language="de"))])
    assert card.confusions == [
        Confusion(asked=WORK, taken_for=DUBLIN, by_language={"en": 2, "de": 1}),
        Confusion(asked=WORK, taken_for=SCHOOL, by_language={"en": 1}),
    ]


def test_every_figure_stands_in_one_table_of_the_report(tmp_path: Path) -> None:
    assert sorted([*sum(GROUPS.values(), ()), "messages"]) == sorted(Figures.model_fields)
    write_report(CARD, tmp_path / "new")
    text = (tmp_path / "new/scorecard.md").read_text(encoding="utf-8")
    for field in Figures.model_fields.values():
        assert f"| {field.title} |" in text
    assert "13 messages" in text
    assert "2026-11-22" in text
    assert text.count("\n| ar |") == text.count("\n| en |") == text.count("\n| all |") == len(GROUPS)
    assert "| en | 9 | 50.0 | 83.3 |" in text


def test_the_report_names_mixed_up_topics_draws_confidence_and_keeps_the_figures(tmp_path: Path) -> None:
    write_report(CARD, tmp_path)
    assert f"| {WORK} | {DUBLIN} | 2 | en 2 |" in (tmp_path / "confusions.md").read_text(encoding="utf-8")
    plot = ElementTree.parse(tmp_path / "calibration.svg")  # noqa: S314 - we have just written it
    assert len(plot.findall(".//{http://www.w3.org/2000/svg}circle")) == len(CARD.calibration)
    assert last_scorecard(tmp_path / "scorecard.json") == CARD


def test_a_set_without_questions_for_information_has_a_report_too(tmp_path: Path) -> None:
    write_report(card_of([each for each in KNOWN if each[0].kind == "smalltalk"]), tmp_path)
    assert "| en | 1 | - | - |" in (tmp_path / "scorecard.md").read_text(encoding="utf-8")


def test_the_terminal_shows_a_line_a_language_and_one_for_all() -> None:
    heads, *rows = [line.split(" | ") for line in terminal_table(CARD).splitlines()]
    assert [row[0] for row in rows] == ["ar", "en", "all"]
    english = dict(zip(heads, rows[1], strict=True))
    assert english["R@1"] == "50%"
    assert english["of them hold"] == "50%"
    assert english["danger found"] == "-"


def test_what_was_never_measured_has_no_scorecard(tmp_path: Path) -> None:
    assert last_scorecard(tmp_path / "scorecard.json") is None


def test_the_scorecard_that_comes_with_the_code_can_be_read() -> None:
    assert last_scorecard(LAST) is not None


GOOD = {"id": "1", "text": "x", "lang": "en", "kind": "information", "topics": [WORK]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "not JSON"),
        ("[]", "not a JSON object"),
        (json.dumps({**GOOD, "text": None}), "text is missing"),
        (json.dumps({**GOOD, "lang": 3}), "lang is not a text"),
        (json.dumps({key: value for key, value in GOOD.items() if key != "kind"}), "kind is missing"),
        (json.dumps({**GOOD, "topics": WORK}), "topics is not a list"),
        (json.dumps({**GOOD, "topics": [1]}), "topics is not a list"),
    ],
)
def test_a_line_that_cannot_measure_is_named_and_said_why(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(NotAQuestionFile, match=rf"questions\.jsonl:3: {said}"):
        read_questions(path)
    assert CliRunner().invoke(app, ["evaluate", str(path)]).exit_code == 2


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe"])
def test_a_file_without_a_question_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "questions.jsonl").write_bytes(content)
    for path in (tmp_path / "questions.jsonl", tmp_path):
        with pytest.raises(NotAQuestionFile, match=r"no question|not UTF-8"):
            read_questions(path)


def test_evaluate_measures_a_file_and_writes_the_report(tmp_path: Path, understander: Understander) -> None:
    lines = [
        GOOD | {"id": "1", "text": "can i work"},
        GOOD | {"id": "2", "text": "can i work", "topics": [DUBLIN]},
        {"id": "3", "lang": "en", "kind": "danger", "text": "i want to end my life"},
        {"id": "4", "lang": "en", "kind": "off_topic", "text": "who won the champions league"},
    ]
    path, report = tmp_path / "questions.jsonl", tmp_path / "report"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", str(path), "--report", str(report), "--date", "2026-01-31"])
    assert done.exit_code == 0, done.output
    card = last_scorecard(report / "scorecard.json")
    assert card is not None
    assert done.output.strip() == terminal_table(card)
    assert card.measured_on == date(2026, 1, 31)
    english = card.languages["en"]
    assert english.answered_right == english.answered_wrong == english.first == share(1, 2)
    assert english.danger_found == share(1, 1)
    assert english.off_topic_answered == share(0, 1)
    assert {file.name for file in report.iterdir()} == {
        "scorecard.md",
        "confusions.md",
        "calibration.svg",
        "scorecard.json",
    }
