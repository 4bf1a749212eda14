"""The API does what its OpenAPI document says, whatever is sent to it."""

from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from tests.conftest import Chat, Service

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]
FOLLOW = "GET /api/conversations/{conversation_id}/events"
OPERATIONS = {
    "POST /api/conversations",
    "POST /api/conversations/{conversation_id}/messages",
    "GET /api/conversations/{conversation_id}/messages",
    FOLLOW,
    "DELETE /api/conversations/{conversation_id}",
    "GET /api/languages",
    "GET /api/strings/{code}",
    "GET /health",
}


@pytest.mark.parametrize("operation", sorted(OPERATIONS - {FOLLOW}))
def test_every_operation_keeps_its_contract(service: Service, operation: str) -> None:
    """Generated calls, right and wrong, against the running service; the endless stream is tested by hand below."""
    method, path = operation.split(" ")
    described = schemathesis.openapi.from_url(f"{service.url}/openapi.json")[path][method]
    opened = Chat(service.url, "nl")

    @given(case=described.as_strategy())
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def calls(case: schemathesis.Case) -> None:
        if "conversation_id" in (case.path_parameters or {}) and method != "DELETE":
            case.path_parameters["conversation_id"] = opened.id
        case.call_and_validate(headers=opened.headers, checks=CHECKS)

    calls()


def test_the_document_names_every_operation_and_the_readme_does_too(service: Service) -> None:
    paths = httpx.get(f"{service.url}/openapi.json").json()["paths"]
    found = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert found == OPERATIONS
    readme = Path("README.md").read_text(encoding="utf-8")
    assert [operation for operation in OPERATIONS if operation not in readme] == []


def test_events_follow_a_conversation_and_resume_where_they_stopped(service: Service) -> None:
    chat = Chat(service.url, "nl")
    chat.say("dank u")
    lines = _events(chat, after=0, until=b"dank u")
    last = max(int(line.removeprefix("id: ")) for line in lines if line.startswith("id: "))
    assert sum(line.startswith("event: message") for line in lines) == 3
    chat.post(text="mag ik werken")
    resumed = _events(chat, after=last, until=b'"answer"')
    assert not any("dank u" in line for line in resumed)
    assert any(line.startswith("event: state") for line in resumed)


def _events(chat: Chat, *, after: int, until: bytes) -> list[str]:
    received = b""
    with chat.http.stream("GET", f"{chat.path}/events", params={"after": after}, headers=chat.headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for piece in answer.iter_bytes():
            received += piece
            if until in received and received.endswith(b"\n\n"):
                break
    return received.decode().splitlines()
