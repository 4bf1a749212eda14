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

REFUSALS: dict[type[Exception], tuple[int, str, str]] = {
    RoleMayNot: (403, "refused.role", "not with your role"),
    ConversationIsNotYours: (409, "refused.not_yours", "take this conversation first"),
    UnknownUnit: (404, "package.unknown_unit", "there is no such page, topic or fact"),
    TopicIsNeeded: (409, "topic.is_needed", "the service leads to this topic itself"),
    NothingPublished: (503, "package.nothing_published", "there is no package in the database yet"),
    NoSuchTranslation: (404, "translations.no_such", "no such translation"),
}
"""The status, the text of the page, and what the API says."""


def install(app: FastAPI) -> None:
    """Answer what is refused: the API with JSON, pages with a page."""

    @app.exception_handler(NotSignedIn)
    def not_signed_in(request: Request, _error: NotSignedIn) -> Response:
        return _json(401, "sign in first") if _is_api(request) else see_other(SIGN_IN)

    for kind in REFUSALS:
        app.add_exception_handler(kind, _refused)


def _refused(request: Request, error: Exception) -> Response:
    return _refuse(request, *REFUSALS[type(error)])


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
