"""What an editor did not change stays in the file as it was written, to the letter."""

from dataclasses import replace

import pytest

from knowledge.page_file import entry, scalar, with_entry, written_page
from knowledge.pages import Package, Page, read_page
from translations.tables import read_yaml


def written(page: Page, *, like: Page | None) -> str:
    return written_page(
        page.path,
        title=page.title,
        status=page.status,
        translated_from=page.translated_from,
        questions=page.questions,
        texts=page.texts,
        like=like,
    )


def test_a_page_that_says_the_same_is_the_same_file(package: Package) -> None:
    assert all(written(page, like=page) == page.source for page in package.pages.values())


def test_every_page_can_be_written_anew_and_says_the_same(package: Package) -> None:
    for page in package.pages.values():
        anew = read_page(page.path, written(page, like=None))
        assert (anew.hash, anew.title, anew.questions, anew.status) == (
            page.hash, page.title, page.questions, page.status,
        )  # fmt: skip


def test_another_question_changes_one_line(package: Package) -> None:
    page = package.page("procedure/appeal", "nl")
    changed = replace(page, questions=(*page.questions[:3], 'en "mijn" termijn: #1, wat nu?', *page.questions[3:]))
    new, old = written(changed, like=page).splitlines(), page.source.splitlines()
    assert [line for line in new if line not in old] == ['  - "en \\"mijn\\" termijn: #1, wat nu?"']
    assert [line for line in old if line not in new] == []
    assert read_page(page.path, "\n".join(new)).questions == changed.questions


@pytest.mark.parametrize(
    "text", ["yes", "12", "2026-01-01", "a: b", "- x", "#1", "'", '"', "{{ x }}", " x ", "a\nb", "ø ደ ل"]
)
def test_a_text_comes_back_from_yaml_as_it_was(text: str) -> None:
    assert read_yaml(f"- {scalar(text)}") == [text]
    assert read_yaml(f"k: {{v: {scalar(text)}, w: 1}}") == {"k": {"v": text, "w": 1}}


def test_a_changed_fact_changes_its_lines_only(package: Package) -> None:
    source = package.sources["facts.yaml"]
    lines = 'infopunt.address: {value: "Hier 1", source: "s", date: 2026}\n'
    changed = with_entry(source, "infopunt.address", lines)
    assert entry(changed, "infopunt.address") == lines
    gone = entry(source, "infopunt.address")
    assert gone is not None
    assert changed.replace(lines, gone) == source
    assert read_yaml(changed)["infopunt.address"]["value"] == "Hier 1"


def test_each_fact_can_be_taken_out_and_put_back(package: Package) -> None:
    source = package.sources["facts.yaml"]
    for key in package.facts:
        lines = entry(source, key)
        assert lines is not None
        assert list(read_yaml(lines)) == [key]
        assert key not in read_yaml(with_entry(source, key, None))
        assert with_entry(source, key, lines) == source


def test_a_new_entry_comes_at_the_end() -> None:
    assert with_entry("a: 1\n", "b", "b: 2") == "a: 1\nb: 2\n"
    assert with_entry("a: 1", "b", "b:\n  c: 2\n") == "a: 1\nb:\n  c: 2\n"
    assert entry("a: 1\nb:\n  c: 2\n# next\nd: 3\n", "b") == "b:\n  c: 2\n"
