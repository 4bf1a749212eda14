"""Taking out of a message what only one person would write, before anybody or anything else sees it.

What stays are words that the package itself uses in this language, names of places, and, in scripts with capitals,
words in small letters that several people wrote. Rather too much goes than too little: a name in small letters is no
different from a word that we do not know.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby

from bot.towns import known_town
from knowledge.pages import Package
from knowledge.samples import load_utterances
from knowledge.text import clean, fold
from knowledge.wording import words_only

NAME, NUMBER, ADDRESS, MAIL, LINK, WORDS = "[name]", "[number]", "[address]", "[e-mail]", "[link]", "[...]"
MASKS = frozenset({NAME, NUMBER, ADDRESS, MAIL, LINK, WORDS})
WRITTEN_BY_SEVERAL = 3
"""A word that so many conversations have, or so many of our own sample lines, tells nothing of one person."""


def parts_of(text: str) -> list[str]:
    """The words of a text as they are compared: folded, cut at apostrophes."""
    return fold(text).replace("'", " ").split()


_BRACKETS = str.maketrans("[]", "  ")
_EDGE = '.,;:!?…"“”«»()<>{}*_~،؛؟።፣፤፡፥፦፧'
_ENDS = tuple(".!?…؟።፧")
_LINKS = re.compile(r"://|^www\.|\w\.[^\W\d_]{2,}(?:/|$)|\w\.\w+/")
_STREET_ENDINGS = re.compile(r"\w{3}(?:straat|steenweg|laan|plein|dreef|kaai|strasse|straße|gasse|allee|platz)$")
_LONGEST_NAME = 3
_LONGEST_STREET = 5

_INTRODUCTIONS = (
    "my name is / my name / i am called / they call me / mijn naam is / ik heet / je m'appelle / mon nom est / "
    "mon nom c'est / ich heiße / ich heisse / mein name ist / me llamo / mi nombre es / me chamo / chamo-me / "
    "meu nome é / меня зовут / моё имя / мое имя / adım / benim adım / ismim / quhem / emri im është / unë jam / "
    "اسمي / أنا اسمي / ismi / اسم من / نام من / اسمم / نامم / esm man / زما نوم / nom me / magacaygu waa / magacaygu / "
    "magacayga waa / ሽመይ / ስመይ / shmey / smey"
)
"""After these somebody's name follows, be it a word that we know."""
_STREETS_BEFORE = frozenset(
    parts_of(
        "rue avenue av ave boulevard bd bld chaussée chemin quai impasse calle avenida rua via rruga улица ул проспект "
        "شارع خیابان کوچه سرک سړک کوڅه waddada jidka ጎደና jada"
    )
)
"""The name of the street comes after it."""
_ALWAYS_NAMED = frozenset(parts_of("شارع"))
"""Without an article this is the beginning of a name."""
_STREETS_AFTER = frozenset(
    parts_of("street road avenue lane sokak sokağı cadde caddesi mahallesi straße strasse straat")
)
_OF = frozenset(parts_of("de du des d la of van"))
_NO_NAME = frozenset(parts_of("depuis desde seit sinds since avec con com mit met with et y e und en"))
"""Who sleeps in the street "since" or "with" does not say which."""


@dataclass(frozen=True)
class _Token:
    """A word as it was written, `word` without the marks around it; `starts`: it begins a sentence."""

    written: str
    starts: bool

    @cached_property
    def word(self) -> str:
        return self.written.strip(_EDGE)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(parts_of(self.word))

    @property
    def ends(self) -> bool:
        return self.written.endswith((*_ENDS, ",", ";", "،", "؛", "፣"))

    @property
    def is_number(self) -> bool:
        return any(map(str.isnumeric, self.written))

    @property
    def is_name_like(self) -> bool:
        """Whether it has a capital that the beginning of a sentence does not account for."""
        return self.word[:1].isupper() and not self.starts

    @property
    def has_case(self) -> bool:
        """Whether all its letters are of a script with capitals."""
        return all(letter.lower() != letter.upper() for letter in self.word if letter.isalpha())


class Masks:
    """Masks messages by what a package says; keeps what it has found out of its languages."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._vocabularies: dict[str, frozenset[str]] = {}

    def masked(self, text: str, language: str | None, *, common: Collection[str] = frozenset()) -> str:
        """The message with masks where it says what only one person would write; `common` are `common_words`."""
        tokens = _tokens(text)
        known = self._vocabulary(language)
        masks: list[str | None] = [_mask_of_form(token) for token in tokens]
        _mask_introduced(tokens, masks, known)
        _mask_streets(tokens, masks)
        for place, token in enumerate(tokens):
            masks[place] = masks[place] or _mask_of_word(token, known, common)
        _mask_beside_names(tokens, masks)
        shown = [mask or token.written for mask, token in zip(masks, tokens, strict=True)]
        return " ".join(word for word, alike in groupby(shown) for word in ([word] if word in MASKS else alike))

    def _vocabulary(self, language: str | None) -> frozenset[str]:
        if language is None:
            return frozenset()
        if language not in self._vocabularies:
            self._vocabularies[language] = _vocabulary(self._package, language)
        return self._vocabularies[language]


def _vocabulary(package: Package, language: str) -> frozenset[str]:
    """The words of the pages in this language, and those that several of our own sample lines have: one has a name."""
    words: set[str] = set()
    for page in package.pages_in(language):
        texts = [words_only(part) for text in page.texts.values() for part in (text.short_answer, text.details)]
        words.update(part for line in (page.title, *page.questions, *texts) for part in parts_of(line))
    times = Counter(part for line in _sample_lines().get(language, ()) for part in set(parts_of(line)))
    return frozenset(words | {part for part, number in times.items() if number >= WRITTEN_BY_SEVERAL})


@cache
def _sample_lines() -> dict[str, tuple[str, ...]]:
    return {
        language: tuple(line for lines in kinds.values() for line in lines)
        for language, kinds in load_utterances().items()
    }


def _mask_of_word(token: _Token, known: Collection[str], common: Collection[str]) -> str | None:
    unknown = [part for part in token.parts if part not in known]
    if not unknown or known_town(token.word) is not None:
        return None
    if not token.has_case:
        return WORDS
    if token.is_name_like:
        return NAME
    return None if all(part in common for part in unknown) else WORDS


def common_words(messages: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The words in small letters that several conversations have; `messages` are conversations with their texts."""
    writers: dict[str, set[str]] = defaultdict(set)
    for conversation, text in messages:
        for token in _tokens(text):
            if not token.is_name_like and not token.is_number:
                for part in token.parts:
                    writers[part].add(conversation)
    return frozenset(part for part, by in writers.items() if len(by) >= WRITTEN_BY_SEVERAL)


def _tokens(text: str) -> list[_Token]:
    cleaned = clean(text.translate(_BRACKETS))
    # Who writes in capitals only says nothing with them.
    if cleaned.isupper() and len(cleaned.split()) > 1:
        cleaned = cleaned.lower()
    return [
        _Token(word, starts)
        for line in cleaned.splitlines()
        for word, starts in zip(line.split(), _starts(line.split()), strict=True)
    ]


def _starts(words: Sequence[str]) -> Iterator[bool]:
    yield from (place == 0 or words[place - 1].endswith(_ENDS) for place in range(len(words)))


def _mask_of_form(token: _Token) -> str | None:
    """The mask of what can be told by its form: an address in the net, a number in the digits of any script."""
    if "@" in token.written:
        return MAIL
    if _LINKS.search(token.word):
        return LINK
    return NUMBER if token.is_number else None


@cache
def _introductions() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(parts_of(words)) for words in _INTRODUCTIONS.split("/"))


@cache
def _introduction_lengths() -> tuple[int, ...]:
    return tuple(sorted({len(words) for words in _introductions()}, reverse=True))


def _mask_introduced(tokens: Sequence[_Token], masks: list[str | None], known: Collection[str]) -> None:
    """The name after "my name is": one word at least, and on until a word that we know or the end of the sentence."""
    # The longest first: after "my name" comes "is", and only then the name.
    ends = [_introduction_at(tokens, end) for end in range(1, len(tokens))]
    for end, length in enumerate(ends, start=1):
        if length and not (end < len(ends) and ends[end] > length):
            _mask_name(tokens, masks, known, start=end)


def _introduction_at(tokens: Sequence[_Token], end: int) -> int:
    """How many words the introduction has that ends before this place; 0 when none does."""
    parts = tuple(part for token in tokens[max(0, end - 4) : end] for part in token.parts)
    ends = (parts[-length:] for length in _introduction_lengths())
    return next((len(words) for words in ends if words in _introductions()), 0)


def _mask_name(tokens: Sequence[_Token], masks: list[str | None], known: Collection[str], *, start: int) -> None:
    for place in range(start, min(start + _LONGEST_NAME, len(tokens))):
        # Without capitals, half of all second names are words of the language too.
        least = 1 if tokens[place].has_case else 2
        if place >= start + least and all(part in known for part in tokens[place].parts):
            return
        masks[place] = NAME
        if tokens[place].ends:
            return


def _mask_streets(tokens: Sequence[_Token], masks: list[str | None]) -> None:
    for place, token in enumerate(tokens):
        part = token.parts[-1] if token.parts else ""
        if part in _STREETS_BEFORE:
            _mask_range(masks, place, _end_of_street(tokens, place))
        if part in _STREETS_AFTER:
            _mask_range(masks, _start_of_street(tokens, place), place + 1)
        if _STREET_ENDINGS.search(part):
            masks[place] = ADDRESS


def _mask_range(masks: list[str | None], start: int, end: int) -> None:
    if end - start > 1:
        masks[start:end] = [ADDRESS] * (end - start)


def _end_of_street(tokens: Sequence[_Token], place: int) -> int:
    """Where an address ends that begins with the word for street: at its number, or after its name.

    Somebody who sleeps in the street says nothing of where: then there is neither.
    """
    following = tokens[place + 1 : place + 1 + _LONGEST_STREET]
    parts = set(following[0].parts) if following else set()
    if parts & _NO_NAME:
        return place + 1
    number = next((ahead for ahead, token in enumerate(following, start=2) if token.is_number), None)
    if number is not None:
        return place + number
    if following and (following[0].is_name_like or parts & _OF or set(tokens[place].parts) & _ALWAYS_NAMED):
        return place + 1 + min(len(following), _LONGEST_NAME)
    return place + 1


def _start_of_street(tokens: Sequence[_Token], place: int) -> int:
    """The same where the name comes first: "12 baker street", "Atatürk Caddesi"."""
    start = place
    for back in range(place - 1, max(place - 1 - _LONGEST_NAME, -1), -1):
        if tokens[back].is_number:
            return back
        if tokens[back].word[:1].isupper() and start == back + 1:
            start = back
    return start


def _mask_beside_names(tokens: Sequence[_Token], masks: list[str | None]) -> None:
    """A word with a capital beside a name belongs to it, be it one that we know: "Grace Mugabe"."""
    for places in (range(1, len(tokens)), range(len(tokens) - 2, -1, -1)):
        step = places.step
        for place in places:
            if masks[place] is None and tokens[place].is_name_like and masks[place - step] == NAME:
                masks[place] = NAME
