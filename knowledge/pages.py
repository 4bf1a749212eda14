"""The information package: topics, pages per language, and the facts they use, read from the texts of its files."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from knowledge.facts import Fact, read_facts
from translations.tables import read_yaml

FOLDER = Path(__file__).with_name("package")
FACTS = "facts.yaml"
MOST_CHARACTERS = 100_000
"""A longer file of a topic is no page: somebody pasted a book."""
SOURCE_LANGUAGE = "en"
"""The language a translation is compared with; every page says in `translated_from` which text it was made from."""

THEMES = ("procedure", "reception", "life-in-reception", "health", "return", "safety-and-identity", "future")
STATUSES = ("draft", "reviewed", "approved")

Sources = Mapping[str, str]
"""The files of a package: their paths from its folder on ("procedure/appeal/nl.md"), and their texts."""

_TOPIC_FILE = re.compile(r"([a-z0-9-]+/[a-z0-9-]+)/topic\.yaml")
_PAGE_FILE = re.compile(r"([a-z0-9-]+/[a-z0-9-]+)/([a-z]{2,3})\.md")
_SITUATION_LINE = re.compile(r"^# (.*)$", re.MULTILINE)


class Situation(StrEnum):
    """Where somebody stays: in a reception place, or anywhere else."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, order=True, kw_only=True)
class Problem:
    """Something wrong in a file of the package, said so that an editor finds the place.

    What is only not there yet does not block: a language without a page, a translation that lags behind.
    """

    path: str
    line: int
    message: str
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class InvalidPackage(ValueError):
    """The package cannot be read; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class TranslatedFrom:
    """Which text a translation was made from: the language, and the hash of its text then."""

    language: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a page says: Markdown with placeholders. Chat sends the short answer, the details follow on "more"."""

    short_answer: str
    details: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One topic in one language.

    `texts` has one text for everybody (None), or one for each situation where the answer differs.
    """

    topic: str
    language: str
    title: str
    status: str
    translated_from: TranslatedFrom | None
    questions: tuple[str, ...]
    texts: Mapping[Situation | None, Text]
    path: str
    source: str

    @cached_property
    def hash(self) -> str:
        """The fingerprint of what a translation is made from: title, short answers and details."""
        parts = [self.title]
        for situation, text in self.texts.items():
            parts += [*([f"# {situation}"] if situation else []), text.short_answer, text.details]
        return hashlib.sha256("\n\n".join(parts).encode()).hexdigest()[:16]

    def texts_for(self, situation: Situation | None) -> dict[Situation | None, Text]:
        """The text for this situation; every text when the situation is not known and makes a difference."""
        if situation in self.texts:
            return {situation: self.texts[situation]}
        return dict(self.texts)

    def line_of(self, fragment: str) -> int:
        """The line of the file in which this fragment stands (1 when it was not found)."""
        for number, line in enumerate(self.source.splitlines(), start=1):
            if fragment.strip() and fragment.strip().splitlines()[0][:60] in line:
                return number
        return 1


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One thing somebody wants to know: what its topic.yaml says.

    `counterpart` is the topic that answers the same need of people in the other situation: the doctor in the centre,
    and a doctor for somebody without a place. `needs_person`: a person must look at it together with the reader.
    """

    id: str
    who: str
    team: str
    counterpart: str | None
    needs_person: bool
    related: tuple[str, ...]
    sources: tuple[str, ...]
    reviewed_on: date
    review_by: date
    open_questions: tuple[str, ...]
    source: str

    @property
    def path(self) -> str:
        """Its file."""
        return topic_path(self.id)

    @property
    def theme(self) -> str:
        """The theme it stands under."""
        return self.id.split("/")[0]


@dataclass(frozen=True, kw_only=True)
class Package:
    """The whole information package."""

    sources: Sources = field(repr=False)
    topics: dict[str, Topic]
    pages: dict[tuple[str, str], Page]
    facts: dict[str, Fact] = field(repr=False)

    def page(self, topic: str, language: str) -> Page:
        """The page of this topic in this language.

        Raises:
            KeyError: there is no such page.
        """
        return self.pages[topic, language]

    def topics_of(self, theme: str) -> list[Topic]:
        """The topics of one theme, in the order of the folder names."""
        return [topic for topic in self.topics.values() if topic.theme == theme]

    def pages_in(self, language: str) -> Iterator[Page]:
        """All pages of one language."""
        return (page for page in self.pages.values() if page.language == language)

    def depends_on_situation(self, topic: str) -> bool:
        """Whether people with and without a reception place need another answer."""
        return self.topics[topic].counterpart is not None or len(self.page(topic, SOURCE_LANGUAGE).texts) > 1

    def topic_for(self, topic: str, situation: Situation | None) -> str:
        """The topic that answers this need for somebody in this situation: itself or its counterpart."""
        counterpart = self.topics[topic].counterpart
        return counterpart if counterpart and situation and self.topics[topic].who != situation else topic

    def is_stale(self, page: Page) -> bool:
        """Whether the text this page was translated from has changed since."""
        if page.translated_from is None:
            return False
        source = self.pages.get((page.topic, page.translated_from.language))
        return source is None or source.hash != page.translated_from.hash

    @cached_property
    def fingerprint(self) -> str:
        """The hash of all its files."""
        digest = hashlib.sha256()
        for path in sorted(self.sources):
            digest.update(f"{path}\0{self.sources[path]}\0".encode())
        return digest.hexdigest()


def topic_path(topic: str) -> str:
    """The file of a topic."""
    return f"{topic}/topic.yaml"


def page_path(topic: str, language: str) -> str:
    """The file of a page."""
    return f"{topic}/{language}.md"


def load_package(folder: Path = FOLDER) -> Package:
    """The package in this folder.

    Raises:
        InvalidPackage: a file cannot be read; every such file is named with its line.
    """
    return read_package(sources_in(folder))


def sources_in(folder: Path) -> dict[str, str]:
    """The files of the package in this folder; others that lie there are left out.

    Raises:
        InvalidPackage: there are no facts, or a file is not UTF-8.
    """
    found: dict[str, str] = {}
    problems = []
    for path in [folder / FACTS, *sorted(folder.glob("*/*/topic.yaml")), *sorted(folder.glob("*/*/*.md"))]:
        name = path.relative_to(folder).as_posix()
        try:
            # As it is: text mode would quietly make other line ends of those in the file.
            found[name] = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(path=name, line=1, message=str(error)))
    if problems:
        raise InvalidPackage(problems)
    return found


def write_sources(sources: Sources, folder: Path) -> tuple[int, int]:
    """Make the package in this folder this one; how many files were written, and how many deleted.

    A file that says so already is not touched; nor is any that is none of a package.
    """
    written = deleted = 0
    for name, text in sources.items():
        path, content = folder / name, text.encode()
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written += 1
    for path in [*folder.glob("*/*/topic.yaml"), *folder.glob("*/*/*.md")]:
        if path.relative_to(folder).as_posix() not in sources:
            path.unlink()
            deleted += 1
    return written, deleted


def read_package(sources: Sources, *, like: Package | None = None) -> Package:
    """The package of these files; what is the same in `like` is not read again.

    Raises:
        InvalidPackage: a file cannot be read; every such file is named with its line.
    """
    problems: list[Problem] = []
    topics: dict[str, Topic] = {}
    pages: dict[tuple[str, str], Page] = {}
    facts: dict[str, Fact] = {}
    for path in sorted(sources, key=_reading_order):
        try:
            known = like is not None and like.sources.get(path) == sources[path]
            if path == FACTS:
                facts = like.facts if like and known else read_facts(sources[path])
            elif match := _TOPIC_FILE.fullmatch(path):
                topics[match[1]] = like.topics[match[1]] if like and known else read_topic(path, sources[path])
            elif match := _PAGE_FILE.fullmatch(path):
                key = (match[1], match[2])
                pages[key] = like.pages[key] if like and known else read_page(path, sources[path])
            else:
                raise ValueError("no file of a package has this name")
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            problems.append(_problem(path, error))
    if FACTS not in sources:
        problems.append(Problem(path=FACTS, line=1, message="there are no facts"))
    if problems:
        raise InvalidPackage(problems)
    return Package(sources=sources, topics=topics, pages=pages, facts=facts)


def _reading_order(path: str) -> tuple[int, str]:
    theme = path.split("/", maxsplit=1)[0]
    return (THEMES.index(theme) if theme in THEMES else len(THEMES), path)


def _problem(path: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    what = f"missing field {error}" if isinstance(error, KeyError) else getattr(error, "problem", None) or str(error)
    return Problem(path=path, line=line, message=what)


def read_topic(path: str, source: str) -> Topic:
    """Read the file of a topic.

    Raises:
        ValueError: its id is not that of its folder, it is too long, or a field says what it cannot say.
        KeyError: a field is missing.
        yaml.YAMLError: it is not YAML.
    """
    row: dict[str, Any] = read_yaml(_of_some_length(source))
    expected = path.removesuffix("/topic.yaml")
    if row["id"] != expected:
        raise ValueError(f"id is {row['id']}, but the folder says {expected}")
    return Topic(
        id=row["id"],
        who=row["who"],
        team=row["team"],
        counterpart=row.get("counterpart"),
        needs_person=_yes_or_no(row, "needs_person"),
        related=tuple(row.get("related") or ()),
        sources=tuple(str(source) for source in row["sources"]),
        reviewed_on=row["reviewed_on"],
        review_by=row["review_by"],
        open_questions=tuple(row.get("open_questions") or ()),
        source=source,
    )


def _of_some_length(source: str) -> str:
    if len(source) > MOST_CHARACTERS:
        raise ValueError(f"{len(source):,} characters, at most {MOST_CHARACTERS:,} can be")
    return source


def _yes_or_no(row: dict[str, Any], key: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is true or is left out")
    return value


def read_page(path: str, source: str) -> Page:
    """Read the file of a page.

    Raises:
        ValueError: no front matter, an unknown status, no text, or too much of it.
        KeyError: a field of the front matter is missing.
        yaml.YAMLError: the front matter is not YAML.
    """
    parts = _of_some_length(source).split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ValueError("the file must begin with front matter between two lines of ---")
    front: dict[str, Any] = read_yaml(parts[1])
    if front["status"] not in STATUSES:
        raise ValueError(f"status {front['status']!r} is none of {', '.join(STATUSES)}")
    origin = front.get("translated_from")
    topic, _, name = path.rpartition("/")
    return Page(
        topic=topic,
        language=name.removesuffix(".md"),
        title=str(front["title"]),
        status=front["status"],
        translated_from=TranslatedFrom(language=origin["language"], hash=str(origin["hash"])) if origin else None,
        questions=tuple(str(question) for question in front["questions"]),
        texts=_read_texts(parts[2]),
        path=path,
        source=source,
    )


def _read_texts(body: str) -> dict[Situation | None, Text]:
    first, *rest = _SITUATION_LINE.split(body)
    if not rest:
        return {None: _read_text(body)}
    names = [name.strip() for name in rest[::2]]
    if first.strip() or names != list(Situation):
        raise ValueError("a page with two texts has the line '# in' before the first and '# out' before the second")
    return {Situation(name): _read_text(text) for name, text in zip(names, rest[1::2], strict=True)}


def _read_text(body: str) -> Text:
    short_answer, _, details = body.strip().partition("\n\n")
    if not short_answer or short_answer.startswith("#"):
        raise ValueError("the text must begin with the short answer, a paragraph of its own")
    return Text(short_answer=" ".join(short_answer.split()), details=details.strip())
