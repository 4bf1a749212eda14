"""Every version of the package can be read again as it was, and costs what it changed."""

import time
from threading import Thread

import pytest
from sqlmodel import func, select

from admin.editing.published import (
    NothingChanged,
    NothingPublished,
    PublishedMeanwhile,
    Publishing,
    changed_since,
    current_number,
    differences,
    import_package,
    publish,
    published_package,
    return_to,
    sources_of,
    versions,
)
from admin.editing.tables import PackageFile
from admin.tables import Staff
from knowledge.pages import InvalidPackage, Package, read_package
from knowledge.served import ServedPackage
from wegwijs.storage import transaction

PATH = "procedure/appeal/nl.md"


def changed(package: Package, word: str = "Beroep", path: str = PATH) -> Package:
    return read_package(
        {**package.sources, path: package.sources[path].replace("eroep", f"eroep {word}", 1)}, like=package
    )


def test_what_was_published_is_read_back_to_the_letter(published: ServedPackage, package: Package) -> None:
    with transaction() as session:
        number, found = published_package(session)
    assert number == 1
    assert found.sources == package.sources
    assert found.fingerprint == package.fingerprint


def test_nothing_is_published_before_the_first_version(in_database: None) -> None:
    with transaction() as session, pytest.raises(NothingPublished):
        published_package(session)


def test_a_version_costs_what_it_changes(published: ServedPackage, package: Package) -> None:
    with transaction() as session:
        before = session.exec(select(func.count()).select_from(PackageFile)).one()
        publish(session, changed(package), Publishing(why="x"))
        assert session.exec(select(func.count()).select_from(PackageFile)).one() == before + 1
        ((old, new),) = differences(session, 2).values()
    assert old == package.sources[PATH]
    assert new is not None
    assert "eroep Beroep" in new


def test_each_version_stays_readable_and_who_and_why_stands_with_it(
    published: ServedPackage, package: Package, editor: Staff, publisher: Staff
) -> None:
    with transaction() as session:
        publish(session, changed(package), Publishing(why="new wording", by=publisher.id, proposed_by=editor.id))
        gone = {path: text for path, text in package.sources.items() if path != "procedure/appeal/ti.md"}
        publish(session, read_package(gone), Publishing(why="retired", by=publisher.id))
    with transaction() as session:
        assert sources_of(session, 1) == package.sources
        assert sources_of(session, 2) == changed(package).sources
        assert sources_of(session, 3) == gone
        assert [(each.number, each.why, each.proposed_by) for each in versions(session)] == [
            (3, "retired", None),
            (2, "new wording", editor.id),
            (1, "the files of the installation", None),
        ]
        assert changed_since(session, 2) == {PATH: package.sources[PATH], "procedure/appeal/ti.md": None}
        number, found = published_package(session, served=ServedPackage(changed(package), number=2))
    assert (number, found.sources) == (3, gone)


def test_a_return_is_a_version_of_its_own(published: ServedPackage, package: Package, publisher: Staff) -> None:
    with transaction() as session:
        publish(session, changed(package), Publishing(why="x"))
        version = return_to(session, 1, by=publisher.id, why="it was wrong")
        assert (version.number, version.returned_to) == (3, 1)
        assert sources_of(session, 3) == package.sources
        with pytest.raises(NothingChanged):
            return_to(session, 1, by=publisher.id, why="again")
        with pytest.raises(NothingPublished):
            return_to(session, 9, by=publisher.id, why="never was")


def test_a_package_that_breaks_a_rule_is_not_imported(published: ServedPackage, package: Package) -> None:
    broken = read_package(
        {**package.sources, PATH: package.sources[PATH].replace("{{ fact:call.address }}", "{{ fact:call.adres }}")},
        like=package,
    )
    with transaction() as session, pytest.raises(InvalidPackage, match=r"unknown fact call\.adres"):
        import_package(session, broken, Publishing(why="x"))
    with transaction() as session:
        assert current_number(session) == 1


def test_of_two_who_publish_at_once_one_is_told(published: ServedPackage, package: Package) -> None:
    outcomes: list[object] = []

    def go(word: str) -> None:
        try:
            with transaction() as session:
                version = publish(session, changed(package, word), Publishing(why=word), onto=package)
                time.sleep(0.2)
            outcomes.append(version.number)
        except PublishedMeanwhile as error:
            outcomes.append(type(error))

    both = [Thread(target=go, args=(word,)) for word in ("a", "b")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(map(str, outcomes)) == ["2", str(PublishedMeanwhile)]
    with transaction() as session:
        assert current_number(session) == 2
