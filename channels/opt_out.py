"""Wishing no more messages, in one word: messengers ask that this word always works."""

from pathlib import Path

from bot.conversations import Conversation, State, without_question
from bot.replies import Reply
from bot.turn import NO_LONGER_WAITING, TurnResult
from channels.outbound import OPT_OUT_KEY
from knowledge.text import fold
from translations.tables import read_yaml

TABLE = Path(__file__).with_name("opt_out.yaml")
WORDS: dict[str, list[str]] = read_yaml(TABLE.read_text(encoding="utf-8"))
"""As people type them; each is known in all languages."""
_FOLDED = frozenset(fold(word) for words in WORDS.values() for word in words)


def is_wish(text: str | None) -> bool:
    """Whether a message says this and nothing else."""
    return bool(text) and fold(text or "") in _FOLDED


def turn(conversation: Conversation) -> TurnResult:
    """Nothing is sent any more after the confirmation; who waits for a person waits no longer, a form is over."""
    waited = NO_LONGER_WAITING if conversation.state is State.WAITING else {}
    changes = {**waited, "opted_out": True, **without_question(conversation)}
    return TurnResult(replies=(Reply(OPT_OUT_KEY),), language=conversation.language or "en", changes=changes)
