"""XLIFF for a translation agency: the file to send, and taking back what was made."""

import io
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, Field

from admin.editing.exchange import MOST_BYTES, ReturnedPage
from admin.editing.from_agency import Refusal, Why, take_back
from admin.editing.to_agency import sent_pages
from admin.editing.translation_flow import Lack, as_it_will_be, open_translations, source_then, target_languages
from admin.tables import Staff
from admin.web.editing.room import EDITORS, Editor, standing
from admin.web.editing.translations import HERE, Shown, overview
from admin.web.pages import render
from admin.web.services import Editing, EditingServices
from knowledge.pages import THEMES
from wegwijs.storage import now as this_moment
from wegwijs.storage import reading, transaction

router = APIRouter(prefix=f"{HERE}/xliff", include_in_schema=False, dependencies=[EDITORS])


class Wanted(BaseModel):
    """What is sent: the languages, what the pages lack, and the theme; all themes without one."""

    language: list[str] = Field(default_factory=list, max_length=40)
    lack: list[Lack] = Field(default_factory=list, max_length=10)
    theme: str = Field(default="", max_length=40)


@router.get("")
def send(request: Request, member: Editor, editing: Editing, wanted: Annotated[Wanted, Query()]) -> Response:
    """The file for one language, or a zip with one for each."""
    files = dict(_files(editing, wanted))
    if not files:
        return overview(request, member, editing, Shown(), status=422, problem="xliff.nothing_to_send")
    if len(files) == 1:
        ((name, data),) = files.items()
        return _download(name, data, "application/x-xliff+xml")
    return _download(f"wegwijs-{_today()}.zip", _zipped(files), "application/zip")


def _files(editing: EditingServices, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    from admin.editing.xliff import written_xliff  # noqa: PLC0415 - 10 MB of memory, seldom used

    theme = wanted.theme if wanted.theme in THEMES else None
    with reading() as session:
        package = as_it_will_be(session, standing(session, editing)).package
        for code in (code for code in target_languages() if code in wanted.language):
            todo = [each for each in open_translations(package, code, theme=theme) if each.lack in wanted.lack]
            pages = list(sent_pages(package, todo, then=partial(source_then, session)))
            if pages:
                yield f"wegwijs-{code}-{_today()}.xlf", written_xliff(pages)


def _today() -> str:
    return f"{this_moment():%Y-%m-%d}"


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _download(name: str, data: bytes, media_type: str) -> Response:
    return Response(data, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("")
def receive(
    request: Request,
    member: Editor,
    editing: Editing,
    file: UploadFile,
    replace: Annotated[bool, Form()] = False,
) -> Response:
    """Take back a file: what is whole becomes drafts, the rest is named."""
    from admin.editing.xliff import NotXliff, read_xliff  # noqa: PLC0415 - as above

    try:
        returned = read_xliff(file.file.read(MOST_BYTES + 1))
    except NotXliff as error:
        return overview(request, member, editing, Shown(), status=422, problem=f"xliff.{error.reason}")
    return _taken(request, member, editing, returned, replace=replace)


def _taken(
    request: Request, member: Staff, editing: EditingServices, returned: list[ReturnedPage], *, replace: bool
) -> Response:
    with transaction() as session:
        now = as_it_will_be(session, standing(session, editing))
        result = take_back(session, now, returned, by=member, replace=replace)
        pages = as_it_will_be(session, now.published).package.pages
    return render(
        request,
        member,
        "package_xliff.html",
        here=HERE,
        result=result,
        titles={unit: pages[key].title for key in pages if (unit := f"{key[0]}/{key[1]}.md") in result.taken},
        refused=_by_page(result.refused),
        can_replace=any(each.why is Why.HAS_DRAFT for each in result.refused),
    )


def _by_page(refused: tuple[Refusal, ...]) -> dict[str, list[Refusal]]:
    found: dict[str, list[Refusal]] = {}
    for each in refused:
        found.setdefault(each.page, []).append(each)
    return found
