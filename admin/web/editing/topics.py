"""A new topic, and retiring one."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from admin.editing.forms import TopicFields
from admin.editing.topics import (
    REVIEWED_EVERY,
    SlugIsNotValid,
    TopicExists,
    begin_topic,
    keep_topic,
    retire_topic,
    slug_of,
)
from admin.editing.units import page_unit, topic_unit
from admin.tables import Staff
from admin.web.editing.room import EDITORS, PATH, Editor, language_names, standing, theme_names, today
from admin.web.editing.sight import UnknownUnit, address_of
from admin.web.pages import render, see_other
from admin.web.services import Editing
from knowledge.check import TEAMS, WHO
from knowledge.pages import SOURCE_LANGUAGE
from translations.languages import languages
from wegwijs.storage import transaction

router = APIRouter(prefix=f"{PATH}/topics", include_in_schema=False, dependencies=[EDITORS])


class NewTopic(BaseModel):
    """What is filled in of a new topic; `slug` may be left to be made of the title."""

    theme: str = ""
    slug: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=400)
    written_in: str = SOURCE_LANGUAGE
    who: str = "any"
    team: str = "infopunt"
    source: str = Field(default="", max_length=400)
    languages: list[str] = []


@router.get("/new")
def new(request: Request, member: Editor) -> Response:
    """The form of a new topic."""
    return _form(request, member, NewTopic(written_in=member.interface))


def _form(request: Request, member: Staff, typed: NewTopic, *, problem: str | None = None) -> Response:
    return render(
        request,
        member,
        "package_new_topic.html",
        status=422 if problem else 200,
        problem=problem,
        typed=typed,
        names=language_names(member.interface),
        theme_names=theme_names(member.interface),
        all_who=WHO,
        all_teams=TEAMS,
    )


@router.post("/new")
def begin(request: Request, member: Editor, editing: Editing, typed: Annotated[NewTopic, Form()]) -> Response:
    """Make its drafts, and go on with its text."""
    title = typed.title.strip()
    if not title or typed.written_in not in languages():
        return _form(request, member, typed, problem="problem.no_title")
    topic = f"{typed.theme}/{typed.slug.strip().lower() or slug_of(title)}"
    fields = TopicFields(
        who=typed.who,
        team=typed.team,
        sources=[typed.source.strip()] if typed.source.strip() else [],
        reviewed_on=today(),
        review_by=today() + REVIEWED_EVERY,
    )
    try:
        with transaction() as session:
            begin_topic(
                session,
                topic,
                fields=fields,
                title=title,
                written_in=typed.written_in,
                languages_wanted=typed.languages,
                by=member.id or 0,
                package=standing(session, editing),
            )
    except SlugIsNotValid:
        return _form(request, member, typed, problem="topic.slug_is_not_valid")
    except TopicExists:
        return _form(request, member, typed, problem="topic.exists")
    return see_other(address_of(page_unit(topic, typed.written_in)))


@router.post("/{theme}/{slug}/retire")
def retire(member: Editor, editing: Editing, theme: str, slug: str) -> Response:
    """Make the drafts that take a topic out.

    Raises:
        UnknownUnit: there is no such topic.
        TopicIsNeeded: the program leads to it itself.
    """
    topic = f"{theme}/{slug}"
    with transaction() as session:
        package = standing(session, editing)
        if topic not in package.topics:
            raise UnknownUnit(topic)
        retire_topic(session, topic, by=member.id or 0, package=package)
    return see_other(f"{address_of(topic_unit(topic))}?saved=retired")


@router.post("/{theme}/{slug}/keep")
def keep(editing: Editing, theme: str, slug: str) -> Response:
    """Throw away the drafts that take a topic out."""
    topic = f"{theme}/{slug}"
    with transaction() as session:
        package = standing(session, editing)
        if topic not in package.topics:
            raise UnknownUnit(topic)
        keep_topic(session, topic, package=package)
    return see_other(address_of(topic_unit(topic)))
