"""A trial run: what a change of the package moves is told before anybody meets it."""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from knowledge.encoder import Encoder
from knowledge.pages import Package
from knowledge.training import load_understander, make_encoder, models_path, understanding_folder
from knowledge.trial.report import ALL, TrialReport, Verdict
from knowledge.trial.run import CHECKING, HELD_OUT, LEARNING, QUESTIONS, try_out
from knowledge.understand import Understander
from tests.changed_packages import OTHER_QUESTIONS, changed, other_questions, without_topic
from wegwijs.cli import app
from wegwijs.settings import Settings

RETIRED = "health/pregnancy"
LINES = [
    {
        "id": "1",
        "text": "how long is the waiting list",
        "lang": "en",
        "kind": "information",
        "topics": ["reception/waiting-list"],
    },
    {"id": "2", "text": "5 months pregnant and no doctor", "lang": "en", "kind": "information", "topics": [RETIRED]},
    {"id": "3", "text": "what is the score of anderlecht", "lang": "en", "kind": "off_topic", "topics": []},
    {"id": "4", "text": "i want to kill myself", "lang": "en", "kind": "danger", "topics": []},
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, understander: Understander) -> Settings:
    """A folder with what `make train` has kept, linked; and a small held-out set."""
    folder = tmp_path_factory.mktemp("trial")
    given = Settings(data_dir=folder / "data", held_out=folder / "held_out")
    shutil.copytree(understanding_folder(Settings()), understanding_folder(given), copy_function=os.link)
    given.held_out.mkdir()
    lines = "\n".join(json.dumps(line) for line in LINES)
    (given.held_out / "en.jsonl").write_text(lines, encoding="utf-8")
    return given


@pytest.fixture(scope="module")
def after(package: Package) -> Package:
    """A page asks for other questions, and a topic is retired."""
    return changed(package, other_questions("reception/waiting-list", "nl"), without_topic(RETIRED))


@pytest.fixture(scope="module")
def told() -> list[tuple[str, int, int]]:
    """What was told of the progress."""
    return []


@pytest.fixture(scope="module")
def report(package: Package, after: Package, settings: Settings, told: list[tuple[str, int, int]]) -> TrialReport:
    return try_out(package, after, settings=settings, progress=lambda *step: told.append(step))


def test_new_questions_are_better_understood_though_none_finds_itself(report: TrialReport) -> None:
    better = {move.text: move for move in report.moved(Verdict.BETTER, held_out=False)}
    found = [better[question] for question in OTHER_QUESTIONS if question in better]
    assert len(found) >= 2
    assert all("reception/waiting-list" in move.after.topics for move in found)


def test_a_retired_topic_is_offered_to_nobody_and_its_questions_are_told(report: TrialReport) -> None:
    assert not any(RETIRED in move.after.topics for move in report.moves)
    lost = [move for move in report.moves if move.topics == (RETIRED,)]
    assert len(lost) > 100
    assert {move.verdict for move in lost} == {Verdict.NEITHER}
    assert report.asked.retired == 1


def test_the_held_out_messages_are_all_asked_of_both(report: TrialReport) -> None:
    assert report.asked.held_out == len(LINES)
    assert report.before[ALL].messages == report.after[ALL].messages == len(LINES) - 1
    assert report.before[ALL].danger_found.part == 1


def test_of_the_questions_those_are_asked_that_can_move(report: TrialReport) -> None:
    assert 500 < report.asked.questions_run < report.asked.questions / 10


def test_the_progress_is_told_in_steps_that_end(report: TrialReport, told: list[tuple[str, int, int]]) -> None:
    names = list(dict.fromkeys(step for step, _, _ in told))
    steps = [step for step in names if step in {CHECKING, LEARNING, QUESTIONS, HELD_OUT}]
    assert steps == [CHECKING, LEARNING, QUESTIONS, HELD_OUT]
    assert {step for step, done, total in told if done == total} == set(names)


def test_the_report_goes_into_json_and_comes_back_the_same(report: TrialReport) -> None:
    assert TrialReport.model_validate_json(report.model_dump_json()) == report


def test_what_was_learned_for_the_trial_is_kept_for_publishing(
    report: TrialReport, after: Package, settings: Settings
) -> None:
    encoder: Encoder = make_encoder(settings)
    path = models_path(after, encoder, settings)
    assert report.models_after in path.name
    learned = path.stat().st_ino
    load_understander(after, settings)
    assert path.stat().st_ino == learned


def test_where_nothing_changed_nothing_moves_and_a_missing_held_out_set_is_said(
    package: Package, settings: Settings, tmp_path: Path
) -> None:
    without = settings.model_copy(update={"held_out": tmp_path / "nowhere"})
    report = try_out(package, package, settings=without, progress=lambda *_: None)
    assert report.models_before == report.models_after
    assert report.asked.held_out is None
    assert (report.moves, report.worsening, report.confusable, report.before) == ((), (), (), {})


def test_the_command_line_prints_what_a_publisher_should_know(
    package: Package, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wegwijs.cli.settings", lambda: settings)
    for path, text in package.sources.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["package", "try", str(tmp_path), str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "0 problems" in done.stdout
    assert f"{len(LINES)} held-out messages" in done.stdout
    assert "0 figures worse than their limit" in done.stdout
