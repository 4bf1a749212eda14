"""What stands before every request: a limit on its size, and the headers that keep a page to itself."""

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
MAX_WEBHOOK_BYTES = 3 * 1024 * 1024
"""Meta puts up to a thousand messages in one call, "up to 3 MB" (its webhook documentation)."""
MAX_UPLOAD_BYTES = 8 * 1024 * 1024
"""A file of a translation agency has at most 5 MB; up to here the page says so in words."""
_LIMITS = {"/channels/": MAX_WEBHOOK_BYTES, "/desk/package/translations/xliff": MAX_UPLOAD_BYTES}

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class BodyLimit:
    """Refuses bodies that are too big with 413, before they are held in memory or parsed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its whole body, or answer 413."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        limit = next((most for path, most in _LIMITS.items() if scope["path"].startswith(path)), MAX_BODY_BYTES)
        messages: list[Message] = []
        received = 0
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
            received += len(messages[-1].get("body", b""))
            if received > limit:
                await _refuse(scope, receive, send, limit)
                return
        read = iter(messages)

        async def replay() -> Message:
            return next(read, None) or await receive()

        await self._app(scope, replay, send)


async def _refuse(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    response = JSONResponse({"error": f"at most {limit} bytes at once"}, status_code=413)
    await response(scope, receive, send)


def sender_address(request: HTTPConnection, *, trust_proxy: bool) -> str:
    """The network address a request comes from, for counting only: it is never stored."""
    forwarded = request.headers.get("x-forwarded-for", "") if trust_proxy else ""
    return forwarded.rpartition(",")[2].strip() or (request.client.host if request.client else "")


class SecurityHeaders:
    """Puts the security headers on every answer that has no own; what is personal is never kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)
