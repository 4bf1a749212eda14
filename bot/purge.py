"""Erasing by age: as little data as possible, for as short as possible."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlmodel import and_, col, or_, select

from bot.conversations import Author, Conversation, Message, State
from bot.counts import forget_old_counts
from bot.erasing import erase_conversation
from wegwijs.storage import scrub, transaction

EMPTY_SHELL_LIFETIME = timedelta(hours=1)
"""What is left of an erased conversation: long enough for the device to read that it is erased."""


async def purge(*, moment: datetime, retention: timedelta, forget: Callable[[str], Awaitable[int]]) -> int:
    """Erase conversations whose last message is older than `retention`, Rasa's trackers first; how many."""
    old = _older_than(moment - retention, moment - EMPTY_SHELL_LIFETIME)
    for conversation_id in old:
        await forget(conversation_id)
        with transaction() as session:
            erase_conversation(session, conversation_id)
    with transaction() as session:
        forget_old_counts(session, moment=moment)
    await asyncio.to_thread(scrub)
    return len(old)


def _older_than(limit: datetime, shell_limit: datetime) -> list[str]:
    written = select(Message.id).where(Message.conversation_id == Conversation.id, Message.author == Author.PERSON)
    empty_shell = and_(
        Conversation.state == State.CLOSED, col(Conversation.last_message_at) < shell_limit, ~written.exists()
    )
    with transaction() as session:
        query = select(Conversation.id).where(or_(col(Conversation.last_message_at) < limit, empty_shell))
        return list(session.exec(query).all())
