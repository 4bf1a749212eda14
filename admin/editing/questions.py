"""What people ask that no page answers: masked, grouped by likeness, and shown only when several people ask it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from sqlmodel import Session, and_, col, select, update

from admin.editing.masking import MASKS, Masks, common_words
from bot.conversations import Author, Conversation, Message, NotUnderstood
from bot.counts import day_of
from knowledge.pages import Package
from knowledge.sense import Sense
from wegwijs.storage import now, reading

LEAST_CONVERSATIONS = 3
"""What fewer people ask is shown to nobody."""
MOST_MESSAGES = 3_000
"""The latest are looked at."""
LINES_SHOWN = 5
NEAREST_SHOWN = 3
_AT_ONCE = 16
"""So many lines are understood in one go, a fifth of a second: so often does the progress move."""
_FRESH_SECONDS = 5.0

_Key = tuple[str | None, str]


class FindsAlike(Protocol):
    """What grouping needs of understanding."""

    async def senses(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Sense]:
        """What lines come down to."""
        ...

    async def grouped(self, vectors: Sequence[bytes]) -> list[int]:
        """Which lines ask the same, by their vectors."""
        ...


@dataclass(frozen=True, kw_only=True)
class Line:
    """A message that no page answered, masked; `not_meant` is the topic that was answered and not meant."""

    message_id: int
    conversation_id: str
    language: str | None
    text: str
    why: NotUnderstood
    not_meant: str | None
    day: str

    @property
    def key(self) -> _Key:
        """What is understood once, however many people write it."""
        return self.language, self.text


@dataclass(frozen=True, kw_only=True)
class Group:
    """Messages that ask the same, of at least three conversations; `nearest` are the topics they are nearest to."""

    lines: tuple[Line, ...]
    nearest: tuple[str, ...]

    @property
    def conversations(self) -> int:
        """How many people ask it, as far as that can be told."""
        return len({line.conversation_id for line in self.lines})

    @property
    def message_ids(self) -> list[int]:
        """Its messages."""
        return sorted(line.message_id for line in self.lines)

    @property
    def first_day(self) -> str:
        """Since when it is asked."""
        return min(line.day for line in self.lines)

    @property
    def last_day(self) -> str:
        """When it was asked last."""
        return max(line.day for line in self.lines)

    @property
    def causes(self) -> list[tuple[NotUnderstood, str | None, int]]:
        """What was done with the messages, with the topic that was not meant: how often, the most frequent first."""
        counted = Counter((line.why, line.not_meant) for line in self.lines)
        return [(why, topic, number) for (why, topic), number in counted.most_common()]

    @property
    def by_language(self) -> dict[str | None, list[str]]:
        """Some lines of each language: those that most people write, then those that say most without a mask."""
        counted = Counter(line.key for line in self.lines)
        texts: dict[str | None, list[str]] = {}
        for language, text in sorted(counted, key=lambda key: (-counted[key], _masks_in(key[1]), key[1])):
            texts.setdefault(language, []).append(text)
        most_first = sorted(texts, key=lambda language: (-len(texts[language]), language or ""))
        return {language: texts[language][:LINES_SHOWN] for language in most_first}


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """The groups are being made: so many of the lines are understood."""

    done: int
    total: int


def _words(text: str) -> str:
    """What is compared: to the encoder, two lines of masks would be as good as the same."""
    return " ".join(word for word in text.split() if word not in MASKS)


def _masks_in(text: str) -> int:
    return sum(1 for word in text.split() if word in MASKS)


def _marked(since: datetime) -> tuple[object, ...]:
    """Marked messages of conversations that are not past their time, and in which nobody cried for help."""
    return (
        col(Message.not_understood).is_not(None),
        col(Message.author) == Author.PERSON,
        and_(col(Conversation.last_message_at) >= since, col(Conversation.danger).is_(None)),
    )


def marked_messages(session: Session, *, since: datetime) -> list[tuple[Message, str]]:
    """The marked messages, the latest first, with their texts. These must be masked before they go anywhere."""
    query = (
        select(Message)
        .join(Conversation, col(Message.conversation_id) == col(Conversation.id))
        .where(*_marked(since))  # type: ignore[arg-type]
        .order_by(col(Message.id).desc())
        .limit(MOST_MESSAGES)
    )
    return [(message, text) for message in session.exec(query).all() if (text := message.content.get("text"))]


def still_marked(session: Session, *, since: datetime) -> set[int]:
    """The ids of the messages that may be shown at this moment."""
    query = (
        select(Message.id)
        .join(Conversation, col(Message.conversation_id) == col(Conversation.id))
        .where(*_marked(since))  # type: ignore[arg-type]
    )
    return {number for number in session.exec(query).all() if number is not None}


def clear_marks(session: Session, message_ids: Collection[int]) -> None:
    """The editors are done with these messages; who asks the same again is seen again."""
    session.exec(
        update(Message)
        .where(col(Message.id).in_(message_ids), col(Message.not_understood).is_not(None))
        .values(not_understood=None, not_meant=None)
    )


def masked_lines(messages: Sequence[tuple[Message, str]], masks: Masks) -> list[Line]:
    """The messages masked; what then says nothing more is left out."""
    common = common_words((message.conversation_id, text) for message, text in messages)
    return [
        Line(
            message_id=message.id or 0,
            conversation_id=message.conversation_id,
            language=message.language,
            text=masked,
            why=message.not_understood or NotUnderstood.UNKNOWN,
            not_meant=message.not_meant,
            day=day_of(message.created_at),
        )
        for message, text in messages
        if _says_something(masked := masks.masked(text, message.language, common=common))
    ]


def _says_something(text: str) -> bool:
    return any(map(str.isalpha, _words(text)))


class Asked:
    """Makes the groups when somebody looks, in the background when that takes long; lines are understood once."""

    def __init__(
        self, alike: FindsAlike, *, package: Callable[[], Package], retention: timedelta, patience: float = 1.0
    ) -> None:
        """`package` gives what is served now; messages of conversations older than `retention` are not looked at.

        Whoever asks for the groups waits so many seconds for them.
        """
        self._alike = alike
        self._package = package
        self._retention = retention
        self._patience = patience
        self._masks: tuple[Package, Masks] | None = None
        self._senses: dict[_Key, Sense] = {}
        self._task: asyncio.Task[list[Group]] | None = None
        self._made_at = 0.0
        self._under_way = UnderWay(done=0, total=0)

    async def groups(self) -> list[Group] | UnderWay:
        """The groups as they may be shown at this moment; how far they are, when that takes long.

        Raises:
            BrokenProcessPool: the process of understanding died.
        """
        task = self._task
        if task is None or (task.done() and monotonic() - self._made_at > _FRESH_SECONDS):
            task = self._task = asyncio.create_task(self._make())
        await asyncio.wait({task}, timeout=self._patience)
        if not task.done():
            return self._under_way
        self._task = task if task.exception() is None else None
        return await asyncio.to_thread(self._as_they_stand, task.result())

    def _as_they_stand(self, groups: Sequence[Group]) -> list[Group]:
        """What was erased, or dealt with, since they were made is gone from them."""
        with reading() as session:
            there = still_marked(session, since=now() - self._retention)
        left = [replace(each, lines=tuple(line for line in each.lines if line.message_id in there)) for each in groups]
        return [each for each in left if each.conversations >= LEAST_CONVERSATIONS]

    async def _make(self) -> list[Group]:
        self._under_way = UnderWay(done=0, total=0)
        package = self._package()
        lines = await asyncio.to_thread(self._read, package)
        await self._understand([line.key for line in lines])
        groups = await self._grouped([line for line in lines if not self._senses[line.key].is_danger])
        self._made_at = monotonic()
        return groups

    def _read(self, package: Package) -> list[Line]:
        if self._masks is None or self._masks[0] is not package:
            self._masks, self._senses = (package, Masks(package)), {}
        with reading() as session:
            messages = marked_messages(session, since=now() - self._retention)
        return masked_lines(messages, self._masks[1])

    async def _understand(self, keys: Sequence[_Key]) -> None:
        """Understand what is new; what nobody writes any more is forgotten."""
        self._senses = {key: self._senses[key] for key in keys if key in self._senses}
        new = [key for key in dict.fromkeys(keys) if key not in self._senses]
        for start in range(0, len(new), _AT_ONCE):
            self._under_way = UnderWay(done=start, total=len(new))
            some = new[start : start + _AT_ONCE]
            senses = await self._alike.senses([_words(text) for _, text in some], [language for language, _ in some])
            self._senses |= zip(some, senses, strict=True)

    async def _grouped(self, lines: Sequence[Line]) -> list[Group]:
        keys = list(dict.fromkeys(line.key for line in lines))
        if not keys:
            return []
        numbers = dict(zip(keys, await self._alike.grouped([self._senses[key].vector for key in keys]), strict=True))
        members: dict[int, list[Line]] = {}
        for line in lines:
            members.setdefault(numbers[line.key], []).append(line)
        groups = [Group(lines=tuple(some), nearest=self._nearest(some)) for some in members.values()]
        asked = [group for group in groups if group.conversations >= LEAST_CONVERSATIONS]
        return sorted(asked, key=lambda group: (-group.conversations, group.message_ids))

    def _nearest(self, lines: Sequence[Line]) -> tuple[str, ...]:
        """The topics that most lines are near."""
        points: Counter[str] = Counter()
        for line in lines:
            topics = self._senses[line.key].topics
            for place, topic in enumerate(topics):
                points[topic] += len(topics) - place
        return tuple(topic for topic, _ in points.most_common(NEAREST_SHOWN))
