"""Pages with two texts: one for people with a reception place, one for people without."""

from pathlib import Path

import pytest

from knowledge.pages import InvalidPackage, Package, Situation, load_package, read_page

HEAD = "---\ntitle: Medicines\nstatus: draft\nquestions: [pills]\n---\n"
TWO = HEAD + "# in\nAsk the nurse.\n\n## When?\nToday.\n\n# out\nAsk a doctor.\n\n## Where?\nHere.\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "health/pharmacy/en.md"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_each_situation_gets_its_own_text(tmp_path: Path) -> None:
    page = read_page(written(tmp_path, TWO))
    assert {situation: text.short_answer for situation, text in page.texts.items()} == {
        Situation.IN: "Ask the nurse.",
        Situation.OUT: "Ask a doctor.",
    }
    assert [text.details for text in page.texts_for(Situation.OUT).values()] == ["## Where?\nHere."]


def test_who_has_not_said_where_they_stay_gets_both(tmp_path: Path) -> None:
    assert list(read_page(written(tmp_path, TWO)).texts_for(None)) == [Situation.IN, Situation.OUT]


def test_one_text_is_for_everybody(tmp_path: Path) -> None:
    page = read_page(written(tmp_path, HEAD + "Ask.\n"))
    assert list(page.texts_for(Situation.IN)) == [None]


@pytest.mark.parametrize(
    "body", ["# in\nOnly one.\n", "# out\nB.\n\n# in\nA.\n", "First.\n\n# in\nA.\n\n# out\nB.\n", "# here\nA.\n"]
)
def test_half_a_pair_is_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(ValueError, match="two texts"):
        read_page(written(tmp_path, HEAD + body))


def test_a_changed_second_text_changes_the_fingerprint(tmp_path: Path) -> None:
    first = read_page(written(tmp_path / "a", TWO))
    second = read_page(written(tmp_path / "b", TWO.replace("Ask a doctor", "Call a doctor")))
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
def test_a_topic_may_say_that_a_person_must_look_at_it(tmp_path: Path, line: str, needed: bool) -> None:
    assert load_package(_with_topic(tmp_path, line)).topics["health/pharmacy"].needs_person is needed


def test_a_topic_that_says_it_otherwise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage, match="needs_person"):
        load_package(_with_topic(tmp_path, "needs_person: perhaps"))


def _with_topic(folder: Path, line: str) -> Path:
    page = written(folder, HEAD + "Ask.\n")
    (folder / "facts.yaml").write_text("{}", encoding="utf-8")
    topic = f"id: health/pharmacy\nwho: any\nteam: medical\n{line}\nsources: [x]\n"
    dates = "reviewed_on: 2026-01-01\nreview_by: 2026-06-01\n"
    page.with_name("topic.yaml").write_text(topic + dates, encoding="utf-8")
    return folder


def test_a_topic_that_needs_a_person_is_the_same_in_every_situation(package: Package) -> None:
    needed = [topic for topic in package.topics.values() if topic.needs_person]
    assert needed
    assert not [topic.id for topic in needed if topic.counterpart is not None]
