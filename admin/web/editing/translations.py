"""What is open in each language, and one translation beside the change of its source."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from admin.editing.difference import difference
from admin.editing.drafts import DraftChangedMeanwhile
from admin.editing.machine_wording import machine_wording
from admin.editing.segments import Fact, Piece, pieces, split
from admin.editing.translation_flow import (
    Lack,
    NoSuchTranslation,
    NotASpeaker,
    NotWhole,
    Now,
    OpenTranslation,
    TranslationIsStale,
    Wording,
    approve,
    as_it_will_be,
    keep,
    machine_made,
    open_counts,
    open_translations,
    put_in,
    source_of,
    source_then,
    target_languages,
    translation_of,
)
from admin.editing.units import page_unit
from admin.tables import Staff
from admin.web.editing.room import EDITORS, PATH, Editor, standing
from admin.web.pages import render, see_other
from admin.web.services import Editing, EditingServices
from knowledge.pages import THEMES, Package, Page
from translations.interface import string
from translations.languages import languages
from translations.machine.packages import UnusablePackage
from translations.machine.process import TranslationFailed
from translations.machine.translation import NoTranslation
from wegwijs.storage import reading, transaction

HERE = f"{PATH}/translations"
ONE = "/{theme}/{slug}/{language}"
_PROBLEMS: dict[type[Exception], str] = {
    DraftChangedMeanwhile: "translations.changed_meanwhile",
    NotASpeaker: "translations.not_a_speaker",
    TranslationIsStale: "translations.is_stale",
    NotWhole: "translations.not_whole",
    NoTranslation: "translations.machine.none",
    TranslationFailed: "translations.machine.failed",
    UnusablePackage: "translations.machine.failed",
}
_REFUSALS = tuple(_PROBLEMS)
_DONE = ("kept", "approved", "drafted")

router = APIRouter(prefix=HERE, include_in_schema=False, dependencies=[EDITORS])


class Shown(BaseModel):
    """Which open pages are listed."""

    language: str = Field(default="", max_length=8)
    theme: str = Field(default="", max_length=40)
    lack: Lack | None = None


@router.get("")
def show(request: Request, member: Editor, editing: Editing, shown: Annotated[Shown, Query()]) -> Response:
    """How much is open in each language, and the pages of the one that was chosen."""
    return overview(request, member, editing, shown)


def overview(
    request: Request, member: Staff, editing: EditingServices, shown: Shown, *, status: int = 200, **values: Any
) -> Response:
    """The page with what is open."""
    theme = shown.theme if shown.theme in THEMES else ""
    codes = target_languages(member.speaks)
    with reading() as session:
        now = as_it_will_be(session, standing(session, editing))
        listed = _listed(now.package, shown, theme=theme) if shown.language in codes else []
        by_machine = machine_made(session, (each.page for each in listed if each.page))
    return render(
        request,
        member,
        "package_translations.html",
        status=status,
        here=HERE,
        codes=codes,
        counts={code: open_counts(now.package, code, theme=theme or None) for code in codes},
        topics=len([topic for topic in now.package.topics.values() if theme in {"", topic.theme}]),
        lacks=list(Lack),
        themes=THEMES,
        theme_name=partial(_theme_name, member.interface),
        theme=theme,
        shown=shown,
        chosen=languages().get(shown.language) if shown.language in codes else None,
        listed=listed,
        drafts=now.drafts,
        by_machine=by_machine,
        **values,
    )


def _theme_name(interface: str, theme: str) -> str:
    return string(f"theme.{theme}", interface)


def _listed(package: Package, shown: Shown, *, theme: str) -> list[OpenTranslation]:
    found = open_translations(package, shown.language, theme=theme or None)
    return [each for each in found if shown.lack in {None, each.lack}]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks for which translation."""

    request: Request
    member: Staff
    editing: EditingServices
    topic: str
    language: str

    @property
    def path(self) -> str:
        """The page of this translation."""
        return f"{HERE}/{self.topic}/{self.language}"


def _asked(*, request: Request, member: Editor, editing: Editing, theme: str, slug: str, language: str) -> Asked:
    return Asked(request=request, member=member, editing=editing, topic=f"{theme}/{slug}", language=language)


One = Annotated[Asked, Depends(_asked)]
Revision = Annotated[int, Form(ge=0)]


@router.get(ONE)
def show_one(asked: One, done: str = "") -> Response:
    """One translation: what changed in its source, what it says, and what can be done about it."""
    return _one(asked, done=f"translations.done.{done}" if done in _DONE else None)


def _one(asked: Asked, *, status: int = 200, **values: Any) -> Response:
    topic, language = asked.topic, asked.language
    with reading() as session:
        now = as_it_will_be(session, standing(session, asked.editing))
        source, page = _source(now, asked), now.package.pages.get((topic, language))
        found = translation_of(now.package, topic, language)
        lack = found.lack if found else None
        then = source_then(session, page) if page is not None and lack is Lack.STALE else None
        by_machine = bool(page and machine_made(session, [page]))
    unit = page_unit(topic, language)
    draft = now.drafts.get(unit)
    return render(
        asked.request,
        asked.member,
        "package_translation.html",
        status=status,
        here=asked.path,
        edit=f"{PATH}/pages/{topic}/{language}",
        back=f"{HERE}?language={language}" + (f"&lack={lack}" if lack else ""),
        source=source,
        page=page,
        lack=lack,
        pieces=difference(_running(then), _running(source)) if then else None,
        source_lines=list(_lines(source)),
        lines=list(_lines(page)) if page else [],
        source_language=languages()[source.language],
        language=languages()[language],
        revision=draft.revision if draft else 0,
        is_drafted=draft is not None,
        is_unfinished=unit in now.unfinished,
        by_machine=by_machine,
        has_machine=asked.editing.machine.can_translate(source.language, language),
        may_approve=language in asked.member.speaks and page is not None and page.status != "approved",
        **values,
    )


def _source(now: Now, asked: Asked) -> Page:
    if asked.language not in languages():
        raise NoSuchTranslation(page_unit(asked.topic, asked.language))
    return source_of(now.package, asked.topic, asked.language)


def _running(page: Page) -> str:
    return "\n\n".join([page.title, *(f"{text.short_answer}\n\n{text.details}" for text in page.texts.values())])


def _lines(page: Page) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each line of a page for reading: what it is, and its runs of words and of what is kept as it stands."""
    yield "title", _runs(page.title)
    for situation, text in page.texts.items():
        if situation:
            yield f"situation.{situation}", []
        yield "short_answer", _runs(text.short_answer)
        gaps, lines = split(text.details)
        for gap, line in zip(gaps, lines, strict=False):
            yield ("heading" if "##" in gap else "item" if gap.rstrip().endswith(("-", "*")) else "text"), _runs(line)


def _runs(line: str) -> list[tuple[str, str]]:
    return [run for piece in pieces(line) for run in _runs_of(piece)]


def _runs_of(piece: Piece) -> Iterator[tuple[str, str]]:
    if isinstance(piece, str):
        yield "words", piece
    elif isinstance(piece, Fact):
        yield "kept", piece.text
    else:
        for inner in piece.pieces:
            yield from _runs_of(inner)
        if piece.before == "[":
            yield "kept", piece.after.removeprefix("]")


@router.post(f"{ONE}/keep")
def keep_one(asked: One, revision: Revision) -> Response:
    """The translation is still right."""

    def work(session: Session, now: Now) -> None:
        keep(session, now, asked.topic, asked.language, by=asked.member, revision=revision)

    return _do(asked, work, done="kept")


@router.post(f"{ONE}/approve")
def approve_one(asked: One, revision: Revision) -> Response:
    """A speaker of the language says that it is right."""

    def work(session: Session, now: Now) -> None:
        approve(session, now, asked.topic, asked.language, by=asked.member, revision=revision)

    return _do(asked, work, done="approved")


@router.post(f"{ONE}/machine")
async def draft_one(asked: One, revision: Revision) -> Response:
    """The machine makes a draft of it."""
    source = await run_in_threadpool(_source_now, asked)
    try:
        wording = await _by_machine(asked, source)
    except _REFUSALS as error:
        return await run_in_threadpool(_refused, asked, error)

    def work(session: Session, now: Now) -> None:
        put_in(session, now, source, wording, by=asked.member, revision=revision, by_machine=True)

    return await run_in_threadpool(_do, asked, work, done="drafted")


def _source_now(asked: Asked) -> Page:
    with reading() as session:
        return _source(as_it_will_be(session, standing(session, asked.editing)), asked)


async def _by_machine(asked: Asked, source: Page) -> Wording:
    async def translate(text: str) -> str:
        return (await asked.editing.machine.translate(text, source.language, asked.language, preview=False)).text

    return await machine_wording(source, asked.language, translate)


def _do(asked: Asked, work: Callable[[Session, Now], None], *, done: str) -> Response:
    try:
        with transaction() as session:
            now = as_it_will_be(session, standing(session, asked.editing))
            _source(now, asked)
            work(session, now)
    except _REFUSALS as error:
        return _refused(asked, error)
    return see_other(f"{asked.path}?done={done}")


def _refused(asked: Asked, error: Exception) -> Response:
    return _one(asked, status=409, problem=_PROBLEMS[type(error)])
