"""Conversations are erased by age, Rasa's trackers with them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import own_database

PROGRAM = """
import asyncio
from datetime import timedelta
from sqlmodel import select
from bot.conversations import *
from bot.purge import purge
from wegwijs import database
from wegwijs.storage import now, transaction
database.upgrade()
moment = now()
with transaction() as session:
    ids = {}
    for name, age, state, written in (
        ("old", timedelta(days=31), State.BOT, True), ("new", timedelta(days=29), State.BOT, True),
        ("waiting and old", timedelta(days=31), State.WAITING, True),
        ("erased shell", timedelta(hours=2), State.CLOSED, False),
        ("fresh shell", timedelta(minutes=5), State.CLOSED, False), ("closed", timedelta(hours=2), State.CLOSED, True),
    ):
        conversation, _ = start_conversation(session, channel="web", language="nl")
        conversation.last_message_at, conversation.state = moment - age, state
        ids[conversation.id] = name
        if written:
            session.add(
                Message(conversation_id=conversation.id, channel="web", author=Author.PERSON, content={"text": "x"})
            )
forgotten = []
async def forget(conversation_id):
    forgotten.append(conversation_id)
    return 0
erased = asyncio.run(purge(moment=moment, retention=timedelta(days=30), forget=forget))
with transaction() as session:
    kept = sorted(ids[row] for row in session.exec(select(Conversation.id)))
    owners = {row for row in session.exec(select(Message.conversation_id))}
assert kept == ["closed", "fresh shell", "new"], kept
assert sorted(ids[each] for each in forgotten) == ["erased shell", "old", "waiting and old"]
assert erased == 3
assert {ids[each] for each in owners} == {"closed", "new"}
print("ok")
"""


def test_what_is_older_than_the_retention_is_gone_and_nothing_else(tmp_path: Path) -> None:
    environment = {**os.environ, "WEGWIJS_DATA_DIR": str(tmp_path), **own_database()}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "ok", done.stderr
