"""What an editor fills in becomes a file of the package, and what they leave alone stays to the letter."""

import pytest
from pydantic import ValidationError

from admin.editing.forms import FactFields, NotWritable, PageFields, TopicFields, checked_fields, fields_of, written
from admin.editing.units import fact_unit, page_unit, text_of, topic_unit, with_units
from knowledge.page_file import entry
from knowledge.pages import FACTS, Package, read_page, read_topic
from translations.tables import read_yaml

PAGE = page_unit("procedure/appeal", "ar")
FACT = fact_unit("infopunt.address")


def test_every_unit_of_the_package_is_kept_to_the_letter_when_nothing_is_changed(package: Package) -> None:
    units = [path for path in package.sources if path != FACTS] + [fact_unit(key) for key in package.facts]
    for unit in units:
        text = text_of(package.sources, unit)
        assert text is not None
        assert written(unit, fields_of(unit, text), sources=package.sources) == text


def test_every_fact_can_be_written_anew_and_says_the_same(package: Package) -> None:
    for key in package.facts:
        lines = entry(package.sources[FACTS], key)
        assert lines is not None
        assert read_yaml(FactFields.of(lines).written(key, like=None)) == read_yaml(lines)


def test_every_topic_can_be_written_anew_and_says_the_same(package: Package) -> None:
    for topic in package.topics.values():
        anew = TopicFields.of(topic).written(topic.path, like=None)
        assert read_yaml(anew) == {key: value for key, value in read_yaml(topic.source).items() if value != []}
        assert read_topic(topic.path, anew).related == topic.related


def test_a_changed_address_changes_one_entry(package: Package) -> None:
    fields = fields_of(FACT, text_of(package.sources, FACT) or "") | {"value": "Nieuwstraat 1, 1000 Brussel: 2de {x}"}
    changed = with_units(package.sources, {FACT: written(FACT, fields, sources=package.sources)})
    assert read_yaml(changed[FACTS])["infopunt.address"]["value"] == "Nieuwstraat 1, 1000 Brussel: 2de {x}"
    old, new = package.sources[FACTS].splitlines(), changed[FACTS].splitlines()
    assert len([line for line in new if line not in old]) == 1
    assert len(old) == len(new)


@pytest.mark.parametrize(
    ("unit", "fields", "why"),
    [
        (PAGE, PageFields(title="x").model_dump(mode="json"), "short answer"),
        (FACT, {"kind": "value", "value": "x", "source": "", "date": "2026"}, "needs its source and date"),
        (FACT, {"kind": "value", "value": "x", "source": "s", "date": ""}, "needs its source and date"),
        (FACT, {"kind": "euro", "value": "ten", "source": "s", "date": "2026"}, "ten"),
        (FACT, {"kind": "day", "value": "2026-13-01", "source": "s", "date": "2026"}, "month"),
        (FACT, {"kind": "phone", "value": "", "source": "s", "date": "2026"}, "no value"),
        (topic_unit("health/new"), {"who": "any", "team": "medical"}, "'sources' is missing"),
    ],
)
def test_what_is_not_whole_is_refused_with_why(
    package: Package, unit: str, fields: dict[str, object], why: str
) -> None:
    with pytest.raises(NotWritable, match=why) as found:
        written(unit, fields, sources=package.sources)
    assert found.value.problem.path == unit


@pytest.mark.parametrize(
    "fields",
    [
        {"texts": {"": {"short_answer": "x", "details": "a" * 1_000_000}}},
        {"title": "a" * 1_000_000},
        {"questions": ["x"] * 1000},
        {"texts": {"in": {}}},
        {"status": "perfect"},
        {"body": "x"},
    ],
)
def test_what_is_endless_or_unknown_is_not_even_kept(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        checked_fields(PAGE, fields)


def test_half_a_page_is_kept_as_it_was_typed() -> None:
    assert checked_fields(PAGE, {"title": "نصف", "questions": ["", "a"]})["questions"] == ["", "a"]


def test_a_second_text_makes_a_page_for_two_situations(package: Package) -> None:
    fields = fields_of(PAGE, package.sources[PAGE])
    fields["texts"] = {"out": {"short_answer": "ب", "details": ""}, "in": {"short_answer": "ا", "details": "## س\r\nج"}}
    page = read_page(PAGE, written(PAGE, fields, sources=package.sources))
    assert [(name, text.short_answer, text.details) for name, text in page.texts.items()] == [
        ("in", "ا", "## س\nج"),
        ("out", "ب", ""),
    ]
