"""A new and a retired topic are drafts like any other; of a fact it is known what it touches."""

from datetime import date

import pytest

from admin.editing.drafts import draft_of, drafts, with_drafts
from admin.editing.fact_list import FactFilters, fact_rows, months_old
from admin.editing.forms import TopicFields
from admin.editing.matrix import Work
from admin.editing.topics import (
    SlugIsNotValid,
    TopicExists,
    TopicIsNeeded,
    begin_topic,
    keep_topic,
    retire_topic,
    slug_of,
)
from admin.editing.units import page_unit, topic_unit
from admin.editing.uses import (
    is_needed,
    outside_pages,
    pages_linking_to,
    pages_with_fact,
    sentences_with,
    topics_naming,
    uses_of_facts,
)
from admin.tables import Staff
from knowledge.pages import Package
from knowledge.served import ServedPackage
from wegwijs.storage import transaction

DAY = date(2026, 11, 22)
WHOLE = TopicFields(sources=["fedasil.be"], reviewed_on=DAY, review_by=DAY)


def begin(package: Package, editor: Staff, topic: str) -> None:
    """A new topic, begun in Dutch."""
    with transaction() as session:
        begin_topic(
            session,
            topic,
            fields=WHOLE,
            title="Iets nieuws",
            written_in="nl",
            languages_wanted=["ar", "xx"],
            by=editor.id or 0,
            package=package,
        )


def test_a_new_topic_is_a_draft_of_its_file_its_source_and_the_languages_chosen(
    published: ServedPackage, editor: Staff, package: Package
) -> None:
    begin(package, editor, "future/new-thing")
    with transaction() as session:
        found = {draft.unit: draft.fields or {} for draft in drafts(session)}
    pages = {code: page_unit("future/new-thing", code) for code in ("ar", "en", "nl")}
    assert set(found) == {topic_unit("future/new-thing"), *pages.values()}
    assert [found[pages[code]]["title"] for code in pages] == ["", "", "Iets nieuws"]


@pytest.mark.parametrize(
    ("topic", "error"),
    [
        ("future/Not Good", SlugIsNotValid),
        ("future/", SlugIsNotValid),
        ("nowhere/good", SlugIsNotValid),
        (f"future/{'a' * 61}", SlugIsNotValid),
        ("procedure/appeal", TopicExists),
        ("future/twice", TopicExists),
    ],
)
def test_a_topic_that_cannot_be_begun_leaves_no_draft(
    published: ServedPackage, editor: Staff, package: Package, topic: str, error: type[Exception]
) -> None:
    if topic == "future/twice":
        begin(package, editor, topic)
    with transaction() as session:
        before = len(drafts(session))
    with pytest.raises(error):
        begin(package, editor, topic)
    with transaction() as session:
        assert len(drafts(session)) == before


def test_a_retired_topic_goes_with_its_pages_and_is_taken_out_of_those_beside_it(
    published: ServedPackage, editor: Staff, package: Package
) -> None:
    topic = next(each for each in package.topics if topics_naming(package, each) and not is_needed(each))
    beside = [each.id for each in package.topics.values() if topic in each.related]
    with transaction() as session:
        retire_topic(session, topic, by=editor.id or 0, package=package)
        changed, problems = with_drafts(package, drafts(session))
    assert problems == []
    assert topic not in changed.topics
    assert not any(page.topic == topic for page in changed.pages.values())
    assert beside
    assert not any(topic in changed.topics[each].related for each in beside)
    with transaction() as session:
        keep_topic(session, topic, package=package)
        assert draft_of(session, topic_unit(topic)) is None
        assert draft_of(session, topic_unit(beside[0])) is not None


def test_a_topic_that_was_only_drafted_is_gone_at_once(
    published: ServedPackage, editor: Staff, package: Package
) -> None:
    begin(package, editor, "future/new-thing")
    with transaction() as session:
        retire_topic(session, "future/new-thing", by=editor.id or 0, package=package)
        assert drafts(session) == []


def test_the_pages_for_danger_and_of_the_glossary_cannot_be_retired(
    published: ServedPackage, editor: Staff, package: Package
) -> None:
    for topic in ("health/suicidal-thoughts", "procedure/appeal"):
        with pytest.raises(TopicIsNeeded), transaction() as session:
            retire_topic(session, topic, by=editor.id or 0, package=package)


def test_links_to_a_topic_are_found_in_the_texts_of_others(package: Package) -> None:
    found = {(page.topic, page.language) for page in pages_linking_to(package, "procedure/lawyer")}
    assert ("procedure/appeal", "nl") in found
    assert not any(topic == "procedure/lawyer" for topic, _ in found)


def test_what_a_fact_touches_is_every_page_and_sentence_with_it(package: Package) -> None:
    pages = pages_with_fact(package, "call.address")
    assert {page.language for page in pages} >= {"nl", "ar", "ti"}
    assert uses_of_facts(package)["call.address"] == len(pages)
    (sentence,) = sentences_with(package.page("procedure/appeal", "nl"), "call.address")
    assert sentence == "Uw advocaat schrijft het beroep en stuurt het aangetekend op: {{ fact:call.address }}."


def test_what_says_a_fact_outside_the_pages_is_known() -> None:
    assert "hours" in outside_pages("infopunt.hours")
    assert "chat" in outside_pages("emergency.phone")
    assert outside_pages("no.such") == ()


def test_facts_are_found_by_words_group_age_and_what_is_to_be_verified(package: Package) -> None:
    def keys(**filters: object) -> set[str]:
        asked = FactFilters(**filters)  # type: ignore[arg-type]
        return {row.key for row in fact_rows(package, Work(), asked, interface="nl", today=DAY)}

    assert keys() == set(package.facts)
    assert "cgrs.phone" in keys(words="205 51 11 cgvs")
    assert keys(group="cgrs") == {key for key in package.facts if key.startswith("cgrs.")}
    assert keys(to_verify=True) == {key for key, fact in package.facts.items() if fact.to_verify}
    assert "doctor-on-duty.phone" in keys(months=36)
    assert "council-of-state.days" not in keys(months=12)


@pytest.mark.parametrize(("dated", "months"), [("2024", 23), ("2026-05", 6), ("2026-11-20", 0), ("2027", 0), ("?", 0)])
def test_a_year_counts_from_its_end(dated: str, months: int) -> None:
    assert months_old(dated, DAY) == months


def test_a_short_name_is_made_of_a_title() -> None:
    assert slug_of("Bank account (free)!") == "bank-account-free"
    assert slug_of("ትግርኛ") == ""
