"""The matrix: every topic in every language, and what is open."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from admin.web.editing.room import EDITORS, PATH, Editor, standing
from admin.web.pages import render
from admin.web.services import Editing
from wegwijs.storage import reading

router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[EDITORS])


@router.get("")
def show(request: Request, member: Editor, editing: Editing) -> Response:
    """Every topic in every language."""
    with reading() as session:
        package = standing(session, editing)
    return render(request, member, "package_matrix.html", topics=list(package.topics.values()))
