"""Putting packages in their place: from a file or from the network, each tried before it is used."""

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from translations.interface import string
from translations.machine import index
from translations.machine.packages import InstalledPackage, Pair, UnusablePackage, installed, read_package, safe_pairs
from translations.machine.process import TranslationFailed, TranslationProcess

LARGEST = 2_000_000_000
"""Bytes unpacked; a usual package has 100 to 300 million."""

SECONDS_TO_TRY = 120.0
"""Opening a model and translating one sentence takes one or two; a slow disk needs more."""

SUFFIX = ".argosmodel"

Say = Callable[[str], None]
"""Tells the operator a line."""


class LanguageNotAskedFor(Exception):
    """A package is for other languages than those asked for; the message is its pair."""


class Installation:
    """Installs packages into a folder."""

    def __init__(self, folder: Path) -> None:
        """Into this folder, made when it is not there."""
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    async def install(self, file: Path, *, codes: Collection[str] = ()) -> InstalledPackage:
        """Unpack a package, try it, and put it in its place; one of the same pair makes way.

        Raises:
            LanguageNotAskedFor: `codes` are given and neither of its languages is among them.
            UnusablePackage: it stays out; the message says why.
        """
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".new-") as scratch:
            package = read_package(_unpack(file, Path(scratch)))
            if package.pair not in safe_pairs():
                raise UnusablePackage(f"{package.pair} is not marked as safe in translations/languages.yaml")
            if package.pair not in wanted(codes):
                raise LanguageNotAskedFor(str(package.pair))
            await self._try(package)
            place = self._folder / f"{package.pair.source}_{package.pair.target}"
            older = installed(self._folder).get(package.pair)
            for number, leaving in enumerate({place, older.folder if older else place}):
                if leaving.exists():
                    leaving.rename(Path(scratch) / f"older-{number}")
            package.folder.rename(place)
        return read_package(place)

    @contextmanager
    def fetched(self, offer: index.Offer) -> Iterator[Path]:
        """The file of a package from the network, for as long as it is needed.

        Raises:
            NotFetched: it did not arrive.
        """
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".fetched-") as scratch:
            yield index.fetch(offer, Path(scratch))

    async def _try(self, package: InstalledPackage) -> None:
        sentence = string("bot.greet", package.pair.source)
        process = TranslationProcess(
            scratch=self._folder / ".argos", idle_seconds=SECONDS_TO_TRY, longest_seconds=SECONDS_TO_TRY
        )
        try:
            translated = await process.translate([sentence], [package.folder])
        except TranslationFailed as error:
            raise UnusablePackage(f"it does not translate: {error}") from None
        finally:
            await process.stop()
        if not translated[0]:
            raise UnusablePackage("it translates a sentence into nothing")


def wanted(codes: Collection[str]) -> list[Pair]:
    """The safe pairs that have one of these languages in them; all when none is given."""
    return sorted(pair for pair in safe_pairs() if not codes or {pair.source, pair.target} & set(codes))


async def install_files(folder: Path, files: Iterable[Path], *, codes: Collection[str], say: Say) -> bool:
    """Install the packages in these files that have one of these languages in them; whether all went well."""
    well = True
    for file in files:
        well = await _install_file(Installation(folder), file, codes=codes, say=say) and well
    return well


async def install_offers(folder: Path, offers: Mapping[Pair, index.Offer], *, codes: Collection[str], say: Say) -> bool:
    """Fetch and install what is missing or older than on offer, of these languages; whether all went well."""
    installation, well = Installation(folder), True
    for pair in wanted(codes):
        offer, present = offers.get(pair), installed(folder).get(pair)
        if offer is None:
            say(f"{pair}: not in the list")
            well = False
        elif present is not None and index.version_key(present.version) >= index.version_key(offer.version):
            say(f"{pair}: version {present.version} is installed already")
        else:
            say(f"{pair}: fetching {offer.link}")
            well = await _install_offer(installation, offer, say=say) and well
    return well


async def _install_offer(installation: Installation, offer: index.Offer, *, say: Say) -> bool:
    try:
        with installation.fetched(offer) as file:
            return await _install_file(installation, file, codes=(), say=say)
    except index.NotFetched as error:
        say(f"{offer.pair}: not fetched: {error}")
        return False


async def _install_file(installation: Installation, file: Path, *, codes: Collection[str], say: Say) -> bool:
    fingerprint = _sha256(file)
    try:
        package = await installation.install(file, codes=codes)
    except LanguageNotAskedFor as error:
        say(f"{file.name}: left out: {error}")
        return True
    except UnusablePackage as error:
        say(f"{file.name}: not installed: {error}")
        return False
    say(f"{package.pair}: version {package.version} installed (SHA-256 {fingerprint})")
    return True


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _unpack(file: Path, folder: Path) -> Path:
    """Unpack a package file; gives the folder in which its metadata lies."""
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise UnusablePackage(f"unpacked it has more than {LARGEST:,} bytes")
            archive.extractall(folder / "unpacked")
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
        raise UnusablePackage("it is not a whole zip file") from None
    found = sorted((folder / "unpacked").glob("*/metadata.json"))
    if len(found) != 1:
        raise UnusablePackage("it does not hold one folder with a metadata.json")
    return found[0].parent
