"""Pages with two texts: one for people with a reception place, one for people without."""

import pytest

from knowledge.pages import InvalidPackage, Package, Page, Situation, read_package, read_page

HEAD = "---\ntitle: Medicines\nstatus: draft\nquestions: [pills]\n---\n"
TWO = HEAD + "# in\nAsk the nurse.\n\n## When?\nToday.\n\n# out\nAsk a doctor.\n\n## Where?\nHere.\n"


def page_of(text: str) -> Page:
    return read_page("health/pharmacy/en.md", text)


def test_each_situation_gets_its_own_text() -> None:
    page = page_of(TWO)
    assert {situation: text.short_answer for situation, text in page.texts.items()} == {
        Situation.IN: "Ask the nurse.",
        Situation.OUT: "Ask a doctor.",
    }
    assert [text.details for text in page.texts_for(Situation.OUT).values()] == ["## Where?\nHere."]


def test_who_has_not_said_where_they_stay_gets_both() -> None:
    assert list(page_of(TWO).texts_for(None)) == [Situation.IN, Situation.OUT]


def test_one_text_is_for_everybody() -> None:
    page = page_of(HEAD + "Ask.\n")
    assert list(page.texts_for(Situation.IN)) == [None]


@pytest.mark.parametrize(
    "body", ["# in\nOnly one.\n", "# out\nB.\n\n# in\nA.\n", "First.\n\n# in\nA.\n\n# out\nB.\n", "# here\nA.\n"]
)
def test_half_a_pair_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="two texts"):
        page_of(HEAD + body)


def test_a_changed_second_text_changes_the_fingerprint() -> None:
    first = page_of(TWO)
    second = page_of(TWO.replace("Ask a doctor", "Call a doctor"))
    assert first.hash != second.hash


def test_a_counterpart_answers_for_the_other_situation(package: Package) -> None:
    inside, outside = "health/doctor-in-centre", "health/care-outside-reception"
    assert package.topic_for(inside, Situation.OUT) == outside
    assert package.topic_for(outside, Situation.IN) == inside
    assert package.topic_for(inside, Situation.IN) == inside
    assert package.topic_for(inside, None) == inside


@pytest.mark.parametrize(
    ("line", "needed"), [("", False), ("needs_person: true", True), ("needs_person: false", False)]
)
def test_a_topic_may_say_that_a_person_must_look_at_it(line: str, needed: bool) -> None:
    assert _with_topic(line).topics["health/pharmacy"].needs_person is needed


def test_a_topic_that_says_it_otherwise_is_refused() -> None:
    with pytest.raises(InvalidPackage, match="needs_person"):
        _with_topic("needs_person: perhaps")


def _with_topic(line: str) -> Package:
    topic = f"id: health/pharmacy\nwho: any\nteam: medical\n{line}\nsources: [x]\n"
    dates = "reviewed_on: 2026-01-01\nreview_by: 2026-06-01\n"
    return read_package({"facts.yaml": "{}", "health/pharmacy/topic.yaml": topic + dates})


def test_what_did_not_change_is_not_read_again(package: Package) -> None:
    path = "procedure/appeal/nl.md"
    changed = read_package({**package.sources, path: package.sources[path].replace("beroep", "Beroep")}, like=package)
    assert changed.page("procedure/appeal", "nl") != package.page("procedure/appeal", "nl")
    assert changed.page("procedure/appeal", "fr") is package.page("procedure/appeal", "fr")
    assert changed.facts is package.facts
    assert list(changed.topics) == list(package.topics)
    assert changed.fingerprint != package.fingerprint


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("../secrets.md", HEAD + "Ask.\n", "no file of a package"),
        ("health/pharmacy/en.md", HEAD + "Ask. " * 250_000, "at most"),
        ("health/pharmacy/en.md", "---\ntitle: x\n---\nAsk.\n", "missing field 'status'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_why(package: Package, path: str, text: str, why: str) -> None:
    with pytest.raises(InvalidPackage, match=why) as found:
        read_package({**package.sources, path: text}, like=package)
    assert [problem.path for problem in found.value.problems] == [path]
