"""The flow of translations: what is open in each language, and keeping, approving or making anew one that is stale.

Everything is seen with all drafts in place, so that a source that somebody is changing shows what will become stale.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, desc, select

from admin.editing.drafts import drafts, fields_now, save_draft, with_drafts
from admin.editing.forms import FieldsOf, PageFields, written
from admin.editing.tables import Draft, MachineText, PackageFile, ProposedChange
from admin.editing.units import page_unit
from admin.tables import Staff
from knowledge.pages import SOURCE_LANGUAGE, Package, Page, Situation, Text, read_page
from translations.languages import languages


class NoSuchTranslation(LookupError):
    """There is no such page in this language, or no source it could be made from."""


class TranslationIsStale(RuntimeError):
    """Its source has changed since it was made: first keep, edit or make it anew."""


class NotASpeaker(PermissionError):
    """Only who speaks a language approves a page in it."""


class NotWhole(RuntimeError):
    """The draft of this page is not whole yet."""


class Lack(StrEnum):
    """What a translation still needs; the first of these that holds."""

    MISSING = "missing"
    STALE = "stale"
    UNREVIEWED = "unreviewed"
    UNAPPROVED = "unapproved"


@dataclass(frozen=True, kw_only=True)
class Now:
    """The package that is published, the same with all drafts in place, those drafts, and which are not whole."""

    published: Package
    package: Package
    drafts: Mapping[str, Draft]
    unfinished: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a page says in a language, without its questions."""

    language: str
    title: str
    texts: Mapping[Situation | None, Text]


@dataclass(frozen=True, kw_only=True)
class OpenTranslation:
    """A page that needs something; `page` is None while it is missing."""

    source: Page
    language: str
    page: Page | None
    lack: Lack

    @property
    def unit(self) -> str:
        """The unit of the page."""
        return page_unit(self.source.topic, self.language)


def as_it_will_be(session: Session, published: Package) -> Now:
    """The package with all drafts in place."""
    found = drafts(session)
    package, problems = with_drafts(published, found)
    return Now(
        published=published,
        package=package,
        drafts={draft.unit: draft for draft in found},
        unfinished=frozenset(problem.path for problem in problems),
    )


def target_languages(first: Iterable[str] = ()) -> list[str]:
    """The languages that are translated into: these first, then the others, in the order of the table."""
    wanted = set(first)
    return sorted((code for code in languages() if code != SOURCE_LANGUAGE), key=lambda code: code not in wanted)


def source_of(package: Package, topic: str, language: str) -> Page:
    """The page that this translation was made from; for one that is missing, the one it should be made from.

    Raises:
        NoSuchTranslation: there is none, or this is the source itself.
    """
    page = package.pages.get((topic, language))
    origin = page.translated_from.language if page and page.translated_from else SOURCE_LANGUAGE
    source = package.pages.get((topic, origin))
    if source is None or language == origin:
        raise NoSuchTranslation(page_unit(topic, language))
    return source


def translation_of(package: Package, topic: str, language: str) -> OpenTranslation | None:
    """What this translation needs; None for nothing.

    Raises:
        NoSuchTranslation: there is no source.
    """
    source, page = source_of(package, topic, language), package.pages.get((topic, language))
    lack = _lack(page, source)
    return OpenTranslation(source=source, language=language, page=page, lack=lack) if lack else None


def _lack(page: Page | None, source: Page) -> Lack | None:
    if page is None:
        return Lack.MISSING
    if page.translated_from is None or page.translated_from.hash != source.hash:
        return Lack.STALE
    return {"draft": Lack.UNREVIEWED, "reviewed": Lack.UNAPPROVED}.get(page.status)


def open_translations(package: Package, language: str, *, theme: str | None = None) -> Iterator[OpenTranslation]:
    """What is open in this language, by topic; one of the themes, or all."""
    for topic in package.topics.values():
        if theme in {None, topic.theme} and (topic.id, SOURCE_LANGUAGE) in package.pages:
            found = translation_of(package, topic.id, language)
            if found is not None:
                yield found


def open_counts(package: Package, language: str, *, theme: str | None = None) -> Counter[Lack]:
    """How many pages need what in this language."""
    return Counter(each.lack for each in open_translations(package, language, theme=theme))


def source_then(session: Session, page: Page) -> Page | None:
    """The text that a page was made from, out of what was published, proposed or begun from; None when it is nowhere.

    A draft that was never proposed leaves no trace.
    """
    if page.translated_from is None:
        return None
    path = page_unit(page.topic, page.translated_from.language)
    for text in _texts_of(session, path):
        found = read_page(path, text)
        if found.hash == page.translated_from.hash:
            return found
    return None


def _texts_of(session: Session, path: str) -> Iterator[str]:
    """Every text of a page that is kept, the last published first."""
    published = select(PackageFile.text).where(PackageFile.path == path).order_by(desc(col(PackageFile.since)))
    yield from session.exec(published).all()
    draft = session.get(Draft, path)
    if draft is not None and draft.base is not None:
        yield draft.base
    proposed = select(ProposedChange.text, ProposedChange.base).where(ProposedChange.unit == path)
    for pair in session.exec(proposed).all():
        yield from (text for text in pair if text is not None)


def keep(session: Session, now: Now, topic: str, language: str, *, by: Staff, revision: int) -> None:
    """The translation is still right for its source as it is now.

    What a speaker of the language approved is approved no more when somebody else says so.

    Raises:
        NoSuchTranslation: there is none to keep.
        DraftChangedMeanwhile: somebody else saved the page since it was shown.
    """
    source = source_of(now.package, topic, language)
    fields = _stamped(_fields(now, topic, language), source, language=language, by=by)
    _save(session, now, page_unit(topic, language), fields, by=by, revision=revision)


def approve(session: Session, now: Now, topic: str, language: str, *, by: Staff, revision: int) -> None:
    """A speaker of the language has read it, and it is right.

    Raises:
        NoSuchTranslation: there is none.
        NotASpeaker: they do not speak the language.
        TranslationIsStale: its source has changed since.
        NotWhole: its draft makes no page yet.
        DraftChangedMeanwhile: somebody else saved the page since it was shown.
    """
    unit, fields = page_unit(topic, language), _fields(now, topic, language)
    if language not in by.speaks:
        raise NotASpeaker(language)
    if unit in now.unfinished:
        raise NotWhole(unit)
    found = translation_of(now.package, topic, language)
    if found is not None and found.lack is Lack.STALE:
        raise TranslationIsStale(unit)
    _save(session, now, unit, {**fields, "status": "approved"}, by=by, revision=revision)


def put_in(
    session: Session,
    now: Now,
    source: Page,
    wording: Wording,
    *,
    by: Staff,
    revision: int,
    by_machine: bool = False,
) -> None:
    """Make this the wording of a translation of `source`, as a draft; its questions stay.

    A wording that stands there already keeps its status. One by the machine is known as such until a person changes it.

    Raises:
        DraftChangedMeanwhile: somebody else saved the page since it was shown.
    """
    unit = page_unit(source.topic, wording.language)
    standing = fields_now(unit, draft=now.drafts.get(unit), sources=now.published.sources)
    fields = dict(standing or PageFields().model_dump(mode="json"))
    said = {name or "": vars(text) for name, text in wording.texts.items()}
    if by_machine or (fields["title"], fields["texts"]) != (wording.title, said):
        fields |= {"title": wording.title, "texts": said, "status": "draft"}
    fields = _stamped(fields, source, language=wording.language, by=by)
    _save(session, now, unit, fields, by=by, revision=revision)
    if by_machine:
        made = read_page(unit, written(unit, fields, sources=now.published.sources))
        session.merge(MachineText(unit=unit, hash=made.hash))


def machine_made(session: Session, pages: Iterable[Page]) -> set[str]:
    """Those of these pages whose text is the machine's, to the letter; their units."""
    texts = {row.unit: row.hash for row in session.exec(select(MachineText)).all()}
    units = {page_unit(page.topic, page.language): page for page in pages}
    return {unit for unit, page in units.items() if unit in texts and texts[unit] == page.hash}


def _stamped(fields: FieldsOf, source: Page, *, language: str, by: Staff) -> FieldsOf:
    """The fields, made from the source as it is now; "approved" is the word of a speaker on what they have seen."""
    origin = {"language": source.language, "hash": source.hash}
    loses = fields["status"] == "approved" and fields["translated_from"] != origin and language not in by.speaks
    return fields | {"translated_from": origin} | ({"status": "reviewed"} if loses else {})


def _fields(now: Now, topic: str, language: str) -> FieldsOf:
    unit = page_unit(topic, language)
    fields = fields_now(unit, draft=now.drafts.get(unit), sources=now.published.sources)
    if fields is None:
        raise NoSuchTranslation(unit)
    return dict(fields)


def _save(session: Session, now: Now, unit: str, fields: FieldsOf, *, by: Staff, revision: int) -> None:
    save_draft(session, unit, fields, revision=revision, by=by.id or 0, sources=now.published.sources)
