"""A stand-in of Meta's Graph API: the messages of WhatsApp's Cloud API and Messenger's Send API, and their webhooks.

It takes what Meta takes and refuses what Meta refuses, in the words and codes of Meta's documentation:
developers.facebook.com/docs/whatsapp/cloud-api (reference "messages", "Error codes") and
developers.facebook.com/docs/messenger-platform (reference "Send API", "Error codes").
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tests.standins import meta_payloads as payloads
from tests.standins.mischief import Mischief, Rates
from tests.standins.record import Record, Taken
from tests.standins.webhooks import Postman, signed

INVALID_PARAMETER = 100
PARAMETER_VALUE = 131009
WINDOW_CLOSED = {"whatsapp": (131047, None), "messenger": (10, 2018278)}


@dataclass(frozen=True, kw_only=True)
class Account:
    """What Meta knows of our app, our number and our page; the addresses are those of our webhooks."""

    token: str
    app_secret: str
    phone_number_id: str
    page_id: str
    whatsapp_urls: list[str]
    messenger_urls: list[str]


class GraphError(Exception):
    """Meta refuses."""

    def __init__(self, message: str, *, code: int, subcode: int | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.subcode, self.status = code, subcode, status

    def response(self) -> JSONResponse:
        """As Meta writes it."""
        error: dict[str, Any] = {"message": f"(#{self.code}) {self}", "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return JSONResponse({"error": {**error, "fbtrace_id": "A1b2C3d4E5f6"}}, self.status)


@dataclass
class Graph:
    """The state of the stand-in. `refusing` are chats whose messages are refused, with a code and a subcode."""

    account: Account
    mischief: Mischief
    record: Record = field(default_factory=Record)
    refusing: dict[str, tuple[int, int | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        headers = signed(self.account.app_secret)
        urls = {"whatsapp": self.account.whatsapp_urls, "messenger": self.account.messenger_urls}
        self.postmen = {name: Postman(given, headers, self.mischief) for name, given in urls.items() if given}

    async def messages(self, account: str, authorization: str, body: dict[str, Any]) -> Response:
        """POST /{account}/messages."""
        if authorization != f"Bearer {self.account.token}":
            raise GraphError("Invalid OAuth access token.", code=190, status=401)
        if account == self.account.phone_number_id:
            return await self._whatsapp(body)
        if account == self.account.page_id:
            return await self._messenger(body)
        raise GraphError(f"Object with ID '{account}' does not exist", code=INVALID_PARAMETER, subcode=33)

    async def _whatsapp(self, body: dict[str, Any]) -> Response:
        if body.get("status") == "read":
            return JSONResponse({"success": True})
        check_whatsapp(body)
        self._check_chat(str(body["to"]))
        return await self._answer(lambda: self._take_whatsapp(body))

    async def _messenger(self, body: dict[str, Any]) -> Response:
        chat = str((body.get("recipient") or {}).get("id") or "")
        if not chat:
            raise GraphError("The parameter recipient is required", code=INVALID_PARAMETER)
        self._check_chat(chat)
        if "sender_action" in body:
            return JSONResponse({"recipient_id": chat})
        check_messenger(body)
        return await self._answer(lambda: self._take_messenger(chat, body))

    def _check_chat(self, chat: str) -> None:
        if chat in self.refusing:
            code, subcode = self.refusing[chat]
            raise GraphError("Refused", code=code, subcode=subcode)

    async def _answer(self, take: Callable[[], Awaitable[Response]]) -> Response:
        too_many = GraphError("Rate limit hit", code=130429, status=429).response()
        too_many.headers["Retry-After"] = str(self.mischief.rates.retry_after)
        broken = GraphError("An unknown error has occurred.", code=1, status=500).response()
        return await self.mischief.answer(take=take, too_many=too_many, broken=broken)

    async def _take_whatsapp(self, body: dict[str, Any]) -> Response:
        chat, id = str(body["to"]), payloads.new_wamid()
        reference = body.get("biz_opaque_callback_data")
        self.record.add(
            channel="whatsapp",
            chat=chat,
            text=_whatsapp_text(body),
            buttons=list(_whatsapp_buttons(body)),
            reference=reference,
            id=id,
            body=body,
        )
        for status in ("sent", "delivered"):
            self.bring(
                "whatsapp",
                payloads.whatsapp_status(
                    self.account.phone_number_id, id=id, recipient=chat, status=status, reference=reference
                ),
            )
        contacts = [{"input": chat, "wa_id": chat}]
        return JSONResponse({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": id}]})

    async def _take_messenger(self, chat: str, body: dict[str, Any]) -> Response:
        message, id = body["message"], payloads.new_mid()
        buttons = [(reply["title"], reply["payload"]) for reply in message.get("quick_replies", [])]
        text, reference = message.get("text", ""), message.get("metadata")
        self.record.add(
            channel="messenger", chat=chat, text=text, buttons=buttons, reference=reference, id=id, body=body
        )
        page = self.account.page_id
        self.bring("messenger", payloads.messenger_echo(page, chat, mid=id, text=text, reference=reference))
        self.bring("messenger", payloads.messenger_delivery(page, chat, [id]))
        return JSONResponse({"recipient_id": chat, "message_id": id})

    def bring(self, channel: str, payload: dict[str, Any]) -> None:
        """Bring a payload to the webhook of a channel, if it has one."""
        if channel in self.postmen:
            self.postmen[channel].bring(payload)


def check_whatsapp(body: dict[str, Any]) -> None:
    """Refuse what the Cloud API refuses.

    Raises:
        GraphError: it is not as documented.
    """
    if body.get("messaging_product") != "whatsapp":
        raise GraphError("The parameter messaging_product is required.", code=INVALID_PARAMETER)
    if not str(body.get("to") or "").lstrip("+").isdecimal():
        raise GraphError("The parameter to is required.", code=INVALID_PARAMETER)
    match body.get("type", "text"):
        case "text":
            _length(body["text"].get("body"), 4096, "text['body']")
        case "interactive":
            _check_interactive(body["interactive"])
        case "template":
            if not body["template"].get("name") or not (body["template"].get("language") or {}).get("code"):
                raise GraphError("The parameter template['name'] is required.", code=INVALID_PARAMETER)
        case other:
            raise GraphError(f"Param type must be one of the known types, got {other}", code=INVALID_PARAMETER)


def _check_interactive(interactive: dict[str, Any]) -> None:
    _length(interactive["body"].get("text"), 1024, "interactive['body']['text']")
    action = interactive["action"]
    if interactive["type"] == "button":
        replies = [button["reply"] for button in action["buttons"]]
        _count(replies, 3, "buttons")
        for reply in replies:
            _length(reply.get("title"), 20, "button['title']")
            _length(reply.get("id"), 256, "button['id']")
        _all_different([reply["title"] for reply in replies], "button titles")
        _all_different([reply["id"] for reply in replies], "button ids")
    elif interactive["type"] == "list":
        _length(action.get("button"), 20, "action['button']")
        _check_sections(action["sections"])
    else:
        raise GraphError("Param interactive['type'] is not valid", code=PARAMETER_VALUE)


def _check_sections(sections: list[dict[str, Any]]) -> None:
    if len(sections) > 1 and not all(section.get("title") for section in sections):
        raise GraphError("Param section['title'] is required", code=INVALID_PARAMETER)
    rows = [row for section in sections for row in section["rows"]]
    _count(rows, 10, "rows")
    for row in rows:
        _length(row.get("title"), 24, "row['title']")
        _length(row.get("id"), 200, "row['id']")
        if "description" in row:
            _length(row["description"], 72, "row['description']")
    _all_different([row["id"] for row in rows], "row ids")


def check_messenger(body: dict[str, Any]) -> None:
    """Refuse what the Send API refuses.

    Raises:
        GraphError: it is not as documented.
    """
    if body.get("messaging_type") not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        raise GraphError("The parameter messaging_type is required", code=INVALID_PARAMETER)
    message = body.get("message") or {}
    if not message.get("text") and not message.get("attachment"):
        raise GraphError("Empty text", code=INVALID_PARAMETER)
    _length(message.get("text") or "-", 2000, "message[text]")
    if len(message.get("metadata") or "") > 1000:
        raise GraphError("Length of param message[metadata] must be at most 1000", code=INVALID_PARAMETER)
    replies = message.get("quick_replies", [])
    if replies:
        _count(replies, 13, "quick_replies")
    for reply in replies:
        if reply.get("content_type") != "text":
            raise GraphError("quick_replies content_type is not valid", code=INVALID_PARAMETER)
        _length(reply.get("title"), 20, "quick_replies[title]")
        _length(reply.get("payload"), 1000, "quick_replies[payload]")


def _length(text: object, most: int, what: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise GraphError(f"The parameter {what} is required.", code=INVALID_PARAMETER)
    if len(text) > most:
        raise GraphError(f"Param {what} must be at most {most} characters long.", code=INVALID_PARAMETER)


def _count(given: list[Any], most: int, what: str) -> None:
    if not 0 < len(given) <= most:
        raise GraphError(f"Invalid {what} count. Min allowed: 1, max allowed: {most}", code=PARAMETER_VALUE)


def _all_different(given: list[str], what: str) -> None:
    if len(set(given)) != len(given):
        raise GraphError(f"Duplicated {what}", code=PARAMETER_VALUE)


def _whatsapp_text(body: dict[str, Any]) -> str:
    if "interactive" in body:
        return str(body["interactive"]["body"]["text"])
    return str(body["text"]["body"]) if "text" in body else f"template:{body['template']['name']}"


def _whatsapp_buttons(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    action = body.get("interactive", {}).get("action", {})
    for button in action.get("buttons", []):
        yield button["reply"]["title"], button["reply"]["id"]
    for section in action.get("sections", []):
        for row in section["rows"]:
            yield row["title"], row["id"]


def make_app(graph: Graph) -> FastAPI:
    """The Graph API at /v23.0, and /control for the test that runs it."""
    app = FastAPI()

    @app.exception_handler(GraphError)
    async def refused(_request: Request, error: GraphError) -> Response:
        return error.response()

    @app.post("/v23.0/{account}/messages")
    async def messages(account: str, request: Request) -> Response:
        return await graph.messages(account, request.headers.get("authorization", ""), await request.json())

    @app.get("/control/taken")
    def taken(after: int = 0) -> list[Taken]:
        return graph.record.after(after)

    @app.get("/control/state")
    def state() -> dict[str, Any]:
        return {
            name: {"accepted": man.accepted, "calls": man.calls, "pending": man.pending, "refused": man.refused}
            for name, man in graph.postmen.items()
        } | {"mischief": graph.mischief.done}

    @app.post("/control/misbehave")
    def misbehave(rates: Rates) -> None:
        graph.mischief.rates = rates

    @app.post("/control/refuse/{chat}")
    def refuse(chat: str, code: int, subcode: int | None = None) -> None:
        graph.refusing[chat] = (code, subcode)

    @app.post("/control/bring/{channel}")
    async def bring(channel: str, payload: dict[str, Any]) -> None:
        graph.bring(channel, payload)

    return app
