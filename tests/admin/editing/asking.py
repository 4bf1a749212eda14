"""People who ask what no page answers, straight into the database."""

from datetime import timedelta

from bot.conversations import Author, Conversation, Message, NotUnderstood, start_conversation
from wegwijs.storage import now, transaction

CAR = {
    "nl": "waar kan ik een auto kopen",
    "fr": "où acheter une voiture",
    "en": "where can i buy a car",
    "ru": "где купить машину",
}
DOG = {"nl": "mag mijn hond mee naar het centrum", "fr": "est ce que mon chien peut venir au centre avec moi"}


def begin(language: str, *, danger: str | None = None, ago: timedelta = timedelta(0)) -> str:
    """A conversation; its last message is so long ago."""
    with transaction() as session:
        conversation, _ = start_conversation(session, channel="web", language=language)
        conversation.danger, conversation.last_message_at = danger, now() - ago
        return conversation.id


def ask(
    text: str,
    language: str,
    *,
    conversation: str | None = None,
    why: NotUnderstood | None = NotUnderstood.UNKNOWN,
    not_meant: str | None = None,
) -> int:
    """A message, in a conversation of its own unless another is named; its id."""
    with transaction() as session:
        message = Message(
            conversation_id=session.get_one(Conversation, conversation or begin(language)).id,
            channel="web",
            author=Author.PERSON,
            language=language,
            content={"kind": "text", "text": text},
            processed_at=now(),
            not_understood=why,
            not_meant=not_meant,
        )
        session.add(message)
        session.flush()
        return message.id or 0
