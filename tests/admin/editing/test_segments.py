"""Taken apart and put together again, a text is what it was, to the letter."""

from hypothesis import given
from hypothesis import strategies as st

from admin.editing.segments import Around, Fact, join, joined, kept, pieces, split
from knowledge.pages import Package

LINES = st.text(alphabet="ab ## - * \n\t[]() {{ fact:x }} topic: ጽ م", max_size=60)
MARKED = ["## Kop", "- punt", "* punt", "tekst", "{{ fact:a.b }}", "[w](topic:a/b)", "**vet**", "", " ", "\n"]
PARTS = st.lists(st.sampled_from(MARKED))


@given(LINES | PARTS.map("\n".join) | PARTS.map("".join))
def test_any_text_is_put_together_as_it_was(text: str) -> None:
    gaps, lines = split(text)
    assert join(gaps, lines) == text
    assert len(gaps) == len(lines) + 1
    assert all("\n" not in line for line in lines)
    assert all(joined(pieces(line)) == line for line in lines)


def test_every_line_of_the_package_is_a_line_of_its_own_without_its_mark(package: Package) -> None:
    for page in package.pages.values():
        for text in page.texts.values():
            gaps, lines = split(text.details)
            assert join(gaps, lines) == text.details
            assert len(lines) == sum(bool(line.strip()) for line in text.details.splitlines())
            assert not any(line.startswith(("#", "- ")) for line in lines)


def test_a_line_is_words_facts_and_links() -> None:
    line = "Ga **nu** naar [de {{ fact:a.b }} balie](topic:x/y), {{ fact:c }}."
    assert pieces(line) == (
        "Ga ",
        Around("**", ("nu",), "**"),
        " naar ",
        Around("[", ("de ", Fact("{{ fact:a.b }}"), " balie"), "](topic:x/y)"),
        ", ",
        Fact("{{ fact:c }}"),
        ".",
    )
    assert kept(line) == ["(topic:x/y)", "{{ fact:a.b }}", "{{ fact:c }}"]
