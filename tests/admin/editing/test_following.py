"""A process that follows serves what was published, texts at once and understanding with them."""

from functools import partial
from pathlib import Path

import pytest
from sqlmodel import delete

from admin.editing.following import PublishedFollower
from admin.editing.learned import PART_BYTES, fetch_models, store_models
from admin.editing.published import NothingPublished, Publishing, publish, return_to
from admin.editing.tables import LearnedPart
from bot.replies import Renderer, Reply
from knowledge.pages import Package, Sources, page_path, read_package
from knowledge.served import OfServed, ServedPackage
from wegwijs.storage import engine, now, transaction

TOPIC = "procedure/appeal"


class Notes:
    """Stands where the process that understands does: tests/wegwijs try the real one. Notes what it was asked."""

    def __init__(self, models: Path) -> None:
        self.models = models
        self.exchanged: list[Sources] = []
        self.fails = False

    async def models_file(self, _sources: Sources) -> Path:
        if self.fails:
            raise RuntimeError("died")
        return self.models

    async def exchange(self, sources: Sources, models: Path) -> None:
        assert models == self.models
        self.exchanged.append(sources)


def renderer(served: ServedPackage) -> OfServed[Renderer]:
    return OfServed(served, partial(Renderer.of_version, url=None))


def changed(package: Package) -> Package:
    path = page_path(TOPIC, "nl")
    return read_package({**package.sources, path: package.sources[path].replace("title: ", "title: Nieuw ", 1)})


async def test_what_is_published_is_answered_with_its_version(published: ServedPackage, package: Package) -> None:
    rendered = renderer(published)
    follower = PublishedFollower(published, understanding=None)
    await follower.follow()
    assert published.number == 1
    with transaction() as session:
        publish(session, changed(package), Publishing(why="x"))
    await follower.follow()
    button = rendered().render(Reply("related", {"topic": "procedure/refusal"}), language="nl", moment=now())
    answer = rendered().render(Reply("answer", {"topic": TOPIC}), language="nl", moment=now())
    assert any("Nieuw" in each.label for each in button.buttons)
    assert answer.content()["version"] == 2
    with transaction() as session:
        return_to(session, 1, by=None, why="x")
    await follower.follow()
    assert published.number == 3
    assert published.package.sources == package.sources
    answer = rendered().render(Reply("answer", {"topic": TOPIC}), language="nl", moment=now())
    assert answer.content()["version"] == 3


async def test_a_topic_that_goes_is_no_button_that_works_any_more(published: ServedPackage, package: Package) -> None:
    topics = OfServed(published, lambda _number, package: frozenset(package.topics))
    follower = PublishedFollower(published, understanding=None)
    assert TOPIC in topics()
    with transaction() as session:
        gone = {path: text for path, text in package.sources.items() if not path.startswith(f"{TOPIC}/")}
        publish(session, read_package(gone, like=package), Publishing(why="retired"))
    await follower.follow()
    assert TOPIC not in topics()


async def test_before_the_first_version_the_files_are_served(in_database: None, package: Package) -> None:
    served = ServedPackage(package)
    follower = PublishedFollower(served, understanding=None)
    with pytest.raises(NothingPublished):
        await follower.follow()
    assert served.package is package


async def test_understanding_that_failed_to_follow_is_tried_again(
    published: ServedPackage, package: Package, tmp_path: Path
) -> None:
    notes = Notes(tmp_path / "models-x.joblib")
    follower = PublishedFollower(published, understanding=notes)  # type: ignore[arg-type]
    with transaction() as session:
        publish(session, changed(package), Publishing(why="x"))
    notes.fails = True
    with pytest.raises(RuntimeError, match="died"):
        await follower.follow()
    assert published.number == 2
    assert notes.exchanged == []
    notes.fails = False
    await follower.follow()
    assert notes.exchanged == [published.package.sources]
    await follower.follow()
    assert len(notes.exchanged) == 1


def test_what_was_learned_reaches_another_machine_whole(in_database: None, tmp_path: Path) -> None:
    here, there = tmp_path / "here/models-a.joblib", tmp_path / "there/models-a.joblib"
    here.parent.mkdir()
    here.write_bytes(b"learned" * (PART_BYTES // 5))
    store_models(here)
    if engine().dialect.name == "sqlite":
        assert not fetch_models(there)
        return
    assert fetch_models(there)
    assert there.read_bytes() == here.read_bytes()
    for name in ("models-b.joblib", "models-c.joblib", "models-d.joblib"):
        other = here.with_name(name)
        other.write_bytes(b"x")
        store_models(other)
    assert not fetch_models(tmp_path / "late/models-a.joblib")
    assert fetch_models(tmp_path / "late/models-b.joblib")


def test_half_of_what_was_learned_is_not_taken(in_database: None, tmp_path: Path) -> None:
    with transaction() as session:
        session.add_all(LearnedPart(models="m", number=number, of=3, seal="x", data=b"x") for number in range(3))
        session.flush()
        session.exec(delete(LearnedPart).where(LearnedPart.number == 1))  # type: ignore[arg-type]
    assert not fetch_models(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_what_somebody_else_put_there_is_not_loaded(in_database: None, tmp_path: Path) -> None:
    with transaction() as session:
        session.add(LearnedPart(models="m", number=0, of=1, seal="0" * 64, data=b"not ours"))
    assert not fetch_models(tmp_path / "m")
    assert not (tmp_path / "m").exists()
