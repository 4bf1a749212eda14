"""The matrix: every topic in every language, and what is open."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from admin.editing.counts import LOOKED_AT
from admin.editing.matrix import Filters, Show, matrix, work_under_way
from admin.web.editing.room import EDITORS, PATH, Editor, language_names, standing, theme_names, today
from admin.web.pages import render
from admin.web.services import Editing
from knowledge.check import TEAMS
from knowledge.pages import THEMES
from translations.languages import languages
from wegwijs.storage import reading

router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[EDITORS])


class Asked(BaseModel):
    """The filters as they stand in the address; what is not known filters nothing."""

    q: str = ""
    theme: str = ""
    show: str = ""
    language: str = ""
    team: str = ""
    overdue: str = ""
    open: str = ""
    mine: str = ""

    def filters(self) -> Filters:
        """The filters."""
        return Filters(
            words=self.q[:200],
            theme=self.theme if self.theme in THEMES else "",
            show=Show(self.show) if self.show in set(Show) else None,
            language=self.language if self.language in languages() else "",
            team=self.team if self.team in TEAMS else "",
            overdue=bool(self.overdue),
            open=bool(self.open),
            mine=bool(self.mine),
        )


@router.get("")
def show(request: Request, member: Editor, editing: Editing, asked: Annotated[Asked, Query()]) -> Response:
    """Every topic in every language, or those that are asked for."""
    day = today()
    with reading() as session:
        package, work = standing(session, editing), work_under_way(session, today=day)
    filters = asked.filters()
    rows = matrix(package, work, filters, reader=member.id, interface=member.interface, today=day)
    return render(
        request,
        member,
        "package_matrix.html",
        rows=len(rows),
        themes=[(theme, list(group)) for theme, group in groupby(rows, key=lambda row: row.theme)],
        total=len(package.topics),
        filters=filters,
        columns=[code for code in languages() if filters.language in {"", code}],
        names=language_names(member.interface),
        counted_days=LOOKED_AT.days,
        theme_names=theme_names(member.interface),
        all_teams=TEAMS,
        all_shows=list(Show),
    )
