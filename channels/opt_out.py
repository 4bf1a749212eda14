"""Wishing no more messages, in one word: messengers ask that this word always works."""

from bot.conversations import Conversation, State
from bot.replies import Reply
from bot.turn import NO_LONGER_WAITING, TurnResult
from channels.outbound import OPT_OUT_KEY
from knowledge.text import fold

WORDS = (
    "stop",
    "/stop",
    "unsubscribe",
    "stoppen",
    "afmelden",
    "arrêt",
    "désabonner",
    "stopp",
    "abmelden",
    "cancelar suscripción",
    "baja",
    "parar mensagens",
    "стоп",
    "отписаться",
    "abonelikten çık",
    "çabonohu",
    "إلغاء الاشتراك",
    "توقف",
    "لغو",
    "ودریږه",
    "jooji",
    "ደው በል",
)
"""In the fourteen languages, as people type them; "stop" is known in all."""
_FOLDED = frozenset(fold(word) for word in WORDS)


def is_wish(text: str | None) -> bool:
    """Whether a message says this and nothing else."""
    return bool(text) and fold(text or "") in _FOLDED


def turn(conversation: Conversation) -> TurnResult:
    """Nothing is sent any more after the confirmation; who waits for a person waits no longer, a form is over."""
    waited = NO_LONGER_WAITING if conversation.state is State.WAITING else {}
    changes = {**waited, "opted_out": True, "open_question": None, "session": conversation.session + 1, "turns": 0}
    return TurnResult(replies=(Reply(OPT_OUT_KEY),), language=conversation.language or "en", changes=changes)
