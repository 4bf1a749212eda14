"""Files of messages: to be understood, or to measure with because what they ask for is known."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translations.languages import Script, languages
from translations.recognition import main_script

INFORMATION, OFF_TOPIC, DANGER, PERSON, SMALLTALK = "information", "off_topic", "danger", "person", "smalltalk"
"""The kinds of message with figures of their own; any other ("calm") only must not raise an alarm."""
_ASK_FOR_NO_PAGE = frozenset({OFF_TOPIC, DANGER, PERSON, SMALLTALK})


class NotAQuestionFile(ValueError):
    """A line is not in the agreed form, or there is none; says which."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A line of a file to be understood."""

    id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Question(Message):
    """A line that measures: its language, its kind, and the topics of which any is a right answer."""

    lang: str
    kind: str
    topics: tuple[str, ...] = ()

    @property
    def asks_for_page(self) -> bool:
        """Whether a page is what it should get."""
        return bool(self.topics) and self.kind not in _ASK_FOR_NO_PAGE

    @property
    def is_calm(self) -> bool:
        """Whether taking it for danger is a false alarm; who asks for a person may well be in need."""
        return self.kind not in {DANGER, PERSON}

    @property
    def is_romanised(self) -> bool:
        """Whether it writes Arabic, Persian, Pashto or Tigrinya in Latin letters."""
        known = languages().get(self.lang)
        return known is not None and known.romanised and main_script(self.text) is Script.LATIN


def read_messages(path: Path) -> list[Message]:
    """Read lines with `id` and `text`, of one file or of every *.jsonl in a folder; other fields are ignored.

    Raises:
        OSError: the file cannot be read.
        NotAQuestionFile: a line has another form; the message names the line.
    """
    return [Message(id=_text(row, "id", where), text=_text(row, "text", where)) for where, row in _rows(path)]


def read_questions(path: Path) -> list[Question]:
    """Read lines with `id`, `text`, `lang`, `kind` and a list of `topics`, as `read_messages` does.

    Raises:
        OSError: the file cannot be read.
        NotAQuestionFile: a line has another form, or there is no line; the message says which.
    """
    questions = [
        Question(
            id=_text(row, "id", where),
            text=_text(row, "text", where),
            lang=_text(row, "lang", where),
            kind=_text(row, "kind", where),
            topics=_topics(row, where),
        )
        for where, row in _rows(path)
    ]
    if not questions:
        raise NotAQuestionFile(f"{path}: there is no question in it")
    return questions


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line as a JSON object, with the place to name in an error ("questions.jsonl:2")."""
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
        for number, line in enumerate(_lines(file), start=1):
            if line.strip():
                yield f"{file}:{number}", _row(line, f"{file}:{number}")


def _lines(file: Path) -> list[str]:
    try:
        # Not splitlines: U+2028 and its like may stand inside a JSON string. Some editors put a mark before the first.
        return file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise NotAQuestionFile(f"{file}: not UTF-8 ({error.reason} at byte {error.start})") from None


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise NotAQuestionFile(f"{where}: not JSON ({error})") from None
    if not isinstance(row, dict):
        raise NotAQuestionFile(f"{where}: not a JSON object")
    return row


def _text(row: dict[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if field == "id" and isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise NotAQuestionFile(f"{where}: {field} is {'missing' if value is None else 'not a text'}")
    return value


def _topics(row: dict[str, Any], where: str) -> tuple[str, ...]:
    topics = row.get("topics") or []
    if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
        raise NotAQuestionFile(f"{where}: topics is not a list of texts")
    return tuple(topics)
