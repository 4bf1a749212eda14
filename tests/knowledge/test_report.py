"""The report on the package: nothing that is missing, stale, due or open is left out."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from knowledge.pages import FOLDER, load_package
from knowledge.report import package_report

TOPIC = "reception/waiting-list"
BEFORE, AFTER = date(2026, 11, 22), date(2030, 1, 1)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of one topic and the facts, to be spoilt."""
    shutil.copytree(FOLDER / TOPIC, tmp_path / TOPIC)
    shutil.copy(FOLDER / "facts.yaml", tmp_path)
    return tmp_path


def row(folder: Path, today: date = BEFORE) -> list[str]:
    """The cells of the topic's line."""
    (line,) = [
        line for line in package_report(load_package(folder), today=today).splitlines() if f"| {TOPIC} |" in line
    ]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_language_has_its_status_and_number_of_questions(copy: Path) -> None:
    package = load_package(copy)
    assert row(copy)[1] == f"d{len(package.page(TOPIC, 'nl').questions)}"
    assert len(row(copy)) == 1 + 14 + 3


def test_a_missing_page_is_a_dash(copy: Path) -> None:
    (copy / TOPIC / "nl.md").unlink()
    assert row(copy)[1] == "-"


def test_a_page_whose_source_changed_is_marked_stale(copy: Path) -> None:
    source = copy / TOPIC / "en.md"
    source.write_text(source.read_text(encoding="utf-8").replace("Fedasil", "FEDASIL", 1), encoding="utf-8")
    assert row(copy)[1].startswith("d*")


def test_open_questions_are_counted_and_a_review_that_is_due_is_marked(copy: Path) -> None:
    topic = load_package(copy).topics[TOPIC]
    assert row(copy)[-2:] == [str(len(topic.open_questions)), str(topic.review_by)]
    assert row(copy, AFTER)[-1] == f"{topic.review_by}!"


def test_the_sums_are_those_of_the_pages(copy: Path) -> None:
    package = load_package(copy)
    questions = sum(len(page.questions) for page in package.pages.values())
    assert f"14 pages of 1 topics, {questions} questions" in package_report(package, today=BEFORE)
