"""Writing the files of the package: what did not change stays as it was written, to the letter."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from knowledge.pages import Page, Situation, Text, TranslatedFrom, read_page
from translations.tables import read_yaml

_TOP_LEVEL_KEY = re.compile(r"^([A-Za-z_][A-Za-z0-9_.-]*):", re.MULTILINE)
_BELONGS_TO_KEY = re.compile(r"[ \t-]")
_QUESTION_LINE = re.compile(r"^ {2}- .*$", re.MULTILINE)


def written_page(
    path: str,
    *,
    title: str,
    status: str,
    translated_from: TranslatedFrom | None,
    questions: Iterable[str],
    texts: Mapping[Situation | None, Text],
    like: Page | None = None,
) -> str:
    """The text of a page's file that says this; what says the same as in `like` is written as it is there.

    Raises:
        ValueError, KeyError, yaml.YAMLError: what `read_page` refuses.
    """
    known = _question_lines(like) if like is not None else {}
    asked = [known.get(question, f"  - {scalar(question)}") for question in questions]
    source = _page(title, status, translated_from, asked, _body(texts, like))
    made = read_page(path, source)
    return like.source if like is not None and _said(made) == _said(like) else source


def _said(page: Page) -> tuple[Any, ...]:
    return (page.title, page.status, page.translated_from, page.questions, dict(page.texts))


def _page(title: str, status: str, origin: TranslatedFrom | None, question_lines: list[str], body: str) -> str:
    front = [f"title: {scalar(title)}", f"status: {status}"]
    if origin is not None:
        front.append(f"translated_from: {{language: {origin.language}, hash: '{origin.hash}'}}")
    asked = ["questions:", *question_lines] if question_lines else ["questions: []"]
    return "\n".join(["---", *front, *asked, "---", body])


def _question_lines(page: Page) -> dict[str, str]:
    """Each question of a page with its line in the file, where it takes one line."""
    front = page.source.split("---\n", 2)[1]
    found = {}
    for line in _QUESTION_LINE.findall(front):
        try:
            (value,) = read_yaml(line)
        except (yaml.YAMLError, ValueError):
            continue
        found[str(value)] = line
    return found


def _body(texts: Mapping[Situation | None, Text], like: Page | None) -> str:
    if like is not None and dict(texts) == dict(like.texts):
        return like.source.split("---\n", 2)[2]
    parts = ["\n\n".join(part for part in (text.short_answer, text.details) if part) for text in texts.values()]
    if set(texts) == {None}:
        return f"{parts[0]}\n"
    return "\n\n".join(f"# {situation}\n{part}" for situation, part in zip(texts, parts, strict=True)) + "\n"


def scalar(value: str) -> str:
    """A text as YAML on one line: plain where that is read back as the same text, else in double quotes."""
    try:
        is_plain = value == value.strip() and read_yaml(f"- {value}") == [value] and "\n" not in value
    except yaml.YAMLError:
        is_plain = False
    # In a map {a, b} as in facts.yaml these would end a plain text.
    return value if is_plain and not re.search(r"[\[\]{},#:]", value) else json.dumps(value, ensure_ascii=False)


def entry(source: str, key: str) -> str | None:
    """The lines of this top-level key of a YAML file, comments behind it included; None when there is none."""
    for found, start, end in _entries(source):
        if found == key:
            return source[start:end]
    return None


def with_entry(source: str, key: str, lines: str | None) -> str:
    """The file with these lines for this key, at its place or at the end; without the key for None."""
    new = "" if lines is None else lines.rstrip("\n") + "\n"
    for found, start, end in _entries(source):
        if found == key:
            return source[:start] + new + source[end:]
    return (source if source.endswith("\n") or not source else f"{source}\n") + new


def _entries(source: str) -> list[tuple[str, int, int]]:
    """Each top-level key with where its lines begin and end: the indented ones that follow belong to it."""
    found = []
    for match in _TOP_LEVEL_KEY.finditer(source):
        end = source.find("\n", match.end()) + 1 or len(source)
        while end < len(source) and _BELONGS_TO_KEY.match(source, end):
            end = source.find("\n", end) + 1 or len(source)
        found.append((match[1], match.start(), end))
    return found
