"""What a member of staff sends: a canned reply, a page, or their own words, made ready for the person to read."""

import html
from dataclasses import dataclass
from typing import Any

from admin.canned_replies import text as canned_text
from bot.conversations import Conversation
from bot.replies import Rendered, Renderer, Reply
from bot.situations import with_situation
from knowledge.facts import Fact
from knowledge.rendering import to_html, to_plain
from translations.languages import languages
from translations.machine import MachineTranslation, Translated
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


def canned_answer(
    conversation: Conversation, canned: str, blanks: dict[str, str], *, facts: dict[str, Fact], interface: str
) -> Answer:
    """A canned reply in the person's language; beside it the same in the language of the desk.

    Raises:
        UnknownCannedReply, BlankNotFilled: see `admin.canned_replies`.
    """
    code = language_of(conversation)
    said = canned_text(canned, code, blanks)
    ours = to_plain(canned_text(canned, interface, blanks), code=interface, facts=facts)
    rendered = Rendered(
        key=KEY,
        language=code,
        text=to_plain(said, code=code, facts=facts),
        html=to_html(said, code=code, facts=facts),
    )
    return Answer(rendered=rendered, beside={"canned": canned, "language": interface, "text": ours})


def page_answer(conversation: Conversation, topic: str, *, renderer: Renderer, interface: str) -> Answer:
    """The short answer of a published page in the person's language, with the way to the rest of it.

    Raises:
        KeyError: no such topic.
    """
    title = renderer.package.page(topic, interface).title
    reply = with_situation(Reply("answer", {"topic": topic}), conversation.situation)
    rendered = renderer.render(reply, language=language_of(conversation), moment=now())
    return Answer(rendered=rendered, beside={"page": topic, "language": interface, "text": title})


def written_answer(text: str, *, language: str) -> Answer:
    """The own words of a member of staff, in a language that the person reads."""
    return Answer(rendered=_in_own_words(text, language), beside={})


def translated_answer(text: str, *, source: str, translated: Translated, target: str, caution: str) -> Answer:
    """A machine's translation of them, marked as such for the person; the original stays beside it."""
    rendered = _in_own_words(f"{translated.text}\n\n({caution})", target)
    return Answer(rendered=rendered, beside={"translated": True, "language": source, "text": text})


def caution_of_translation(code: str, *, facts: dict[str, Fact]) -> str:
    """What tells the person that a computer translated."""
    return to_plain(canned_text("translation_may_err", code, {}), code=code, facts=facts)


def _in_own_words(text: str, language: str) -> Rendered:
    paragraphs = (html.escape(part.strip()).replace("\n", "<br>") for part in text.split("\n\n"))
    return Rendered(
        key=KEY, language=language, text=text.strip(), html="".join(f"<p>{part}</p>" for part in paragraphs if part)
    )


def languages_to_write_in(machine: MachineTranslation, source: str, target: str) -> list[str]:
    """What is offered where no safe translation is there: languages into which these words can be put, and as they are."""
    return [code for code in languages() if code not in {source, target} and machine.can_translate(source, code)]
