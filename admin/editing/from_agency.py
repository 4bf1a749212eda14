"""Taking back what a translation agency made: what is whole becomes drafts, the rest is named with its place."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError
from sqlmodel import Session

from admin.editing.drafts import DraftChangedMeanwhile
from admin.editing.exchange import Coded, ReturnedPage, codes_of, lines_of, wording_of
from admin.editing.segments import Around, Fact, kept, pieces
from admin.editing.translation_flow import NoSuchTranslation, Now, Wording, put_in, source_of
from admin.editing.units import language_of, page_unit, topic_of
from admin.tables import Staff
from knowledge.pages import Package, Page
from knowledge.wording import words_only
from translations import recognition
from translations.languages import languages

_BEGINS_WITH_MARK = re.compile(r"#|[-*]\s|>|\||```|\d+\. ")


class Why(StrEnum):
    """Why a page, or a line of it, is not taken."""

    UNKNOWN_PAGE = "unknown_page"
    OTHER_LANGUAGE = "other_language"
    OTHER_SOURCE = "other_source"
    UNKNOWN_SEGMENT = "unknown_segment"
    NOT_TRANSLATED = "not_translated"
    LOST = "lost"
    ADDED = "added"
    UNKNOWN_CODE = "unknown_code"
    MARK = "mark"
    NOT_IN_LANGUAGE = "not_in_language"
    TOO_LONG = "too_long"
    HAS_DRAFT = "has_draft"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a page was not taken: the page as the file names it, the id of the line, and what it is about."""

    page: str
    why: Why
    segment: str = ""
    about: str = ""


class RefusedLine(ValueError):
    """A line cannot be taken."""

    def __init__(self, why: Why, about: str = "") -> None:
        super().__init__(f"{why}: {about}")
        self.why = why
        self.about = about


@dataclass(frozen=True, kw_only=True)
class Import:
    """What became of the pages of a file: units taken as drafts, units that say what stands, and what was refused."""

    taken: tuple[str, ...]
    same: tuple[str, ...]
    refused: tuple[Refusal, ...]


def take_back(
    session: Session, now: Now, returned: Iterable[ReturnedPage], *, by: Staff, replace: bool = False
) -> Import:
    """Make drafts of the pages that came back whole; those with a draft only with `replace`. The others are named."""
    taken: list[str] = []
    same: list[str] = []
    refused: list[Refusal] = []
    for page in returned:
        try:
            source, wording = read_back(now.package, page)
            is_new = _put_in(session, now, source, wording, by=by, replace=replace)
        except RefusedPage as error:
            refused += error.refusals
        else:
            (taken if is_new else same).append(page_unit(source.topic, wording.language))
    return Import(taken=tuple(taken), same=tuple(same), refused=tuple(refused))


def _put_in(session: Session, now: Now, source: Page, wording: Wording, *, by: Staff, replace: bool) -> bool:
    """Make a draft of it; whether it says anything new."""
    standing = now.package.pages.get((source.topic, wording.language))
    if standing is not None and _says(standing, source, wording):
        return False
    unit = page_unit(source.topic, wording.language)
    draft = now.drafts.get(unit)
    if draft is not None and not replace:
        raise RefusedPage([Refusal(page=unit, why=Why.HAS_DRAFT)])
    try:
        put_in(session, now, source, wording, by=by, revision=draft.revision if draft else 0)
    except DraftChangedMeanwhile:
        raise RefusedPage([Refusal(page=unit, why=Why.HAS_DRAFT)]) from None
    except ValidationError:
        raise RefusedPage([Refusal(page=unit, why=Why.TOO_LONG)]) from None
    return True


class RefusedPage(ValueError):
    """A page that came back cannot be taken; `refusals` says why."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__(", ".join(f"{each.page} {each.segment} {each.why} {each.about}" for each in self.refusals))


def _says(page: Page, source: Page, wording: Wording) -> bool:
    is_made_from_it = page.translated_from is not None and page.translated_from.hash == source.hash
    return is_made_from_it and (page.title, dict(page.texts)) == (wording.title, dict(wording.texts))


def read_back(package: Package, returned: ReturnedPage) -> tuple[Page, Wording]:
    """The source of a page that came back, and its wording in the other language.

    Raises:
        RefusedPage: it is not for this source, or does not keep what has to be kept.
    """
    unit, _, fingerprint = returned.original.partition("#")
    source = _source_of(package, unit, fingerprint, returned.target_language)
    theirs, lines, refusals = lines_of(source), {}, []
    for segment in returned.segments:
        if segment.id not in theirs:
            refusals.append(Refusal(page=unit, segment=segment.id, why=Why.UNKNOWN_SEGMENT))
            continue
        try:
            lines[segment.id] = _line(theirs[segment.id], segment.target)
        except RefusedLine as error:
            refusals.append(Refusal(page=unit, segment=segment.id, why=error.why, about=error.about))
    given = {segment.id for segment in returned.segments}
    refusals += [Refusal(page=unit, segment=key, why=Why.NOT_TRANSLATED) for key in theirs if key not in given]
    if refusals:
        raise RefusedPage(refusals)
    wording = wording_of(source, lines, language=language_of(unit))
    running = " ".join(words_only(f"{text.short_answer} {text.details}") for text in wording.texts.values())
    if not recognition.is_written_in(running, wording.language):
        raise RefusedPage([Refusal(page=unit, why=Why.NOT_IN_LANGUAGE, about=wording.language)])
    return source, wording


def _source_of(package: Package, unit: str, fingerprint: str, target_language: str) -> Page:
    topic, language = topic_of(unit), language_of(unit)
    try:
        source = source_of(package, topic, language)
    except NoSuchTranslation:
        raise RefusedPage([Refusal(page=unit, why=Why.UNKNOWN_PAGE)]) from None
    if language not in languages():
        raise RefusedPage([Refusal(page=unit, why=Why.UNKNOWN_PAGE)])
    # Tools add the country: nl-BE.
    if re.split("[-_]", target_language)[0].lower() != language:
        raise RefusedPage([Refusal(page=unit, why=Why.OTHER_LANGUAGE, about=target_language)])
    if source.hash != fingerprint:
        raise RefusedPage([Refusal(page=unit, why=Why.OTHER_SOURCE)])
    return source


def _line(theirs: str, target: Coded) -> str:
    codes = {str(number): piece for number, piece in enumerate(codes_of(pieces(theirs)), start=1)}
    line = re.sub(r"\s*\n\s*", " ", _decoded(target, codes)).strip()
    if not line:
        raise RefusedLine(Why.NOT_TRANSLATED)
    if lost := set(kept(theirs)) - set(kept(line)):
        raise RefusedLine(Why.LOST, ", ".join(sorted(lost)))
    if added := set(kept(line)) - set(kept(theirs)):
        raise RefusedLine(Why.ADDED, ", ".join(sorted(added)))
    if _BEGINS_WITH_MARK.match(line) and not _BEGINS_WITH_MARK.match(theirs):
        raise RefusedLine(Why.MARK, line[:3])
    return line


def _decoded(target: Coded, codes: Mapping[str, Fact | Around]) -> str:
    parts: list[str] = []
    for piece in target:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        code = codes.get(piece.id)
        if code is None or isinstance(code, Fact) is not (piece.inner is None):
            raise RefusedLine(Why.UNKNOWN_CODE, piece.id)
        if isinstance(code, Fact):
            parts.append(code.text)
        else:
            parts.append(f"{code.before}{_decoded(piece.inner or (), codes)}{code.after}")
    return "".join(parts)
