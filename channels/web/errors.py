"""Errors as people and programs can read them: JSON for the API, a page in the reader's language elsewhere."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from bot.conversations import UnknownConversation
from bot.rasa_client import RasaUnavailable
from channels.limits import TooMany
from channels.web.pages import preferred_language, render_page
from translations.interface import string
from translations.languages import languages
from wegwijs.logs import logger

log = logger(__name__)

RETRY_SECONDS = "2"


def install(app: FastAPI) -> None:
    """Answer every known error in one form."""

    @app.exception_handler(UnknownConversation)
    def unknown_conversation(request: Request, _error: UnknownConversation) -> Response:
        return _answer(request, 404, "no such conversation, or not with this token")

    @app.exception_handler(TooMany)
    def too_many(request: Request, error: TooMany) -> Response:
        return _answer(request, 429, string("web.too_many", "en"), {"Retry-After": str(error.retry_after)})

    @app.exception_handler(DBAPIError)
    def not_stored(request: Request, _error: DBAPIError) -> Response:
        log.exception("database_away")
        return _answer(request, 503, "not stored: the database is busy; try again", {"Retry-After": RETRY_SECONDS})

    @app.exception_handler(RasaUnavailable)
    def not_forgotten(request: Request, _error: RasaUnavailable) -> Response:
        return _answer(request, 503, "not erased yet: try again", {"Retry-After": RETRY_SECONDS})

    @app.exception_handler(RequestValidationError)
    def not_as_described(request: Request, error: RequestValidationError) -> Response:
        problems = error.errors()
        status = 400 if any(problem["type"] == "json_invalid" for problem in problems) else 422
        return _answer(request, status, "; ".join(_problem(problem) for problem in problems))

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        return _answer(request, error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(Exception)
    def failed(request: Request, _error: Exception) -> Response:
        log.exception("request_failed", path_of=request.url.path.split("/")[1])
        return _answer(request, 500, string("web.error", "en"))


def _problem(problem: dict[str, object]) -> str:
    # The value that was refused is a person's; only the place and the reason are told.
    location = problem.get("loc")
    place = ".".join(str(part) for part in location) if isinstance(location, tuple) else ""
    return f"{place}: {problem.get('msg')}"


def _answer(request: Request, status: int, error: str, headers: dict[str, str] | None = None) -> Response:
    if request.url.path.startswith(("/api/", "/desk/api/", "/rasa/", "/channels/", "/health", "/metrics")):
        return JSONResponse({"error": error}, status_code=status, headers=headers)
    first = request.url.path.strip("/").split("/")[0]
    language = languages().get(first) or preferred_language(request.headers.get("accept-language"))
    message = string("web.page_not_found" if status == 404 else "web.error", language.code)
    page = render_page(
        request.app.state.site,
        "error.html",
        language=language,
        path=request.url.path,
        status=status,
        message=message,
    )
    return HTMLResponse(page, status_code=status, headers=headers)
