"""What is still said while Rasa is down or restarting: information, danger, and the way to a person.

A question asked here is marked, so that its answer comes back here even when Rasa is there again.
"""

from bot.actions import NO_TOWN
from bot.replies import Reply

_MARK = "without_rasa:"


def marked(question: str | None) -> str | None:
    """The open question, marked as asked here."""
    return f"{_MARK}{question}" if question else None


def owns(open_question: str | None) -> bool:
    """Whether the open question was asked here."""
    return bool(open_question and open_question.startswith(_MARK))


def replies(intent: str, entities: dict[str, str], open_question: str | None) -> list[Reply]:
    """The replies to an intent, without memory but for the open question, marked or not."""
    asked = open_question.removeprefix(_MARK) if open_question else None
    if asked in {"ask_consent", "ask_town"}:
        return _answer_to_consent(intent, entities)
    if asked == "ask_delete":
        return _answer_to_delete(intent, entities)
    return _reply(intent, entities)


def _answer_to_consent(intent: str, entities: dict[str, str]) -> list[Reply]:
    """A town is not asked without Rasa; one that Rasa asked for before it went away is taken all the same."""
    if intent in {"affirm", "inform", "skip"}:
        return [Reply("waiting", {"town": entities.get("town", NO_TOWN)})]
    if intent == "deny":
        return [Reply("handover_refused")]
    if intent in {"stop", "goodbye"}:
        return [Reply("handover_stopped")]
    if intent == "delete":
        return [Reply("ask_delete")]
    return [*_reply(intent, entities), Reply("form_goes_on"), Reply("ask_consent")]


def _answer_to_delete(intent: str, entities: dict[str, str]) -> list[Reply]:
    if intent == "affirm":
        return [Reply("deleted")]
    if intent in {"deny", "stop", "goodbye"}:
        return [Reply("delete_kept")]
    if intent == "person":
        return [Reply("ask_consent")]
    return [*_reply(intent, entities), Reply("form_goes_on"), Reply("ask_delete")]


def _reply(intent: str, entities: dict[str, str]) -> list[Reply]:
    match intent:
        case "answer":
            return [Reply("answer", entities)]
        case "explain":
            return [Reply("term", entities)]
        case "answer_by_situation":
            return [Reply("ask_situation", entities)]
        case "danger":
            return [Reply("danger", entities), Reply("danger_person")]
        case "theme":
            return [Reply("theme", entities)]
        case "language_chosen":
            return [Reply("language_changed", entities)]
        case "person" | "misunderstood":
            offer = [Reply("offer_person")] if intent == "misunderstood" else []
            return [*offer, Reply("ask_consent")]
        case "delete":
            return [Reply("ask_delete")]
        case "change_language":
            return [Reply("ask_language")]
        case "choices" | "unknown" | "off_topic" | "greet" | "thanks" | "goodbye" | "smalltalk" | "menu":
            return [Reply(intent)]
        case "more":
            return [Reply("more_nothing")]
        case _:
            return [Reply("unknown")]
