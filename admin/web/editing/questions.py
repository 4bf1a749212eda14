"""What people ask that no page answers: to be put into a page, wished for as a new one, or laid aside."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from admin.audit import note_access
from admin.editing.drafts import DraftChangedMeanwhile
from admin.editing.placing import Fault, NotPlaced, place, topics_there
from admin.editing.questions import Group, UnderWay, clear_marks
from admin.editing.tables import TopicWish
from admin.tables import Staff
from admin.web.editing.room import EDITORS, PATH, Editor, standing
from admin.web.pages import render, see_other
from admin.web.services import Editing, EditingServices
from knowledge.pages import Package
from translations.languages import languages
from wegwijs.storage import now, transaction

QUESTIONS = f"{PATH}/questions"
_LOOK_AGAIN_SECONDS = "2"
_LINES_OFFERED = 3
_WISHES_SHOWN = 100

router = APIRouter(prefix=QUESTIONS, include_in_schema=False, dependencies=[EDITORS])

MessageIds = Annotated[str, Field(pattern=r"^[0-9]{1,18}(,[0-9]{1,18}){0,2999}$")]


class Dealt(BaseModel):
    """The messages of a group, as the page had them."""

    messages: MessageIds

    @property
    def ids(self) -> list[int]:
        """Their ids."""
        return [int(number) for number in self.messages.split(",")]


class Placing(Dealt):
    """Which page a group is for, and the lines of each language, one under the other."""

    topic: Annotated[str, Field(max_length=80)] = ""
    other: Annotated[str, Field(max_length=80)] = ""
    nearest: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=4)] = []
    language: Annotated[list[str], Field(max_length=40)] = []
    lines: Annotated[list[Annotated[str, Field(max_length=20_000)]], Field(max_length=40)] = []

    @property
    def chosen(self) -> str:
        """The page; what was typed goes before what was tapped."""
        return self.other.strip() or self.topic

    @property
    def by_language(self) -> dict[str, list[str]]:
        """The lines that are not empty, by language."""
        texts = dict(zip(self.language, self.lines, strict=False))
        found = {
            language: [" ".join(line.split()) for line in text.splitlines() if line.strip()]
            for language, text in texts.items()
            if language in languages()
        }
        return {language: lines for language, lines in found.items() if lines}


class Wish(BaseModel):
    """What a new page should be about, in the words of the editor."""

    wish: Annotated[str, Field(max_length=500)] = ""
    language: Annotated[str, Field(max_length=8)] = ""


@router.get("")
async def show(
    request: Request,
    member: Editor,
    editing: Editing,
    placed: Annotated[str, Query(max_length=80)] = "",
    into: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The groups; while they are being made, how far that is."""
    groups = await editing.asked.groups()
    if isinstance(groups, UnderWay):
        answer = render(request, member, "package_questions_under_way.html", under_way=groups)
        answer.headers["Refresh"] = _LOOK_AGAIN_SECONDS
        return answer
    return await run_in_threadpool(_list, request, member, editing, groups, placed=placed, into=into.split(","))


def _list(
    request: Request,
    member: Staff,
    editing: EditingServices,
    groups: Sequence[Group],
    *,
    placed: str = "",
    into: Sequence[str] = (),
    status: int = 200,
    **values: Any,
) -> Response:
    with transaction() as session:
        package = standing(session, editing)
        note_access(session, staff_id=member.id, action="read_questions", groups=len(groups))
        topics = topics_there(session, package)
        wishes = _wishes(session)
    return render(
        request,
        member,
        "package_questions.html",
        status=status,
        groups=groups,
        titles=_titles(package, member.interface),
        wishes=wishes,
        placed=placed if placed in topics else "",
        into=[code for code in into if code in languages()],
        **values,
    )


def _titles(package: Package, interface: str) -> Mapping[str, str]:
    """What the topics are called in the language of the reader."""
    source = {page.topic: page.title for page in package.pages_in("en")}
    return {**source, **{page.topic: page.title for page in package.pages_in(interface)}}


def _wishes(session: Session) -> list[TopicWish]:
    query = select(TopicWish).where(col(TopicWish.done_at).is_(None)).order_by(col(TopicWish.id).desc())
    return list(session.exec(query.limit(_WISHES_SHOWN)).all())


@router.get("/page")
async def choose(request: Request, member: Editor, editing: Editing, message: Annotated[int, Query(ge=1)]) -> Response:
    """The group with this message, to be put into a page; back to the list when there is no such group any more."""
    groups = await editing.asked.groups()
    found = None if isinstance(groups, UnderWay) else _group_with(groups, message)
    if found is None:
        return see_other(QUESTIONS)
    placing = Placing(
        messages=",".join(map(str, found.message_ids)),
        topic=found.nearest[0] if found.nearest else "",
        nearest=list(found.nearest),
        language=[language for language in found.by_language if language],
        lines=["\n".join(lines[:_LINES_OFFERED]) for language, lines in found.by_language.items() if language],
    )
    return await run_in_threadpool(_form, request, member, editing, placing)


def _group_with(groups: Sequence[Group], message_id: int) -> Group | None:
    return next((group for group in groups if message_id in group.message_ids), None)


def _form(
    request: Request,
    member: Staff,
    editing: EditingServices,
    placing: Placing,
    *,
    status: int = 200,
    faults: Sequence[Fault] = (),
    **values: Any,
) -> Response:
    with transaction() as session:
        package = standing(session, editing)
        note_access(session, staff_id=member.id, action="read_questions", messages=len(placing.ids))
        topics = topics_there(session, package)
    titles = {**topics, **_titles(package, member.interface)}
    offered = [topic for topic in dict.fromkeys([*placing.nearest, placing.topic]) if topic in topics]
    texts = list(zip(placing.language, placing.lines, strict=False))
    values |= {"placing": placing, "nearest": offered, "titles": titles, "topics": topics, "texts": texts}
    return render(request, member, "package_question_page.html", status=status, faults=faults, **values)


@router.post("/page")
def put_into_page(request: Request, member: Editor, editing: Editing, placing: Annotated[Placing, Form()]) -> Response:
    """Add the lines to the questions of the page's drafts; then the group is dealt with."""
    try:
        with transaction() as session:
            package = standing(session, editing)
            problem = _problem(placing, topics_there(session, package))
            if problem is None:
                added = place(session, placing.chosen, placing.by_language, by=member.id or 0, package=package)
                clear_marks(session, placing.ids)
                note_access(session, staff_id=member.id, action="placed_questions", topic=placing.chosen)
    except NotPlaced as error:
        return _form(request, member, editing, placing, status=422, faults=error.faults)
    except DraftChangedMeanwhile:
        return _form(request, member, editing, placing, status=409, problem="questions.changed_meanwhile")
    if problem is not None:
        return _form(request, member, editing, placing, status=422, problem=problem)
    return see_other(f"{QUESTIONS}?placed={placing.chosen}&into={','.join(added)}")


def _problem(placing: Placing, topics: Mapping[str, str]) -> str | None:
    if placing.chosen not in topics:
        return "questions.no_such_page"
    return None if placing.by_language else "questions.no_lines"


@router.post("/nothing")
def nothing_to_do(member: Editor, dealt: Annotated[Dealt, Form()]) -> Response:
    """Lay a group aside; who asks it again from now on is seen again."""
    with transaction() as session:
        clear_marks(session, dealt.ids)
        note_access(session, staff_id=member.id, action="laid_questions_aside", messages=len(dealt.ids))
    return see_other(QUESTIONS)


@router.post("/wishes")
def wish(member: Editor, wished: Annotated[Wish, Form()]) -> Response:
    """A new page is wanted."""
    words = " ".join(wished.wish.split())
    if words:
        language = wished.language if wished.language in languages() else None
        with transaction() as session:
            session.add(TopicWish(wish=words, language=language, staff_id=member.id))
    return see_other(f"{QUESTIONS}#wishes")


@router.post("/wishes/{wish_id}/done")
def done(member: Editor, wish_id: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Response:
    """The page is there, or will not be."""
    with transaction() as session:
        wished = session.get(TopicWish, wish_id)
        if wished is not None and wished.done_at is None:
            wished.done_at = now()
            session.add(wished)
            note_access(session, staff_id=member.id, action="wish_done", wish=wish_id)
    return see_other(f"{QUESTIONS}#wishes")
