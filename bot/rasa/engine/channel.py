"""The one door to Rasa: takes messages that are understood already, gives back the keys of the replies.

    POST /webhooks/gateway/webhook   X-Rasa-Token: ...
    {"sender": "c123.1", "message_id": "m7", "intent": "answer",
     "entities": [{"entity": "topic", "value": "procedure/dublin"}], "again": false}
    -> {"messages": [{"key": "answer", "topic": "procedure/dublin"},
                     {"key": "related", "topic": "procedure/dublin"}]}

    GET /webhooks/gateway/health     200 when the model is loaded

Rasa's own API stays off (no --enable-api): it would hand out and change conversations without this token.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.utils.io import read_yaml_file
from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, json

from engine.patches import ActionFailed

DOMAIN = Path(__file__).resolve().parents[1] / "domain.yml"
TOKEN_HEADER = "X-Rasa-Token"
FIELDS = {"sender", "message_id", "intent", "entities", "again"}
IDENTIFIERS = {
    "sender": re.compile(r"[A-Za-z0-9._:-]{1,100}"),  # one of over 255 characters would fail on saving
    "message_id": re.compile(r"[!-~]{1,200}"),
}
VALUE = re.compile(r"[A-Za-z0-9._:/-]{1,100}")
"""Of an entity. Responses repeat it, as "{topic}"; Rasa's interpolation trips over a "0[" in a value."""
FREE_VALUE = re.compile(r"[^\ud800-\udfff]{1,200}", re.DOTALL)
"""Of a town, which no response repeats. JSON may hold half a character; that could not be sent on."""
NO_WORDS = "-"
"""Stands for what the person wrote, which never comes here. Rasa takes an empty text for a missing one."""


class BadMessage(ValueError):
    """The message does not have the agreed form; its text says what is wrong with it."""


class KeyCollector(OutputChannel):
    """Collects the keys of the replies. A text, put into domain.yml by mistake, fails in the base class."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return "gateway"

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **_: Any) -> None:
        self.messages.append(json_message)


class GatewayInput(InputChannel):
    """Named in credentials.yml as ``engine.channel.GatewayInput: {token: ...}``."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._entities_of = entities_of_intents()

    @classmethod
    def name(cls) -> str:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayInput:
        if not credentials or not credentials.get("token"):
            cls.raise_missing_credentials_exception()
        return cls(credentials["token"])

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("gateway")

        @blueprint.middleware("request")
        async def check_token(request: Request) -> HTTPResponse | None:
            given = request.headers.get(TOKEN_HEADER, "").encode(errors="replace")
            if hmac.compare_digest(given, self._token):
                return None
            return json({"error": "forbidden"}, status=403)

        @blueprint.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            ready = agent is not None and agent.is_ready()
            return json({"ready": ready}, status=200 if ready else 503)

        @blueprint.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            try:
                message = check_message(_json_of(request), self._entities_of)
            except BadMessage as error:
                return json({"error": "bad_message", "detail": str(error)}, status=400)
            if message["again"]:
                agent = request.app.ctx.agent
                # The first time may be under way still: it has the lock of the conversation until it is written.
                async with agent.lock_store.lock(message["sender"]):
                    said = await said_before(agent.tracker_store, message)
                if said:
                    return json({"messages": said})
            replies = KeyCollector()
            try:
                await on_new_message(_user_message(message, replies))
            except ActionFailed as failed:
                return json({"error": "action_failed", "detail": str(failed)}, status=502)
            return json({"messages": replies.messages})

        return blueprint


async def said_before(store: TrackerStore, message: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys that answered this message id before; none when it is new. Rasa writes a whole turn at once."""
    tracker = await store.retrieve(message["sender"])
    events = list(tracker.events) if tracker else []
    asked = [
        number
        for number, event in enumerate(events)
        if isinstance(event, UserUttered) and event.message_id == message["message_id"]
    ]
    if not asked:
        return []
    answers = takewhile(lambda event: not isinstance(event, UserUttered), events[asked[-1] + 1 :])
    return [event.data["custom"] for event in answers if isinstance(event, BotUttered) and event.data.get("custom")]


def entities_of_intents() -> dict[str, list[str]]:
    """The intents of domain.yml with the entities that come with each."""
    entries = [entry for intent in read_yaml_file(DOMAIN)["intents"] for entry in intent.items()]
    return {name: list(properties["use_entities"]) for name, properties in entries}


def check_message(body: Any, entities_of: dict[str, list[str]]) -> dict[str, Any]:
    """The message itself, when it has exactly the agreed form. Rasa would answer a wrong type with a 500."""
    _expect(isinstance(body, dict), "the body is not an object")
    _expect(set(body) == FIELDS, f"fields: {sorted(FIELDS)}")
    for name, allowed in IDENTIFIERS.items():
        value = body[name]
        _expect(isinstance(value, str) and allowed.fullmatch(value), f"{name}: not {allowed.pattern}")
    intent, entities = body["intent"], body["entities"]
    _expect(isinstance(intent, str) and intent in entities_of, "intent: not one of domain.yml")
    _expect(isinstance(entities, list), "entities: not a list")
    _expect(isinstance(body["again"], bool), "again: not a boolean")
    for entity in entities:
        _check_entity(entity)
    given, expected = [entity["entity"] for entity in entities], entities_of[intent]
    _expect(given == expected, f"entities: {intent} comes with {expected}")
    return body


def _check_entity(entity: Any) -> None:
    _expect(isinstance(entity, dict) and set(entity) == {"entity", "value"}, "entities: entity and value")
    name, value = entity["entity"], entity["value"]
    _expect(isinstance(name, str) and isinstance(value, str), "entities: not strings")
    allowed = FREE_VALUE if name == "town" else VALUE
    _expect(allowed.fullmatch(value), f"value of {name}: not {allowed.pattern}")


def _expect(condition: Any, otherwise: str) -> None:
    if not condition:
        raise BadMessage(otherwise)


def _json_of(request: Request) -> Any:
    try:
        return request.json
    except InvalidUsage as error:
        raise BadMessage("the body is not JSON") from error


def _user_message(message: dict[str, Any], replies: KeyCollector) -> UserMessage:
    """With `parse_data` given, Rasa does not parse: the intent below is final, whatever the text says."""
    intent = {"name": message["intent"], "confidence": 1.0}
    understood = {
        "text": NO_WORDS,
        "intent": intent,
        "intent_ranking": [intent],
        "entities": message["entities"],
    }
    return UserMessage(
        NO_WORDS,
        replies,
        message["sender"],
        parse_data=understood,
        input_channel=replies.name(),
        message_id=message["message_id"],
    )
