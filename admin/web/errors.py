"""Refusals as staff and their pages can read them."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from admin.access import ConversationIsNotYours
from admin.editing.published import NothingPublished
from admin.editing.topics import TopicIsNeeded
from admin.editing.translation_flow import NoSuchTranslation
from admin.sign_in import signed_in
from admin.web.door import SIGN_IN
from admin.web.editing.sight import UnknownUnit
from admin.web.guards import API, NotSignedIn, RoleMayNot, session_token
from admin.web.pages import render, see_other
from wegwijs.storage import transaction


def install(app: FastAPI) -> None:
    """Answer what the guards refuse: the API with JSON, pages with a page."""

    @app.exception_handler(NotSignedIn)
    def not_signed_in(request: Request, _error: NotSignedIn) -> Response:
        return _json(401, "sign in first") if _is_api(request) else see_other(SIGN_IN)

    @app.exception_handler(RoleMayNot)
    def role_may_not(request: Request, _error: RoleMayNot) -> Response:
        return _refuse(request, 403, "refused.role", "not with your role")

    @app.exception_handler(ConversationIsNotYours)
    def not_yours(request: Request, _error: ConversationIsNotYours) -> Response:
        return _refuse(request, 409, "refused.not_yours", "take this conversation first")

    @app.exception_handler(UnknownUnit)
    def unknown_unit(request: Request, _error: UnknownUnit) -> Response:
        return _refuse(request, 404, "package.unknown_unit", "there is no such page, topic or fact")

    @app.exception_handler(TopicIsNeeded)
    def topic_is_needed(request: Request, _error: TopicIsNeeded) -> Response:
        return _refuse(request, 409, "topic.is_needed", "the service leads to this topic itself")

    @app.exception_handler(NothingPublished)
    def nothing_published(request: Request, _error: NothingPublished) -> Response:
        return _refuse(request, 503, "package.nothing_published", "there is no package in the database yet")

    @app.exception_handler(NoSuchTranslation)
    def no_such_translation(request: Request, _error: NoSuchTranslation) -> Response:
        return _refuse(request, 404, "translations.no_such", "no such translation")


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(API)


def _json(status: int, error: str) -> Response:
    return JSONResponse({"error": error}, status_code=status)


def _refuse(request: Request, status: int, key: str, error: str) -> Response:
    if _is_api(request):
        return _json(status, error)
    with transaction() as session:
        member = signed_in(session, session_token(request))
    return render(request, member, "refused.html", status=status, problem=key)
