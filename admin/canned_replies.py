"""Canned replies: one meaning, one text per language; staff choose the meaning, the person reads it in their own.

The meanings stand in canned/meanings.yaml, the texts in canned/<code>.yaml.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale

from bot.teams import Team
from knowledge.facts import date_text, weekday_name
from knowledge.pages import Package
from knowledge.rendering import to_plain
from knowledge.text import clean, fold
from translations.languages import Direction, language
from translations.tables import read_yaml

FOLDER = Path(__file__).with_name("canned")
INTERFACE_LANGUAGES = ("nl", "fr", "en")
"""The languages in which staff choose and search."""
BLANK = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")
MAX_TYPED_CHARACTERS = 200
"""Of an address or a name: more is a message, and would go out untranslated."""


class UnknownCannedReply(LookupError):
    """No canned reply has this id."""


class BlankNotFilled(ValueError):
    """A blank of a canned reply was left open, or filled with what it cannot hold."""

    def __init__(self, reply_id: str, blank: str) -> None:
        super().__init__(f"{reply_id}: {blank}")
        self.blank = blank


class BlankKind(StrEnum):
    """What a blank holds, and how its value is given."""

    DATE = "date"
    """A day: 2026-11-24."""
    TIME = "time"
    """A clock time: 14:30."""
    TEAM = "team"
    """A value of Team."""
    LANGUAGE = "language"
    """The code of a language, also of one that Wegwijs does not speak: ti, ku, am."""
    TOPIC = "topic"
    """The id of a topic of the information package; its title is shown."""
    PLACE = "place"
    """An address or the name of a place, as staff type it."""
    FIRST_NAME = "first_name"
    """A first name, as staff type it."""


@dataclass(frozen=True, kw_only=True)
class CannedReply:
    """One meaning: what it leaves open, and what staff call it in each language of their interface."""

    id: str
    group: str
    blanks: dict[str, BlankKind]
    name: dict[str, str]
    keywords: dict[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The canned replies in one language: how a day is written, what the teams are called, the text of each meaning."""

    day: str
    teams: dict[str, str]
    texts: dict[str, str]


def file_of(name: str) -> Path:
    """Where the meanings ("meanings") or the texts of a language (its code) stand."""
    return FOLDER / f"{name}.yaml"


@cache
def groups() -> dict[str, dict[str, str]]:
    """The groups in the order in which they are shown, each with its name per language of the interface."""
    found: dict[str, dict[str, str]] = _meanings()["groups"]
    return found


@cache
def canned_replies() -> dict[str, CannedReply]:
    """All canned replies by id."""
    return {reply_id: _read_reply(reply_id, row) for reply_id, row in _meanings()["meanings"].items()}


@cache
def wording(code: str) -> Wording:
    """What the canned replies say in this language.

    Raises:
        FileNotFoundError: there is no file for this language.
    """
    rows = read_yaml(file_of(code).read_text(encoding="utf-8"))
    return Wording(day=rows["day"], teams=rows["teams"], texts=rows["texts"])


def canned_reply(reply_id: str) -> CannedReply:
    """The canned reply with this id.

    Raises:
        UnknownCannedReply: there is none.
    """
    try:
        return canned_replies()[reply_id]
    except KeyError:
        raise UnknownCannedReply(reply_id) from None


def text(reply_id: str, code: str, blanks: Mapping[str, str], *, package: Package) -> str:
    """What a person who reads the language `code` gets: facts and blanks filled in, in their language.

    `blanks` gives a value for each blank of the reply, as BlankKind says; `package` has the facts and the titles.

    Raises:
        UnknownCannedReply: no reply has this id.
        BlankNotFilled: a value is missing or wrong; its `blank` says which.
    """
    reply = canned_reply(reply_id)
    filled = {
        blank: _filled(reply, blank, value=blanks.get(blank, ""), code=code, package=package) for blank in reply.blanks
    }
    return BLANK.sub(lambda match: filled[match[1]], _with_facts(reply_id, code, package))


def open_text(reply_id: str, code: str, *, package: Package) -> str:
    """The same before its blanks are filled, for choosing.

    Raises:
        UnknownCannedReply: no reply has this id.
    """
    return BLANK.sub("…", _with_facts(canned_reply(reply_id).id, code, package))


def _with_facts(reply_id: str, code: str, package: Package) -> str:
    return to_plain(wording(code).texts[reply_id], code=code, facts=package.facts)


def search(query: str, interface_language: str, *, limit: int = 10) -> list[CannedReply]:
    """The replies whose name, keywords or text (nl, fr or en) hold words that begin like those typed, best first.

    Case and accents make no difference. Without a word to look for: all replies, group by group.
    """
    words = _words(query)
    if not words:
        order = list(groups())
        return sorted(canned_replies().values(), key=lambda reply: order.index(reply.group))
    scores = {reply_id: _score(words, fields) for reply_id, fields in _index(interface_language).items()}
    found = sorted((reply_id for reply_id in scores if scores[reply_id] > (0, 0)), key=scores.__getitem__, reverse=True)
    return [canned_replies()[reply_id] for reply_id in found[:limit]]


def _meanings() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(file_of("meanings").read_text(encoding="utf-8"))
    return found


def _read_reply(reply_id: str, row: dict[str, Any]) -> CannedReply:
    return CannedReply(
        id=reply_id,
        group=row["group"],
        blanks={blank: BlankKind(kind) for blank, kind in row.get("blanks", {}).items()},
        name=row["name"],
        keywords={code: tuple(words) for code, words in row["keywords"].items()},
    )


def _filled(reply: CannedReply, blank: str, *, value: str, code: str, package: Package) -> str:
    try:
        words = _in_words(reply.blanks[blank], value, code=code, package=package)
    except (LookupError, ValueError):
        words = ""
    if not words:
        raise BlankNotFilled(reply.id, blank)
    return words


def _in_words(kind: BlankKind, value: str, *, code: str, package: Package) -> str:
    match kind:
        case BlankKind.DATE:
            return _day(date.fromisoformat(value), code)
        case BlankKind.TIME:
            return f"{time.fromisoformat(value):%H:%M}"
        case BlankKind.TEAM:
            return wording(code).teams[Team(value)]
        case BlankKind.LANGUAGE:
            return language(code).name if value == code else str(Locale.parse(code).languages[value])
        case BlankKind.TOPIC:
            return package.page(value, code).title
        case BlankKind.PLACE | BlankKind.FIRST_NAME:
            return _typed(value, code)


def _day(day: date, code: str) -> str:
    return wording(code).day.format(weekday=weekday_name(day.weekday(), code), date=date_text(day, code))


def _typed(value: str, code: str) -> str:
    """What staff typed, on one line; its own direction kept where the text around it runs from right to left."""
    words = " ".join(clean(value).split())
    if len(words) > MAX_TYPED_CHARACTERS:
        raise ValueError(len(words))
    isolated = words and language(code).direction is Direction.RTL
    return f"\u2068{words}\u2069" if isolated else words


_Fields = tuple[tuple[int, frozenset[str]], ...]


@cache
def _index(interface_language: str) -> dict[str, _Fields]:
    """The words each reply is found by, with their weight: its name first, then its keywords, then its text."""
    texts = wording(interface_language).texts
    return {
        reply.id: (
            (3, frozenset(_words(reply.name[interface_language]))),
            (2, frozenset(_words(" ".join(reply.keywords[interface_language])))),
            (1, frozenset(_words(BLANK.sub(" ", texts[reply.id])))),
        )
        for reply in canned_replies().values()
    }


def _score(words: list[str], fields: _Fields) -> tuple[int, int]:
    """How many of the words are found, then where: a whole word counts for more than the beginning of one."""
    best = [
        max(2 * weight * _begins(word, found) + weight * (word in found) for weight, found in fields) for word in words
    ]
    return sum(1 for score in best if score), sum(best)


def _begins(word: str, found: frozenset[str]) -> bool:
    return any(other.startswith(word) for other in found)


def _words(words: str) -> list[str]:
    return fold(words).replace("'", " ").split()
