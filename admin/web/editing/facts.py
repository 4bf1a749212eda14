"""The facts: one table, and the way to a new one."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from admin.editing.fact_list import FactFilters, fact_rows, group_of
from admin.editing.matrix import work_under_way
from admin.editing.units import fact_unit
from admin.tables import Staff
from admin.web.editing.fact_form import KINDS
from admin.web.editing.room import EDITORS, PATH, Editor, standing, today
from admin.web.editing.sight import address_of
from admin.web.pages import render, see_other
from admin.web.services import Editing, EditingServices
from wegwijs.storage import reading

AGES = (6, 12, 24, 36)
"""Months: what can be asked for as "older than"."""
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,38}\.[a-z0-9][a-z0-9-]{0,38}")

router = APIRouter(prefix=f"{PATH}/facts", include_in_schema=False, dependencies=[EDITORS])


class Asked(BaseModel):
    """The filters as they stand in the address; what is not known filters nothing."""

    q: str = ""
    group: str = ""
    check: str = ""
    months: str = ""

    def filters(self) -> FactFilters:
        """The filters."""
        months = int(self.months) if self.months in {str(age) for age in AGES} else 0
        return FactFilters(words=self.q[:200], group=self.group, to_verify=bool(self.check), months=months)


@router.get("")
def show(request: Request, member: Editor, editing: Editing, asked: Annotated[Asked, Query()]) -> Response:
    """Every fact, or those that are asked for."""
    return _list(request, member, editing, asked.filters())


def _list(
    request: Request,
    member: Staff,
    editing: EditingServices,
    filters: FactFilters,
    *,
    status: int = 200,
    **values: str,
) -> Response:
    day = today()
    with reading() as session:
        package, work = standing(session, editing), work_under_way(session, today=day)
    return render(
        request,
        member,
        "package_facts.html",
        status=status,
        rows=fact_rows(package, work, filters, interface=member.interface, today=day),
        total=len(package.facts),
        filters=filters,
        groups=sorted({group_of(key) for key in package.facts}),
        ages=AGES,
        kinds=KINDS,
        **values,
    )


@router.get("/new")
def begin(request: Request, member: Editor, editing: Editing, key: str = "", kind: str = "") -> Response:
    """To the form of a new fact with this key, or of the one there is."""
    wanted = key.strip().lower()
    if _KEY.fullmatch(wanted):
        return see_other(f"{address_of(fact_unit(wanted))}{f'?kind={kind}' if kind in KINDS else ''}")
    return _list(request, member, editing, FactFilters(), status=422, refused_key=key, problem="fact.key_is_not_valid")
