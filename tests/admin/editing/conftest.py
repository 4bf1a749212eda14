"""A published package in a database of its own, and who works on it."""

import pytest

from admin.editing.published import Publishing, publish
from admin.editing.units import topic_of
from admin.tables import Role, Staff
from bot.replies import DANGER_PAGES
from knowledge.page_file import with_entry
from knowledge.pages import FACTS, Package, read_package, topic_path
from knowledge.served import ServedPackage
from wegwijs.storage import transaction


@pytest.fixture
def published(in_database: None, package: Package) -> ServedPackage:
    """The whole package as version 1."""
    with transaction() as session:
        version = publish(session, package, Publishing(why="the files of the installation"))
    return ServedPackage(package, number=version.number)


def _hired(login: str, role: Role) -> Staff:
    with transaction() as session:
        person = Staff(login=login, name=login.title(), role=role, speaks=["nl", "fr"])
        session.add(person)
    return person


@pytest.fixture
def editor(in_database: None) -> Staff:
    """An editor."""
    return _hired("eva", Role.EDITOR)


@pytest.fixture
def colleague(in_database: None) -> Staff:
    """Another editor."""
    return _hired("emil", Role.EDITOR)


@pytest.fixture
def publisher(in_database: None) -> Staff:
    """A publisher."""
    return _hired("pia", Role.PUBLISHER)


TOPICS = ("health/care-outside-reception", "health/doctor-in-centre")


@pytest.fixture(scope="session")
def small(package: Package) -> Package:
    """Two topics that link to no other, and those that answer danger: read in no time, and enough to be published."""
    topics = {*TOPICS, *(topic for some in DANGER_PAGES.values() for topic in some)}
    sources = {path: text for path, text in package.sources.items() if path == FACTS or topic_of(path) in topics}
    for path in map(topic_path, topics):
        sources[path] = with_entry(sources[path], "related", None)
        if package.topics[topic_of(path)].counterpart not in topics:
            sources[path] = with_entry(sources[path], "counterpart", None)
    return read_package(sources, like=package)


@pytest.fixture
def served(in_database: None, small: Package) -> ServedPackage:
    """These topics as version 1."""
    with transaction() as session:
        publish(session, small, Publishing(why="the files of the installation"))
    return ServedPackage(small, number=1)
