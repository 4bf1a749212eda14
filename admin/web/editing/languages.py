"""The languages: what each has, and what a new one needs."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from admin.editing.new_language import CODE, needs
from admin.editing.translation_flow import as_it_will_be
from admin.web.editing.room import EDITORS, PATH, Editor, standing
from admin.web.pages import render, see_other
from admin.web.services import Editing, EditingServices
from knowledge.pages import Package
from translations.languages import languages
from wegwijs.storage import reading

HERE = f"{PATH}/languages"
_MOST_NAMED = 12

router = APIRouter(prefix=HERE, include_in_schema=False, dependencies=[EDITORS])


@router.get("")
def show(request: Request, member: Editor, editing: Editing, code: str = "") -> Response:
    """What each language has; with a code, its page."""
    asked_for = code.strip().lower()
    if CODE.fullmatch(asked_for):
        return see_other(f"{HERE}/{asked_for}")
    package = _with_drafts(editing)
    return render(
        request,
        member,
        "package_languages.html",
        status=422 if code else 200,
        here=HERE,
        needs={each: needs(each, package=package) for each in languages()},
        problem="languages.not_a_code" if code else None,
    )


def _with_drafts(editing: EditingServices) -> Package:
    with reading() as session:
        return as_it_will_be(session, standing(session, editing)).package


@router.get("/{code}")
def show_one(request: Request, member: Editor, editing: Editing, code: Annotated[str, Path(max_length=8)]) -> Response:
    """What one language has and needs; also one that is not there yet."""
    if not CODE.fullmatch(code):
        return see_other(f"{HERE}?code={code}")
    return render(
        request,
        member,
        "package_language.html",
        here=HERE,
        code=code,
        language=languages().get(code),
        needs=needs(code, package=_with_drafts(editing)),
        most=_MOST_NAMED,
    )
