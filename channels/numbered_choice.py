"""Choosing by number, where a messenger has no room for all the buttons: "3" means the third."""

from sqlmodel import Session, col, select

from bot.conversations import Author, Message

_MAX_DIGITS = 2


def chosen_by_number(session: Session, message: Message) -> str | None:
    """The payload of the button whose number the person wrote, in digits of any script; None when it is no choice."""
    number = number_in(message.content.get("text") or "")
    if number is None or message.content.get("button"):
        return None
    query = (
        select(Message)
        .where(Message.conversation_id == message.conversation_id, Message.author != Author.PERSON)
        .order_by(col(Message.id).desc())
        .limit(1)
    )
    last = session.exec(query).first()
    buttons = last.content.get("buttons", []) if last is not None else []
    return buttons[number - 1]["payload"] if 0 < number <= len(buttons) else None


def number_in(text: str) -> int | None:
    """The number a message consists of, "3." or "٣" too; None when it says more."""
    digits = text.strip().strip(".)#").strip()
    return int(digits) if digits.isdecimal() and len(digits) <= _MAX_DIGITS else None
