"""Signed calls that no provider would send: never a 500, and never a row that cannot be worked off.

`make fuzz` tries 10,000 for each channel; the tests some hundred.
"""

import asyncio
import copy
import itertools
import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select
from starlette.testclient import TestClient

from bot.conversations import Message
from bot.counts import TopicCounts
from bot.replies import Renderer
from bot.turn import TurnTaker
from channels import worker as working
from channels.configured import splitters
from channels.outbound import Delivery, Outbox
from channels.worker import Worker
from knowledge.pages import Package
from knowledge.served import ServedPackage
from knowledge.understand import Understander
from tests.channels.messenger_settings import PAGE, PHONE, SECRET, SETTINGS
from tests.conftest import InThisProcess
from tests.standins import meta_payloads as payloads
from tests.standins.webhooks import Headers, signed, with_secret
from wegwijs.app import make_app
from wegwijs.settings import Settings
from wegwijs.storage import transaction
from wegwijs.working import NoRasa

EXAMPLES = int(os.environ.get("WEGWIJS_FUZZ_EXAMPLES", "150"))
_CHAT = {"id": 7001, "type": "private", "first_name": "A"}
_SENDER = {"id": 7001, "is_bot": False, "first_name": "A", "language_code": "fr"}
_MESSAGE = {"message_id": 1, "date": 1_700_000_000, "chat": _CHAT, "from": _SENDER}
_TELEGRAM: list[dict[str, Any]] = [
    {"update_id": 1, "message": {**_MESSAGE, "text": "where can i sleep"}},
    {"update_id": 2, "edited_message": {**_MESSAGE, "text": "/delete", "edit_date": 1_700_000_001}},
    {"update_id": 3, "message": {**_MESSAGE, "location": {"latitude": 51.05, "longitude": 3.72}}},
    {"update_id": 4, "message": {**_MESSAGE, "voice": {"file_id": "a", "file_unique_id": "b", "duration": 3}}},
    {
        "update_id": 5,
        "callback_query": {
            "id": "9",
            "from": _SENDER,
            "chat_instance": "1",
            "data": "menu",
            "message": {**_MESSAGE, "text": "x"},
        },
    },
]
_WHATSAPP = [
    payloads.whatsapp_message(PHONE, "32470000001", content, sent_at=1_700_000_000)
    for content in (
        payloads.whatsapp_text("where can i sleep"),
        payloads.whatsapp_button_reply("menu", "Themes"),
        payloads.whatsapp_list_reply("topic:procedure/dublin", "Dublin"),
        payloads.whatsapp_location(51.05, 3.72),
        payloads.whatsapp_image(),
        payloads.whatsapp_contacts(),
    )
]
_MESSENGER = [
    payloads.messenger_event(PAGE, "4001", content)
    for content in (
        payloads.messenger_text("where can i sleep"),
        payloads.messenger_quick_reply("menu", "Themes"),
        payloads.messenger_postback("person", "A person"),
        payloads.messenger_attachment("audio"),
        payloads.messenger_location(51.05, 3.72),
    )
]
CALLS: dict[str, tuple[list[dict[str, Any]], Headers]] = {
    "telegram": (_TELEGRAM, with_secret(SECRET)),
    "whatsapp": (_WHATSAPP, signed(SECRET)),
    "messenger": (_MESSENGER, signed(SECRET)),
}
_NUMBERS = itertools.count(1)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["\ud83d", "\x00", "\ufdfa" * 30, "x" * 5000, "9" * 30, "menu", "1e999"]),
)
_JSON = st.recursive(
    _LEAVES, lambda deeper: st.lists(deeper, max_size=4) | st.dictionaries(st.text(max_size=8), deeper), max_leaves=8
)


@st.composite
def bodies(draw: st.DrawFn, channel: str) -> bytes:
    """A call of this channel with up to four parts replaced, left out or doubled; now and then anything at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.one_of(st.binary(max_size=300), _JSON.map(_written)))
    call = copy.deepcopy(draw(st.sampled_from(CALLS[channel][0])))
    _renumber(call, f"{next(_NUMBERS):08x}")
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(call))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        change = draw(st.sampled_from(["replace", "replace", "leave out", "double"]))
        if change == "replace":
            holder[key] = draw(_JSON)
        elif change == "leave out":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
    return _written(call)


def _written(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _renumber(value: Any, fresh: str) -> None:
    """Give the message an id of its own, so that not all are repeats of one."""
    for holder, key in list(_places(value)):
        if key in {"id", "mid"} and isinstance(holder[key], str) and holder[key].startswith(("wamid", "m_")):
            holder[key] = f"{holder[key][:6]}{fresh}"
        if key == "update_id":
            holder[key] = int(fresh, 16)


def _places(value: Any) -> Any:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


@pytest.mark.usefixtures("in_database")
@pytest.mark.parametrize("channel", list(CALLS))
def test_no_call_breaks_anything_and_every_row_is_worked_off(
    channel: str, package: Package, understander: Understander
) -> None:
    configured = Settings(**SETTINGS)  # type: ignore[arg-type]
    app = make_app(configured, served=ServedPackage(package))
    headers = CALLS[channel][1]
    client = TestClient(app, raise_server_exceptions=False)  # without its worker: the rows are worked off below

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )
    @given(body=bodies(channel))
    def bring(body: bytes) -> None:
        answer = client.post(f"/channels/{channel}", content=body, headers=headers(body))
        assert answer.status_code in {200, 400}, (answer.status_code, body[:400])

    bring()
    known = frozenset(package.topics)
    turns = TurnTaker(understanding=InThisProcess(understander), dialogue=NoRasa(), topics=known)
    worker = Worker(
        turns=lambda: turns,
        renderer=lambda: Renderer(package=package, url="https://wegwijs.example"),
        forget=_forget,
        outbox=Outbox(splitters=splitters(configured)),
        at_once=1,
        written=lambda _conversation: None,
        counts=TopicCounts(),
    )
    asyncio.run(_work_off(worker))
    with transaction() as session:
        messages = session.exec(select(Message).where(Message.author == "person")).all()
        assert len(messages) > EXAMPLES / 10
        assert not [message.id for message in messages if message.processed_at is None or message.parked]
        assert session.exec(select(Delivery)).first() is not None


async def _work_off(worker: Worker) -> None:
    while claims := working._claim_due_messages(worker.id, frozenset(), 100):
        for claim in claims:
            await worker._process(claim)


async def _forget(_conversation: str) -> int:
    return 0
