"""What an editor is told of a page while it is typed: what the check says, in their language and at its field."""

import pytest

from admin.editing.explained import explained, explained_limits, place_of
from admin.editing.forms import FieldsOf, checked_fields, fields_of
from admin.editing.looking import (
    after_editing,
    joined,
    look_at,
    look_at_fact,
    look_at_topic,
    measures,
    showable_facts,
    source_beside,
    split,
    stamped,
)
from admin.editing.units import fact_unit, page_unit, topic_unit
from admin.texts import INTERFACES
from knowledge.pages import Package

TOPIC = "procedure/appeal"
DUTCH, ARABIC = page_unit(TOPIC, "nl"), page_unit(TOPIC, "ar")


def fields_with(package: Package, unit: str, **texts: str) -> FieldsOf:
    """The fields of a page with another title, short answer, details."""
    fields = fields_of(unit, package.sources[unit])
    said = {name: texts[name] for name in ("short_answer", "details") if name in texts}
    title = {"title": texts["title"]} if "title" in texts else {}
    return fields | title | {"texts": {"": fields["texts"][""] | said}}


def said_of(package: Package, unit: str, fields: FieldsOf, interface: str = "nl") -> list[tuple[str, int, str]]:
    """Field, line and words of each problem that stops publishing."""
    look = look_at(unit, fields, package=package, published=package)
    found = [explained(problem, interface=interface, page=look.page) for problem in look.problems if problem.blocks]
    return [(each.field, each.line, each.text) for each in sorted(found)]


def test_nothing_is_wrong_with_the_pages_as_they_stand(package: Package) -> None:
    for unit in (DUTCH, ARABIC, page_unit(TOPIC, "en"), page_unit("reception/emergency-shelter", "ti")):
        assert said_of(package, unit, fields_of(unit, package.sources[unit])) == []


@pytest.mark.parametrize(
    ("typed", "field", "line", "words"),
    [
        ({"title": ""}, "", 0, "geen titel"),
        ({"short_answer": " "}, "short_answer", 0, "geen kort antwoord"),
        ({"title": "Bel {{ fact:police.phone }}"}, "title", 0, "geen feit"),
        ({"details": "## Een\nNiets.\n\nBel 02 205 51 11 nu."}, "details", 4, "02 205 51 11"),
        ({"details": "Niets.\n\n<script>alert(1)</script>"}, "details", 3, "HTML"),
        ({"details": "Niets.\n\n# in\nmeer"}, "details", 0, "##"),
        ({"details": "Lees [dit](topic:procedure/nothing)."}, "details", 1, "nergens"),
        ({"details": "Lees {{ fact:no.such }} nu."}, "details", 1, "no.such"),
        ({"short_answer": "woord " * 61}, "short_answer", 0, "61 woorden"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_line(
    package: Package, typed: dict[str, str], field: str, line: int | None, words: str
) -> None:
    found = said_of(package, DUTCH, fields_with(package, DUTCH, **typed))
    if not field:
        field = "title"
    assert [each for each in found if each[:2] == (field, line) and words in each[2]], found


def test_a_page_in_the_wrong_language_is_found_and_said_in_each_interface(package: Package) -> None:
    dutch = fields_of(DUTCH, package.sources[DUTCH])
    fields = fields_of(ARABIC, package.sources[ARABIC]) | {"texts": dutch["texts"]}
    words = {interface: said_of(package, ARABIC, fields, interface) for interface in INTERFACES}
    assert any("niet in de taal" in each[2] for each in words["nl"])
    assert any("ne semble pas" in each[2] for each in words["fr"])
    assert any("does not seem" in each[2] for each in words["en"])


def test_a_fact_that_a_translation_loses_is_said_at_the_text_it_stood_in(package: Package) -> None:
    found = said_of(package, ARABIC, fields_with(package, ARABIC, details="كلمة"))
    assert any(field == "details" and "call.address" in words for field, _, words in found)


def test_a_question_of_another_topic_is_found_without_reading_every_page_again(package: Package) -> None:
    other = package.page("procedure/lawyer", "nl").questions[0]
    fields = fields_of(DUTCH, package.sources[DUTCH])
    place = len(fields["questions"]) + 1
    found = said_of(package, DUTCH, fields | {"questions": [*fields["questions"], other]})
    assert [(field, line) for field, line, _ in found] == [("questions", place)]
    assert "procedure/lawyer" in found[0][2]


def test_places_of_a_page_with_two_texts_are_told_apart(package: Package) -> None:
    page = next(page for page in package.pages.values() if len(page.texts) > 1)
    lines = page.source.split("\n")
    at_out = lines.index("# out") + 2
    assert place_of(page, at_out) == ("short_answer.out", 0)
    assert place_of(page, lines.index("# in") + 2) == ("short_answer.in", 0)
    assert place_of(page, 2) == ("title", 0)


def test_what_is_too_long_to_be_kept_is_said_at_its_field() -> None:
    with pytest.raises(ValueError, match="2 validation errors") as error:
        checked_fields(DUTCH, {"title": "a" * 1000, "texts": {"": {"details": "a" * 100_000}}})
    said = explained_limits(error.value, interface="nl")  # type: ignore[arg-type]
    assert [each.field for each in said] == ["title", "details"]
    assert "400" in said[0].text


def test_every_breach_of_a_rule_is_explained(package: Package) -> None:
    """No message of the check reaches an editor as it is written for the command line."""
    unit = topic_unit(TOPIC)
    fields = fields_of(unit, package.sources[unit])
    wrong = [
        *look_at_topic(
            unit, fields | {"who": "x", "team": "x", "related": ["x/y"], "counterpart": "a/b"}, package=package
        ),
        *look_at_topic(unit, fields | {"sources": []}, package=package),
        *look_at_topic(unit, fields | {"reviewed_on": None}, package=package),
        *look_at_topic(unit, fields | {"review_by": None}, package=package),
    ]
    known = {"kind": "value", "value": "x", "source": "s", "date": "2026"}
    for change in (
        {"source": ""},
        {"value": ""},
        {"kind": "euro", "value": "1.000"},
        {"kind": "euro", "value": "nan"},
        {"kind": "day", "value": "2026-02-31"},
        {"kind": "day", "value": "morgen"},
        {"kind": "weekdays"},
        {"kind": "weekdays", "weekdays": ["mon"], "opens": "29:00", "closes": "10:00"},
        {"texts": {"nl": "x"}},
    ):
        wrong += look_at_fact(fact_unit("a.b"), checked_fields(fact_unit("a.b"), known | change), package=package)[1]
    assert len(wrong) == 16
    unexplained = [each.message for each in wrong if explained(each, interface="nl").text == each.message]
    assert unexplained == []


def test_figures_are_those_the_check_goes_by(package: Package) -> None:
    figures = measures(package.page(TOPIC, "nl"))
    by_name = {figure.name: figure for figure in figures[""]}
    assert set(by_name) == {"short_words", "longest_sentence", "page_words", "ease"}
    assert by_name["short_words"].limit == 60
    assert all(figure.is_kept for figure in figures[""])
    assert "ease" not in {figure.name for figure in measures(package.page(TOPIC, "ti"))[""]}


def test_a_fact_that_is_not_there_is_shown_as_a_gap(package: Package) -> None:
    facts = showable_facts(["{{ fact:no.such }} {{ fact:police.phone }}"], language="nl", facts=package.facts)
    assert facts["no.such"].text("nl") == "[no.such ?]"
    assert facts["police.phone"] is package.facts["police.phone"]


def test_editing_takes_approval_away_and_gives_none() -> None:
    approved = {"status": "approved", "title": "a", "texts": {}, "questions": ["x"]}
    assert after_editing(approved | {"title": "b"}, [approved])["status"] == "reviewed"
    assert after_editing(approved | {"questions": []}, [approved])["status"] == "approved"
    assert after_editing(approved, [approved | {"status": "draft"}])["status"] == "reviewed"


def test_two_texts_of_one_and_one_of_two_lose_nothing() -> None:
    one = {"texts": {"": {"short_answer": "a", "details": "b"}}}
    two = split(one)
    assert two["texts"] == {"in": {"short_answer": "a", "details": "b"}, "out": {"short_answer": "a", "details": "b"}}
    assert joined(two) == one
    two["texts"]["out"] = {"short_answer": "c", "details": "d"}
    assert joined(two)["texts"] == {"": {"short_answer": "a", "details": "b\n\nc\n\nd"}}


def test_a_translation_is_stamped_with_its_source_as_it_stands(package: Package) -> None:
    fields = stamped({"translated_from": None}, topic=TOPIC, language="nl", package=package)
    assert fields["translated_from"] == {"language": "en", "hash": package.page(TOPIC, "en").hash}
    assert stamped({}, topic=TOPIC, language="en", package=package) == {}


def test_the_page_beside_is_the_source_or_the_one_that_is_asked_for(package: Package) -> None:
    def beside(language: str, wanted: str = "") -> str | None:
        page = source_beside(TOPIC, language, wanted=wanted, reader="nl", package=package)
        return page.language if page else None

    assert [beside("ar"), beside("ar", "fr"), beside("en"), beside("en", "en")] == ["en", "fr", "nl", None]
