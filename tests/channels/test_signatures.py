"""A call that does not prove whose it is gets a 403 and leaves no row, on every messenger."""

import json

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from bot.conversations import Conversation, Message
from knowledge.pages import Package
from knowledge.served import ServedPackage
from tests.channels.messenger_settings import PAGE, PHONE, SECRET, SETTINGS
from tests.standins import meta_payloads as payloads
from tests.standins.webhooks import signed, with_secret
from wegwijs.app import make_app
from wegwijs.settings import Settings
from wegwijs.storage import transaction

_PARTY = {"id": 7001, "is_bot": False, "first_name": "A", "type": "private"}
_UPDATE = {
    "update_id": 1,
    "message": {"message_id": 1, "date": 1_700_000_000, "chat": _PARTY, "from": _PARTY, "text": "hi"},
}
CALLS = {
    "telegram": (_UPDATE, with_secret),
    "whatsapp": (
        payloads.whatsapp_message(PHONE, "32470000001", payloads.whatsapp_text("hi"), sent_at=1_700_000_000),
        signed,
    ),
    "messenger": (payloads.messenger_event(PAGE, "4001", payloads.messenger_text("hi")), signed),
}
FORGED = ("", "wrong", SECRET[:-1], f"{SECRET} ", "é" * 20)


@pytest.mark.usefixtures("in_database")
@pytest.mark.parametrize("channel", list(CALLS))
def test_only_a_call_that_proves_whose_it_is_leaves_a_row(channel: str, package: Package) -> None:
    app = make_app(Settings(**SETTINGS), served=ServedPackage(package))  # type: ignore[arg-type]
    client = TestClient(app, raise_server_exceptions=False)
    call, sign = CALLS[channel]
    body = json.dumps(call).encode()

    def rows() -> int:
        with transaction() as session:
            return len([*session.exec(select(Conversation)).all(), *session.exec(select(Message)).all()])

    def answer(headers: dict[str, str]) -> int:
        encoded = {name: value.encode("utf-8", "replace") for name, value in headers.items()}
        return client.post(f"/channels/{channel}", content=body, headers=encoded).status_code

    assert [answer({})] + [answer(sign(secret)(body)) for secret in FORGED] == [403] * (1 + len(FORGED))
    tampered = sign(SECRET)(b"another body") if channel != "telegram" else {}
    assert answer(tampered) == 403
    assert rows() == 0
    assert answer(sign(SECRET)(body)) == 200
    assert rows() == 2
