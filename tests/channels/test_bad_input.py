"""Bad input gets a clear answer, and nothing breaks or is lost."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Chat, Service, keys


@pytest.fixture
def chat(service: Service) -> Chat:
    """A conversation in Dutch."""
    chat = Chat(service.url, "nl")
    chat.read()
    return chat


def raw(chat: Chat, content: bytes | str, **headers: str) -> httpx.Response:
    return chat.http.post(
        f"{chat.path}/messages",
        content=content,
        headers={**chat.headers, "Content-Type": "application/json", **headers},
    )


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "\u202e\u200b", "\ufeff"])
def test_an_empty_message_is_refused_with_a_reason(chat: Chat, text: str) -> None:
    answer = chat.post(text=text)
    assert answer.status_code == 422
    assert "empty" in answer.json()["error"]


def test_a_message_without_text_or_button_is_refused(chat: Chat) -> None:
    assert chat.post().status_code == 422


def test_a_hundred_kilobytes_are_refused_and_the_conversation_goes_on(chat: Chat) -> None:
    answer = chat.post(text="a" * 100_000)
    assert answer.status_code == 413
    assert "at most" in answer.json()["error"]
    assert keys(chat.say("dank u")) == ["thanks"]


def test_a_body_that_grows_over_the_limit_while_it_is_read_is_refused(chat: Chat) -> None:
    def pieces():
        for _ in range(100):
            yield b"x" * 4096

    answer = chat.http.post(f"{chat.path}/messages", content=pieces(), headers=chat.headers)
    assert answer.status_code == 413


def test_a_long_message_is_read_in_part_and_says_so(chat: Chat) -> None:
    replies = chat.say("waar kan ik vannacht slapen " * 100)
    assert keys(replies)[0] == "too_long"
    assert len(replies) > 1


@pytest.mark.parametrize(
    "text",
    ["\ufdfa" * 10_000, "hallo\x00\x07 wereld", "👩‍👩‍👧" * 100, "<script>alert(1)</script>", "{{ fact:x }}", "/stop"],
)
def test_strange_text_is_answered_like_any_other(chat: Chat, text: str) -> None:
    assert chat.say(text)
    messages = chat.http.get(f"{chat.path}/messages", headers=chat.headers).json()["messages"]
    assert all("<script" not in (message["html"] or "") for message in messages)


def test_lone_surrogates_are_taken_out(chat: Chat) -> None:
    body = json.dumps({"client_id": uuid4().hex, "text": "dank \ud83d u"})
    assert raw(chat, body).status_code == 202
    assert raw(chat, json.dumps({"client_id": uuid4().hex, "text": "\ud83d"})).status_code == 422


@pytest.mark.parametrize("body", ["{", "[]", "null", '"x"', '{"client_id": 5}', '{"text": "no id"}', "", b"\xff\xfe"])
def test_wrong_json_gets_a_clear_error(chat: Chat, body: bytes | str) -> None:
    answer = raw(chat, body)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]


def test_an_error_never_repeats_what_was_sent(chat: Chat) -> None:
    answer = raw(chat, '{"client_id": "my secret story", "text": 7}')
    assert answer.status_code == 422
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "payload", ["unknown_thing", "topic:no/such", "theme:none", "language:xx", "more:no/such", "town:" + "x" * 80]
)
def test_a_made_up_button_breaks_nothing(chat: Chat, payload: str) -> None:
    assert chat.say(button=payload)
    assert keys(chat.say("dank u")) == ["thanks"]


def test_an_unknown_conversation_and_a_forged_token_look_the_same(service: Service, chat: Chat) -> None:
    other = Chat(service.url, "fr")
    path = f"{service.url}/api/conversations/{'0' * 24}/messages"
    unknown = chat.http.get(path, headers=chat.headers)
    forged = chat.http.get(f"{chat.path}/messages", headers={"Authorization": "Bearer " + "x" * 43})
    theirs = chat.http.get(f"{chat.path}/messages", headers=other.headers)
    assert (unknown.status_code, forged.status_code, theirs.status_code) == (404, 404, 404)
    assert unknown.json() == forged.json() == theirs.json()
    assert chat.http.get(f"{chat.path}/messages").status_code == 401
    for method, rest in (("POST", "/messages"), ("GET", "/events"), ("DELETE", "")):
        body = {"client_id": uuid4().hex, "text": "x"} if method == "POST" else None
        answer = chat.http.request(method, f"{chat.path}{rest}", json=body, headers=other.headers)
        assert answer.status_code == 404


def test_sending_a_message_again_is_harmless(chat: Chat) -> None:
    body = {"client_id": uuid4().hex, "text": "dank u"}
    first = chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers).json()
    again = chat.http.post(f"{chat.path}/messages", json=body, headers=chat.headers).json()
    assert first == again
    chat.say("goedendag")
    messages = chat.http.get(f"{chat.path}/messages", headers=chat.headers).json()["messages"]
    assert [message["text"] for message in messages if message["author"] == "person"] == ["dank u", "goedendag"]


def test_erasing_leaves_nothing(chat: Chat) -> None:
    chat.say("dank u")
    assert chat.http.delete(chat.path, headers=chat.headers).status_code == 204
    assert chat.http.get(f"{chat.path}/messages", headers=chat.headers).status_code == 404


@pytest.mark.parametrize(
    "path", ["/xx", "/nl/none", "/nl/health/none", "/static/../api.py", "/static/none.js", "/nl/chat/x/y"]
)
def test_a_page_that_does_not_exist_says_so_kindly(service: Service, path: str) -> None:
    answer = httpx.get(f"{service.url}{path}", headers={"Accept-Language": "nl"})
    assert answer.status_code == 404
    assert "Wegwijs" in answer.text


def test_the_actions_of_rasa_are_not_open_to_others(service: Service) -> None:
    body = {"next_action": "action_hand_over", "sender_id": "x", "tracker": {"slots": {}}}
    for headers in ({}, {"X-Rasa-Token": "guess"}):
        assert httpx.post(f"{service.url}/rasa/actions", json=body, headers=headers).status_code == 403
