"""The packages of machine translation: which pairs are safe, which are installed, and whether they can be used."""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from translations.languages import languages

HUB = "en"
"""Nearly every Argos package translates from or into English, so other pairs go through it."""


@dataclass(frozen=True, order=True)
class Pair:
    """From one language into another, by their codes."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True, kw_only=True)
class InstalledPackage:
    """A package in its place: what it translates and where it lies."""

    pair: Pair
    version: str
    folder: Path


class UnusablePackage(Exception):
    """It is no package of machine translation, or not one that may be used; the message says why."""


def is_available() -> bool:
    """Whether the extra `translate` is installed. Looks only: importing it takes time and makes folders."""
    return all(find_spec(module) is not None for module in ("argostranslate", "ctranslate2"))


def safe_pairs() -> frozenset[Pair]:
    """The pairs that translations/languages.yaml marks as safe."""
    return frozenset(Pair(language.code, target) for language in languages().values() for target in language.translate)


def installed(folder: Path) -> dict[Pair, InstalledPackage]:
    """The packages in this folder, by pair. Folders that begin with a dot hold what is half unpacked."""
    found: dict[Pair, InstalledPackage] = {}
    for metadata in sorted(folder.glob("[!.]*/metadata.json")):
        try:
            package = read_package(metadata.parent)
        except UnusablePackage:
            continue
        found[package.pair] = package
    return found


def read_package(folder: Path) -> InstalledPackage:
    """The package that is unpacked in this folder.

    Raises:
        UnusablePackage: there is none, or it is not one that translates.
    """
    try:
        metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
        kind, source, target = metadata.get("type", "translate"), metadata["from_code"], metadata["to_code"]
    except (OSError, ValueError, AttributeError, LookupError):
        raise UnusablePackage("its metadata.json does not say from and into which language it translates") from None
    if kind != "translate":
        raise UnusablePackage(f"it is of type {kind}, not translate")
    return InstalledPackage(
        pair=Pair(str(source), str(target)), version=str(metadata.get("package_version", "")), folder=folder
    )
