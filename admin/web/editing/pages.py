"""The pages on which a page, a topic or a fact is edited."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from admin.editing.units import fact_unit, page_unit, topic_unit
from admin.web.editing.drafts import show_unit
from admin.web.editing.fact_form import KINDS
from admin.web.editing.page_form import picks
from admin.web.editing.room import EDITORS, PATH, Editor, standing
from admin.web.editing.sight import UnknownUnit
from admin.web.services import Editing
from translations.languages import languages
from wegwijs.storage import reading

router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[EDITORS])


@router.get("/pages/{theme}/{slug}/{language}")
def edit_page(request: Request, member: Editor, editing: Editing, *, theme: str, slug: str, language: str) -> Response:
    """A page, beside its source."""
    return show_unit(request, member, editing, page_unit(f"{theme}/{slug}", language))


@router.get("/topics/{theme}/{slug}")
def edit_topic(request: Request, member: Editor, editing: Editing, theme: str, slug: str) -> Response:
    """A topic: whom it is for, who answers for it, what belongs to it, its pages."""
    return show_unit(request, member, editing, topic_unit(f"{theme}/{slug}"))


@router.get("/facts/{key}")
def edit_fact(request: Request, member: Editor, editing: Editing, key: str, kind: str = "") -> Response:
    """A fact, and everything it touches; `kind` is that of a new one."""
    begun = {"kind": kind} if kind in KINDS else None
    return show_unit(request, member, editing, fact_unit(key), begun=begun)


@router.get("/picks/{language}")
def to_pick(member: Editor, editing: Editing, language: str) -> dict[str, list[dict[str, str]]]:
    """For the script: the facts and the topics that can be put into a text in this language.

    Raises:
        UnknownUnit: no such language.
    """
    if language not in languages():
        raise UnknownUnit(language)
    with reading() as session:
        package = standing(session, editing)
    return picks(package, code=language, interface=member.interface)
