"""The versions of the package in the database: reading one, publishing the next, returning to an earlier one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy import text as statement
from sqlmodel import Session, col, desc, func, or_, select, update

from admin.audit import note_access
from admin.editing.rules import broken_rules
from admin.editing.tables import PackageFile, PackageVersion
from knowledge.pages import InvalidPackage, Package, Sources, read_package
from knowledge.served import ServedPackage
from wegwijs.storage import table_of, take_write_lock


class NothingPublished(LookupError):
    """The database holds no version of the package yet, or not this one."""


class NothingChanged(ValueError):
    """The version would be the one that stands."""


class PublishedMeanwhile(RuntimeError):
    """Somebody else published in between."""


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """Who publishes a version, what for, and who proposed it; ids of staff, None for the command line."""

    why: str
    by: int | None = None
    proposed_by: int | None = None
    returned_to: int | None = None


def current_number(session: Session) -> int | None:
    """The number of the version that stands; None before the first."""
    return session.exec(select(func.max(PackageVersion.number))).one()


def version_with(session: Session, number: int) -> PackageVersion:
    """The version with this number.

    Raises:
        NothingPublished: there is none.
    """
    found = session.get(PackageVersion, number)
    if found is None:
        raise NothingPublished(number)
    return found


def sources_of(session: Session, number: int) -> dict[str, str]:
    """The files of a version; empty when there is no such version."""
    query = (
        select(PackageFile.path, PackageFile.text)
        .where(col(PackageFile.since) <= number)
        .where(or_(col(PackageFile.until).is_(None), col(PackageFile.until) > number))
    )
    return dict(session.exec(query).all())


def changed_since(session: Session, number: int) -> dict[str, str | None]:
    """The files that differ between a version and the one that stands, as they stand; None for those that are gone."""
    query = select(PackageFile.path, PackageFile.text, PackageFile.until).where(
        or_(col(PackageFile.since) > number, col(PackageFile.until) > number)
    )
    found: dict[str, str | None] = {}
    for path, text, until in session.exec(query).all():
        if until is None:
            found[path] = text
        else:
            found.setdefault(path, None)
    return found


def versions(session: Session, *, most: int = 100) -> list[PackageVersion]:
    """The versions, the newest first."""
    return list(session.exec(select(PackageVersion).order_by(desc(col(PackageVersion.number))).limit(most)).all())


def differences(session: Session, number: int) -> dict[str, tuple[str | None, str | None]]:
    """What a version changed: for each path its text before and in it; None where there was or is no such file."""
    before = select(PackageFile.path, PackageFile.text).where(PackageFile.until == number)
    after = select(PackageFile.path, PackageFile.text).where(PackageFile.since == number)
    old, new = dict(session.exec(before).all()), dict(session.exec(after).all())
    return {path: (old.get(path), new.get(path)) for path in sorted(old.keys() | new.keys())}


def lock_versions(session: Session) -> None:
    """Nobody else publishes from here to the commit; who reads is not kept waiting."""
    take_write_lock(session)
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(statement("LOCK TABLE package_version IN SHARE ROW EXCLUSIVE MODE"))


def publish(
    session: Session, package: Package, publishing: Publishing, *, onto: Package | None = None
) -> PackageVersion:
    """Make this package the version that stands; `onto` is the one it was made from, if it was made from one.

    Raises:
        NothingChanged: it stands already.
        PublishedMeanwhile: another stands than the one it was made from, which it would undo; nothing is written.
    """
    lock_versions(session)
    number = current_number(session)
    if onto is not None and (number is None or version_with(session, number).fingerprint != onto.fingerprint):
        raise PublishedMeanwhile
    standing = sources_of(session, number) if number is not None else {}
    changes = _changes(standing, package.sources)
    if not changes:
        raise NothingChanged
    version = PackageVersion(
        number=(number or 0) + 1,
        fingerprint=package.fingerprint,
        published_by=publishing.by,
        proposed_by=publishing.proposed_by,
        why=publishing.why,
        returned_to=publishing.returned_to,
    )
    session.add(version)
    session.flush()
    _write(session, version.number, changes)
    note_access(session, staff_id=publishing.by, action="published", version=version.number, files=len(changes))
    return version


def _changes(standing: Sources, wanted: Sources) -> dict[str, str | None]:
    changed: dict[str, str | None] = {path: text for path, text in wanted.items() if standing.get(path) != text}
    return changed | dict.fromkeys(standing.keys() - wanted.keys())


def _write(session: Session, number: int, changes: Mapping[str, str | None]) -> None:
    paths = list(changes)
    for some in (paths[start : start + 500] for start in range(0, len(paths), 500)):
        session.exec(
            update(PackageFile)
            .where(col(PackageFile.path).in_(some), col(PackageFile.until).is_(None))
            .values(until=number)
        )
    rows = [{"path": path, "text": text, "since": number} for path, text in changes.items() if text is not None]
    if rows:
        session.connection().execute(insert(table_of(PackageFile)), rows)


def return_to(session: Session, number: int, *, by: int | None, why: str) -> PackageVersion:
    """Publish again what an earlier version said.

    Raises:
        NothingPublished: there is no such version.
        NothingChanged: it says what stands.
    """
    sources = sources_of(session, version_with(session, number).number)
    return publish(session, read_package(sources), Publishing(why=why, by=by, returned_to=number))


def import_package(session: Session, package: Package, publishing: Publishing) -> PackageVersion:
    """Publish a package that comes from files.

    Raises:
        InvalidPackage: it breaks a rule; the problems say where.
        NothingChanged: it stands already.
    """
    if broken := broken_rules(package):
        raise InvalidPackage(broken)
    return publish(session, package, publishing)


def published_package(session: Session, *, served: ServedPackage | None = None) -> tuple[int, Package]:
    """The version that stands, with its number; only what `served` does not have is read.

    Raises:
        NothingPublished: there is none yet.
    """
    number = current_number(session)
    if number is None:
        raise NothingPublished
    if served is None or served.number == 0:
        return number, read_package(sources_of(session, number))
    if served.number == number:
        return number, served.package
    changed = dict(served.package.sources)
    for path, text in changed_since(session, served.number).items():
        if text is None:
            changed.pop(path, None)
        else:
            changed[path] = text
    return number, read_package(changed, like=served.package)
