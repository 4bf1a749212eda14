"""The API does what its OpenAPI document says, whatever is sent to it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.conftest import Chat, Service

OPERATIONS = {
    "POST /api/conversations",
    "POST /api/conversations/{conversation_id}/messages",
    "GET /api/conversations/{conversation_id}/messages",
    "GET /api/conversations/{conversation_id}/events",
    "DELETE /api/conversations/{conversation_id}",
    "GET /api/languages",
    "GET /api/strings/{code}",
    "GET /health",
}


@pytest.fixture
def api_schema(service: Service) -> schemathesis.BaseSchema:
    """The document the service gives; the endless stream of events is tested by hand."""
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    return schema.exclude(path_regex="/events$")


schema = schemathesis.pytest.from_fixture("api_schema")


@pytest.fixture(scope="session")
def opened(service: Service) -> Iterator[Chat]:
    """A conversation whose token the generated calls carry."""
    return Chat(service.url, "nl")


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_its_contract(case: schemathesis.Case, opened: Chat) -> None:
    if "conversation_id" in (case.path_parameters or {}) and case.method != "DELETE":
        case.path_parameters["conversation_id"] = opened.id
    case.call_and_validate(
        headers=opened.headers,
        # A token of another conversation is refused as not found, so "unauthenticated" checks do not apply.
        excluded_checks=[schemathesis.checks.ignored_auth] if hasattr(schemathesis.checks, "ignored_auth") else [],
    )


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
