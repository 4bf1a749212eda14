"""What the desk asks for: a text in another language, how it got there, and what to look at before it is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from translations.languages import language, languages
from translations.machine.numbers import numbers
from translations.machine.packages import HUB, InstalledPackage, Pair, installed, is_available, safe_pairs
from translations.machine.process import TranslationProcess
from translations.machine.sentences import join, split
from wegwijs.settings import Settings

LONGEST_SECONDS = 60.0
"""1,000 characters through English and back, four models of usual size: 3 s of one processor, as long to load them."""


class Why(StrEnum):
    """Why there is no translation."""

    NOT_SAFE = "not safe"
    """No package whose quality we trust: Pashto, Somali, Tigrinya."""
    NOT_AVAILABLE = "not available"
    """The extra `translate` is not installed."""
    NOT_INSTALLED = "not installed"
    """The package of a safe pair is missing."""


class NoTranslation(Exception):
    """Text in `source` cannot be translated into `target`; it can into the `alternatives`."""

    def __init__(self, source: str, target: str, *, why: Why, alternatives: tuple[str, ...] = ()) -> None:
        super().__init__(f"no machine translation {source} -> {target}: {why}")
        self.source = source
        self.target = target
        self.why = why
        self.alternatives = alternatives


@dataclass(frozen=True, kw_only=True)
class Translated:
    """A translation.

    `through` are the languages in between; `back` is the translation translated back, None when not asked for or
    when there is no way back; `lost` and `added` are the numbers and addresses that only one of both texts has.
    """

    text: str
    through: tuple[str, ...]
    back: str | None
    lost: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def numbers_changed(self) -> bool:
        """Whether a number, an e-mail address or a link is not as in the original: a person has to look."""
        return bool(self.lost or self.added)


class MachineTranslation:
    """Translates with the packages in a folder, in a process of its own. Packages may come and go meanwhile."""

    def __init__(self, *, folder: Path, idle_seconds: float, longest_seconds: float = LONGEST_SECONDS) -> None:
        """With the packages in `folder`; nothing is loaded before the first text."""
        self._folder = folder
        self._process = TranslationProcess(
            scratch=folder / ".argos", idle_seconds=idle_seconds, longest_seconds=longest_seconds
        )

    @property
    def is_loaded(self) -> bool:
        """Whether models may be in memory."""
        return self._process.is_running

    def pairs(self) -> frozenset[Pair]:
        """The pairs whose packages are installed, safe or not."""
        return frozenset(installed(self._folder))

    def can_translate(self, source: str, target: str) -> bool:
        """Whether `translate` would translate: directly, or through English.

        Raises:
            UnknownLanguage: a code is not one of our languages.
        """
        return self._reason_not_to(source, target) is None

    def targets(self, source: str) -> tuple[str, ...]:
        """The languages into which text in this one can be translated now, in the order of the table."""
        return tuple(code for code in languages() if code != source and self.can_translate(source, code))

    async def translate(self, text: str, source: str, target: str, *, preview: bool = True) -> Translated:
        """The text in another language, and with `preview` also translated back (twice the time).

        Raises:
            NoTranslation: it would not be safe, or something is not installed.
            TranslationFailed: it should have worked, and did not.
            UnusablePackage: a package does not open.
            UnknownLanguage: a code is not one of our languages.
        """
        why = self._reason_not_to(source, target)
        if why is not None:
            raise NoTranslation(source, target, why=why, alternatives=self.targets(source))
        way = self._way(source, target)
        translated = await self._follow(way, text)
        back = self._way(target, source) if preview else []
        before, after = numbers(text), numbers(translated)
        return Translated(
            text=translated,
            through=tuple(package.pair.target for package in way[:-1]),
            back=await self._follow(back, translated) if back else None,
            lost=tuple((before - after).elements()),
            added=tuple((after - before).elements()),
        )

    async def stop(self) -> None:
        """End the process; the next text begins another."""
        await self._process.stop()

    def _reason_not_to(self, source: str, target: str) -> Why | None:
        if not any(_routes(source, target)):
            return Why.NOT_SAFE
        if not is_available():
            return Why.NOT_AVAILABLE
        return None if self._way(source, target) else Why.NOT_INSTALLED

    def _way(self, source: str, target: str) -> list[InstalledPackage]:
        """The packages that lead from one language to the other, the shortest way there is; none when there is none."""
        packages = installed(self._folder)
        ways = (route for route in _routes(source, target) if all(pair in packages for pair in route))
        return [packages[pair] for pair in next(ways, ())]

    async def _follow(self, way: list[InstalledPackage], text: str) -> str:
        gaps, sentences = split(text)
        if not sentences:
            return text
        return join(gaps, await self._process.translate(sentences, [package.folder for package in way]))


def _routes(source: str, target: str) -> Iterator[tuple[Pair, ...]]:
    """The safe ways from one language to another: the direct one, then the one through English."""
    safe = safe_pairs()
    stations = language(source).code, language(target).code
    for route in (stations, (source, HUB, target)):
        pairs = tuple(Pair(*leg) for leg in pairwise(route))
        if len(set(route)) == len(route) and safe.issuperset(pairs):
            yield pairs


def machine_translation(settings: Settings) -> MachineTranslation:
    """Machine translation as these settings want it."""
    return MachineTranslation(folder=settings.translate_folder, idle_seconds=settings.translate_idle_minutes * 60)
