"""Drafts in the browser: one set of routes for pages, topics and facts, with a script or without."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import FormData

from admin.editing.drafts import DraftChangedMeanwhile, discard_draft, keep_in_spite, save_draft
from admin.editing.explained import Explained, explained_limits
from admin.editing.forms import FieldsOf, checked_fields
from admin.editing.looking import joined, split
from admin.editing.units import UnitKind, key_of
from admin.editing.uses import is_used
from admin.tables import Staff
from admin.web.editing.fact_form import fact_context, fact_look, in_all_languages, in_each_language, typed_fact
from admin.web.editing.page_form import page_context, page_look, typed_page
from admin.web.editing.room import EDITORS, PATH, Editor
from admin.web.editing.sight import Sight, sight_of
from admin.web.editing.topic_form import topic_context, topic_look, typed_topic
from admin.web.pages import fragment, render, see_other
from admin.web.services import Editing, EditingServices
from bot.opening_hours import BRUSSELS
from wegwijs.storage import now, transaction

router = APIRouter(prefix=f"{PATH}/drafts", include_in_schema=False, dependencies=[EDITORS])


class FactIsUsed(RuntimeError):
    """A fact that pages or fixed texts say cannot be taken out."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one kind of unit is read from a form and shown; `turns` are buttons that make other fields of the typed."""

    typed: Callable[[FormData, Sight], FieldsOf]
    context: Callable[..., dict[str, Any]]
    look: Callable[..., dict[str, Any]]
    turns: Mapping[str, Callable[[FieldsOf], FieldsOf]]


KINDS = {
    UnitKind.PAGE: Kind(typed=typed_page, context=page_context, look=page_look, turns={"split": split, "join": joined}),
    UnitKind.TOPIC: Kind(typed=typed_topic, context=topic_context, look=topic_look, turns={}),
    UnitKind.FACT: Kind(
        typed=typed_fact,
        context=fact_context,
        look=fact_look,
        turns={"each": in_each_language, "all": in_all_languages},
    ),
}
DONE = frozenset({"save", "split", "join", "discard", "keep", "remove", "retired"})
"""What can have been done before a page is shown, and is said on it."""


async def _form(request: Request) -> FormData:
    return await request.form()


Typed = Annotated[FormData, Depends(_form)]
"""What the form of a unit holds: its fields, and `unit`, `revision`, `source` and what to `do`."""


def show_unit(
    request: Request, member: Staff, editing: EditingServices, unit: str, *, begun: FieldsOf | None = None
) -> Response:
    """The form of a unit as it stands, with the draft when there is one; `begun` are fields of one that is new."""
    with transaction() as session:
        sight = sight_of(session, unit, member=member, editing=editing)
    is_new = sight.draft is None and not sight.is_published
    fields = sight.fields() | begun if begun and is_new else sight.fields()
    asked = request.query_params
    return _page(request, member, sight, fields, source=asked.get("source", ""), saved=asked.get("saved", ""))


def _page(
    request: Request,
    member: Staff,
    sight: Sight,
    fields: FieldsOf,
    *,
    source: str = "",
    saved: str = "",
    status: int = 200,
    limits: list[Explained] | None = None,
    **values: Any,
) -> Response:
    kind = KINDS[sight.kind]
    shown = sight.standing_fields() if limits else fields
    context = kind.context(sight, shown, member=member, source=source)
    if limits:
        context["problems"] = limits
    return render(
        request,
        member,
        f"package_{sight.kind}.html",
        status=status,
        sight=sight,
        fields=fields,
        source=source,
        saved_at=saved_at(sight),
        saved_word=f"unit.done_{saved}" if saved in DONE else "",
        **context,
        **values,
    )


def saved_at(sight: Sight) -> str:
    """When the draft was saved last, as staff read it: "14:05"; empty without a draft."""
    return f"{sight.draft.edited_at.astimezone(BRUSSELS):%H:%M}" if sight.draft else ""


@router.post("")
def save(request: Request, member: Editor, editing: Editing, form: Typed) -> Response:
    """Without a script: what the pressed button says, then the page of the unit again."""
    with transaction() as session:
        sight = sight_of(session, _unit(form), member=member, editing=editing)
    kind, do, source = KINDS[sight.kind], str(form.get("do", "save")), str(form.get("source", ""))
    fields = kind.typed(form, sight)
    fields = kind.turns[do](fields) if do in kind.turns else fields
    if do == "preview":
        return _shown_as_typed(request, member, sight, fields, source)
    try:
        with transaction() as session:
            _carry_out(session, do, sight, fields, revision=_revision(form), member=member)
    except DraftChangedMeanwhile:
        sight = _seen_again(sight, member, editing)
        theirs, by = sight.fields(), sight.drafted_by
        return _page(request, member, sight, fields, source=source, status=409, theirs=theirs, by=by)
    except FactIsUsed:
        return _page(request, member, sight, fields, source=source, status=422, problem="fact.still_used")
    except ValidationError as error:
        limits = explained_limits(error, interface=member.interface)
        return _page(request, member, sight, fields, source=source, status=422, limits=limits)
    return see_other(f"{sight.address}?saved={do}{f'&source={source}' if source.isalpha() else ''}")


def _seen_again(sight: Sight, member: Staff, editing: EditingServices) -> Sight:
    with transaction() as session:
        return sight_of(session, sight.unit, member=member, editing=editing)


def _shown_as_typed(request: Request, member: Staff, sight: Sight, fields: FieldsOf, source: str) -> Response:
    try:
        checked_fields(sight.unit, fields)
    except ValidationError as error:
        limits = explained_limits(error, interface=member.interface)
        return _page(request, member, sight, fields, source=source, status=422, limits=limits)
    return _page(request, member, sight, fields, source=source)


def _carry_out(session: Session, do: str, sight: Sight, fields: FieldsOf, *, revision: int, member: Staff) -> None:
    if do == "discard":
        discard_draft(session, sight.unit, revision=revision)
        return
    goes = do == "remove" and sight.kind is UnitKind.FACT
    if goes and is_used(sight.package, key_of(sight.unit)):
        raise FactIsUsed
    sources = sight.published.sources
    wanted = None if goes else fields
    draft = save_draft(session, sight.unit, wanted, revision=revision, by=member.id or 0, sources=sources)
    if do == "keep" and draft is not None:
        keep_in_spite(session, sight.unit, revision=draft.revision, sources=sources)


def _unit(form: FormData) -> str:
    return str(form.get("unit", ""))


def _revision(form: FormData) -> int:
    given = str(form.get("revision", "0"))
    return int(given) if given.isdecimal() and len(given) < 10 else 0


@router.post("/saved")
def save_quietly(request: Request, member: Editor, editing: Editing, form: Typed) -> Response:
    """From the script, while somebody types: the revision and the time, or why it was not kept."""
    with transaction() as session:
        sight = sight_of(session, _unit(form), member=member, editing=editing)
    fields = KINDS[sight.kind].typed(form, sight)
    try:
        with transaction() as session:
            draft = save_draft(
                session,
                sight.unit,
                fields,
                revision=_revision(form),
                by=member.id or 0,
                sources=sight.published.sources,
            )
    except DraftChangedMeanwhile:
        return _changed_meanwhile(request, member, _seen_again(sight, member, editing))
    except ValidationError as error:
        return JSONResponse({"html": _limits(request, member, error)}, status_code=422)
    at = f"{now().astimezone(BRUSSELS):%H:%M}"
    kept = {"revision": draft.revision if draft else 0, "at": at, "is_draft": draft is not None}
    return JSONResponse(kept | {"status": fields.get("status", "")})


def _changed_meanwhile(request: Request, member: Staff, sight: Sight) -> Response:
    theirs = {"theirs": sight.fields(), "by": sight.drafted_by}
    shown = fragment(request, member, "package_theirs.html", sight=sight, **theirs)
    return JSONResponse({"html": shown, "revision": sight.revision}, status_code=409)


def _limits(request: Request, member: Staff, error: ValidationError) -> str:
    problems = explained_limits(error, interface=member.interface)
    return fragment(request, member, "package_problems.html", problems=problems)


@router.post("/look")
def look(request: Request, member: Editor, editing: Editing, form: Typed) -> Response:
    """From the script: what is typed, as readers would see it, and what is wrong with it. Nothing is kept."""
    with transaction() as session:
        sight = sight_of(session, _unit(form), member=member, editing=editing)
    kind = KINDS[sight.kind]
    try:
        fields = checked_fields(sight.unit, kind.typed(form, sight))
    except ValidationError as error:
        return HTMLResponse(_limits(request, member, error), status_code=422)
    context = kind.look(sight, fields, interface=member.interface)
    return HTMLResponse(fragment(request, member, f"package_{sight.kind}_look.html", sight=sight, **context))


@router.post("/open")
def still_open(member: Editor, editing: Editing, form: Typed) -> dict[str, object]:
    """From the script, every 15 seconds: who else has the unit open, and whether somebody saved it meanwhile."""
    with transaction() as session:
        sight = sight_of(session, _unit(form), member=member, editing=editing)
    return {"others": [each.name for each in sight.others], "revision": sight.revision, "by": sight.drafted_by}
