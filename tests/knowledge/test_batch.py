"""The contract of `wegwijs ask`: a question, or a file of them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from knowledge.evaluation.questions import NotAQuestionFile, read_messages
from knowledge.understand import Understander
from translations.glossary import term
from wegwijs.cli import app


def test_a_batch_gives_one_line_per_question_in_the_agreed_form(tmp_path: Path, understander: Understander) -> None:
    questions, answers = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
    lines = [
        {"id": "1", "text": "waar kan ik slapen vannacht", "other": "ignored"},
        {"id": "2", "text": "delete"},
        {"id": "3", "text": ""},
        {"id": "4", "text": "\ufdfa" * 2000},
    ]
    questions.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["ask", "--batch", str(questions), "--out", str(answers)])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    for row in rows:
        assert set(row) == {"id", "language", "outcome", "topics", "confidence", "milliseconds"}
        assert len(row["topics"]) <= 5
        assert 0 <= row["confidence"] <= 1
    assert rows[0]["language"] == "nl"
    assert rows[0]["outcome"] == "answer"
    assert rows[0]["topics"][0] == "reception/emergency-shelter"
    assert rows[1]["outcome"] == "command"


def test_a_single_question_prints_the_answer_a_person_would_see(understander: Understander) -> None:
    done = CliRunner().invoke(app, ["ask", "ሎሚ ለይቲ ኣበይ ክድቅስ"])
    assert done.exit_code == 0, done.output
    assert "0800 99 340" in done.output
    assert "/ti/reception/emergency-shelter" in done.output


def test_the_meaning_of_a_word_is_printed_from_the_glossary() -> None:
    done = CliRunner().invoke(app, ["ask", "what is a code 207?"])
    assert term("code-207", "en").explanation in done.stdout


@pytest.mark.parametrize("line", ["not json", '{"id": 1}', "[]", '"text"', "null"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": "1", "text": "x"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(NotAQuestionFile, match=r"questions\.jsonl:2"):
        read_messages(path)
    assert CliRunner().invoke(app, ["ask", "--batch", str(path)]).exit_code == 2
