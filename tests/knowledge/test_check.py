"""The package check: every breach of the writing rules is named with its file and line."""

import shutil
from pathlib import Path

import pytest

from knowledge.check import check_package
from knowledge.pages import FOLDER, InvalidPackage, load_package
from knowledge.stamp import stamped

TOPIC = "reception/waiting-list"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of one topic and the facts, to be spoilt."""
    shutil.copytree(FOLDER / TOPIC, tmp_path / TOPIC)
    shutil.copy(FOLDER / "facts.yaml", tmp_path)
    return tmp_path


def problems(folder: Path, language: str = "nl") -> list[str]:
    found = [str(problem) for problem in check_package(load_package(folder), language=language)]
    # The neighbours of the topic are not in the copy.
    return [problem for problem in found if "leads nowhere" not in problem]


def change(folder: Path, old: str, new: str, language: str = "nl") -> None:
    path = folder / TOPIC / f"{language}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_whole_package_is_clean() -> None:
    package = load_package()
    assert [str(problem) for problem in check_package(package)] == []
    assert len(package.pages) == 142 * 14
    assert min(len(page.questions) for page in package.pages.values()) >= 10


def test_a_clean_copy_has_no_problems(copy: Path) -> None:
    assert problems(copy) == []


def test_an_unknown_fact_is_named_with_its_line(copy: Path) -> None:
    change(copy, "{{ fact:infopunt.phone }}", "{{ fact:infopunt.telefoon }}")
    assert any("unknown fact infopunt.telefoon" in problem and ":1:" not in problem for problem in problems(copy))


def test_a_fact_in_a_title_is_refused(copy: Path) -> None:
    change(copy, "title: ", "title: '{{ fact:infopunt.phone }}' # ")
    assert any("no fact in a title" in problem for problem in problems(copy))


def test_a_lost_placeholder_is_an_error(copy: Path) -> None:
    change(copy, "{{ fact:infopunt.phone }}", "het nummer")
    assert any("infopunt.phone }} is lost" in problem for problem in problems(copy))


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ("Bel 0800 32 746.", "literal phone number '0800 32 746'"),
        ("Dat kost 25 euro.", "literal figure '25'"),
        ("Kom naar de Koningsstraat.", "literal street address"),
        ("Venez rue: Rue Royale.", "literal street address"),
    ],
)
def test_literal_numbers_and_addresses_are_refused(copy: Path, literal: str, message: str) -> None:
    path = copy / TOPIC / "nl.md"
    path.write_text(path.read_text(encoding="utf-8") + f"\n{literal}\n", encoding="utf-8")
    last_line = len(path.read_text(encoding="utf-8").splitlines())
    assert any(message in problem and f":{last_line}:" in problem for problem in problems(copy))


def test_official_names_with_a_figure_are_allowed(copy: Path) -> None:
    path = copy / TOPIC / "nl.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nUw bijlage 26quater en code 207.\n", encoding="utf-8")
    assert problems(copy) == []


def test_a_missing_language_is_named(copy: Path) -> None:
    (copy / TOPIC / "so.md").unlink()
    assert problems(copy, "so") == [f"{TOPIC}/so.md:1: missing language: Somali"]


@pytest.mark.parametrize(("code", "other"), [("nl", "en"), ("fa", "ar"), ("ps", "fa"), ("so", "sq"), ("es", "pt")])
def test_a_text_in_another_language_is_seen(copy: Path, code: str, other: str) -> None:
    front = (copy / TOPIC / f"{code}.md").read_text(encoding="utf-8").split("---\n", 2)[1]
    body = (copy / TOPIC / f"{other}.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    (copy / TOPIC / f"{code}.md").write_text(f"---\n{front}---\n{body}", encoding="utf-8")
    assert any("the text is not in" in problem for problem in problems(copy, code))


def test_a_short_answer_that_is_too_long_is_counted(copy: Path) -> None:
    change(
        copy,
        (copy / TOPIC / "nl.md").read_text(encoding="utf-8").split("---\n", 2)[2].strip()[:20],
        "Een woord. " * 50 + "En dan ",
    )
    assert any("short answer of" in problem and "at most 60" in problem for problem in problems(copy))


@pytest.mark.parametrize("place", [0, -1])
def test_a_script_is_refused_in_the_short_answer_and_in_the_details(copy: Path, place: int) -> None:
    body = (copy / TOPIC / "nl.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    line = [line for line in body.splitlines() if line][place]
    change(copy, line, f"{line} <script>alert(1)</script>")
    assert any("only ## headings" in problem for problem in problems(copy))


def test_the_same_question_twice_is_named_with_its_other_place(copy: Path) -> None:
    questions = load_package(copy).page(TOPIC, "nl").questions
    change(copy, "questions:\n", f'questions:\n  - "{questions[3].upper()}"\n')
    assert any("stands in reception/waiting-list (nl) too" in problem for problem in problems(copy))


def test_a_translation_whose_source_changed_is_stale_until_it_is_stamped(copy: Path) -> None:
    change(copy, "title: ", "title: Now ", language="en")
    package = load_package(copy)
    assert package.is_stale(package.page(TOPIC, "nl"))
    for path, text in stamped(package, language="nl").items():
        (copy / path).write_text(text, encoding="utf-8")
    package = load_package(copy)
    assert not package.is_stale(package.page(TOPIC, "nl"))
    assert package.is_stale(package.page(TOPIC, "fr"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("status: draft", "status: perfect", "status 'perfect'"),
        ("---\n", "", "front matter"),
        ("title: ", "titel: ", "missing field 'title'"),
        ("questions:", "questions: [", "expected"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(copy: Path, old: str, new: str, message: str) -> None:
    change(copy, old, new)
    with pytest.raises(InvalidPackage, match=f"{TOPIC}/nl.md") as caught:
        load_package(copy)
    assert message in str(caught.value)


def test_a_fact_without_a_source_is_refused(copy: Path) -> None:
    with (copy / "facts.yaml").open("a", encoding="utf-8") as file:
        file.write('\nnew.phone: {phone: "02 000 00 00", date: 2026}\n')
    with pytest.raises(InvalidPackage, match=r"new\.phone: a fact needs its source and date"):
        load_package(copy)
