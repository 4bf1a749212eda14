"""A change is told field by field, and with everything that it touches."""

from admin.editing.changes import Counts, UnitChange, counts_of, left_behind, reach_of, unit_changes, unit_texts
from admin.editing.units import UnitKind, with_units
from knowledge.pages import FACTS, Package, read_package

AR = "procedure/appeal/ar.md"
EN = "procedure/appeal/en.md"
TOPIC = "procedure/appeal/topic.yaml"


def test_a_page_says_which_of_its_fields_changed_in_its_own_language(package: Package) -> None:
    page = package.page("procedure/appeal", "ar")
    text = package.sources[AR].replace(page.title, f"{page.title} الآن", 1).replace("status: draft", "status: reviewed")
    change = UnitChange.of(AR, (package.sources[AR], text))
    assert [(field.name, field.language) for field in change.fields] == [("title", "ar"), ("status", None)]
    assert change.fields[0].after == f"{page.title} الآن"
    assert (change.kind, change.topic, change.language) == (UnitKind.PAGE, "procedure/appeal", "ar")


def test_what_a_page_says_in_two_situations_is_told_apart(package: Package) -> None:
    page = next(page for page in package.pages_in("en") if len(page.texts) == 2)
    answer = package.sources[page.path].partition("# out\n")[2].strip().splitlines()[0]
    changed = package.sources[page.path].replace(answer, f"Now: {answer}", 1)
    (field,) = UnitChange.of(page.path, (page.source, changed)).fields
    assert (field.name, field.part) == ("short_answer", "out")


def test_what_is_new_or_gone_is_told_whole(package: Package) -> None:
    new, gone = UnitChange.of(AR, (None, package.sources[AR])), UnitChange.of(AR, (package.sources[AR], None))
    assert (new.is_new, new.is_gone, gone.is_new, gone.is_gone) == (True, False, False, True)
    assert [field.after for field in new.fields] == [field.before for field in gone.fields]
    assert "questions" in [field.name for field in new.fields]


def test_of_the_file_with_the_facts_only_those_that_changed_are_told(package: Package) -> None:
    facts = package.sources[FACTS]
    new = facts.replace("Héger-Bordetstraat 3,", "Héger-Bordetstraat 5,", 1)
    assert new != facts
    (change,) = unit_changes({FACTS: (facts, new)})
    assert (change.kind, change.topic) == (UnitKind.FACT, "infopunt.address")
    assert [field.name for field in change.fields] == ["value"]
    assert list(unit_texts({FACTS: (None, facts)})) == [f"{FACTS}#{key}" for key in package.facts]


def test_a_fact_reaches_every_page_that_shows_it(package: Package) -> None:
    reach = reach_of(package, "infopunt.address")
    assert reach.pages
    assert all("fact:infopunt.address" in page.source for page in reach.pages)
    assert sum(reach.languages.values()) == len(reach.pages)
    others = [page for page in package.pages.values() if page not in reach.pages]
    assert not any("fact:infopunt.address " in page.source for page in others)
    assert "chat" in reach_of(package, "infopunt.phone").elsewhere


def test_changes_are_counted_by_language(package: Package) -> None:
    units = [AR, EN, "procedure/rights/en.md", TOPIC, f"{FACTS}#infopunt.phone"]
    assert counts_of(units) == Counts(pages={"en": 2, "ar": 1}, topics=1, facts=1)
    assert counts_of(units).all_pages == 3


def test_translations_that_a_change_leaves_behind_are_told_and_others_not(package: Package) -> None:
    title = package.page("procedure/appeal", "en").title
    text = package.sources[EN].replace(title, f"{title} now", 1)
    after = read_package(with_units(package.sources, {EN: text}), like=package)
    assert set(left_behind(package, after)) == {EN}
    assert "ar" in left_behind(package, after)[EN]
    assert left_behind(package, package) == {}
