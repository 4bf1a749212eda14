"""What a member of staff sends: a canned reply, a page, or their own words, made ready for the person to read."""

import html
from dataclasses import dataclass
from typing import Any

from admin.canned_replies import text as canned_text
from bot.conversations import Conversation
from bot.replies import Rendered, Renderer, Reply
from bot.situations import with_situation
from knowledge.pages import SOURCE_LANGUAGE, Package, Page
from translations.machine.translation import Translated
from wegwijs.storage import now

KEY = "staff"
FALLBACK = "en"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the person reads, and what the desk sees beside it."""

    rendered: Rendered
    beside: dict[str, Any]


def language_of(conversation: Conversation) -> str:
    """The language a person is answered in."""
    return conversation.language or FALLBACK


def page_in(package: Package, topic: str, interface: str) -> Page:
    """A page in the language of the desk; in English as long as nobody has written it in that.

    Raises:
        KeyError: no such topic.
    """
    return package.pages.get((topic, interface)) or package.page(topic, SOURCE_LANGUAGE)


def canned_answer(
    conversation: Conversation, canned: str, blanks: dict[str, str], *, package: Package, interface: str
) -> Answer:
    """A canned reply in the person's language; beside it the same in the language of the desk.

    Raises:
        UnknownCannedReply, BlankNotFilled: see `admin.canned_replies`.
    """
    code = language_of(conversation)
    said = canned_text(canned, code, blanks, package=package)
    ours = canned_text(canned, interface, blanks, package=package)
    return Answer(rendered=_in_words(said, code), beside={"canned": canned, "language": interface, "text": ours})


def page_answer(conversation: Conversation, topic: str, *, renderer: Renderer, interface: str) -> Answer:
    """The short answer of a published page in the person's language, with the way to the rest of it.

    Raises:
        KeyError: no such topic.
    """
    title = page_in(renderer.package, topic, interface).title
    reply = with_situation(Reply("answer", {"topic": topic}), conversation.situation)
    rendered = renderer.render(reply, language=language_of(conversation), moment=now())
    return Answer(rendered=rendered, beside={"page": topic, "language": interface, "text": title})


def written_answer(text: str, *, language: str) -> Answer:
    """The own words of a member of staff, in a language that the person reads."""
    return Answer(rendered=_in_words(text, language), beside={})


def translated_answer(text: str, *, source: str, translated: Translated, target: str, package: Package) -> Answer:
    """A machine's translation of them, marked as such for the person; the original stays beside it."""
    caution = canned_text("translation_may_err", target, {}, package=package)
    rendered = _in_words(f"{translated.text}\n\n({caution})", target)
    return Answer(rendered=rendered, beside={"translated": True, "language": source, "text": text})


def _in_words(text: str, language: str) -> Rendered:
    paragraphs = (html.escape(part.strip()).replace("\n", "<br>") for part in text.split("\n\n"))
    said = "".join(f"<p>{part}</p>" for part in paragraphs if part)
    return Rendered(key=KEY, language=language, text=text.strip(), html=said)
