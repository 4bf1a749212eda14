"""Tiny packages, files and installed, for tests in the environment that has the extra `translate`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.translate.tiny import make_package
from translations.machine.installation import install_files
from translations.machine.translation import MachineTranslation

DUTCH = {"Kom": "Come", "morgen": "tomorrow", "om": "at", "uur.": "hours.", "Breng": "Bring", "papieren.": "papers."}
ARABIC = {"تعال": "Come", "غدا": "tomorrow", "ساعة.": "hours.", "أحضر": "Bring", "أوراق.": "papers."}


def reversed_(words: dict[str, str]) -> dict[str, str]:
    return {after: before for before, after in words.items()}


@pytest.fixture(scope="session")
def package_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of package files: Dutch and Arabic from and into English."""
    folder = tmp_path_factory.mktemp("packages")
    for code, words in (("nl", DUTCH), ("ar", ARABIC)):
        make_package(folder, code, "en", words)
        make_package(folder, "en", code, reversed_(words))
    return folder


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory, package_files: Path) -> Path:
    """The folder in which they are installed."""
    folder = tmp_path_factory.mktemp("translate")
    said: list[str] = []
    assert asyncio.run(install_files(folder, sorted(package_files.iterdir()), codes=(), say=said.append)), said
    return folder


@pytest.fixture
async def machine(packages: Path) -> AsyncIterator[MachineTranslation]:
    """Machine translation with them; its process ends with the test."""
    translation = MachineTranslation(folder=packages, idle_seconds=60)
    yield translation
    await translation.stop()


@pytest.fixture
def installs(tmp_path: Path) -> Callable[..., tuple[bool, list[str]]]:
    """Installs files into a folder of the test's own; gives whether all went well, and what was said."""

    def install(*files: Path, codes: tuple[str, ...] = ()) -> tuple[bool, list[str]]:
        said: list[str] = []
        return asyncio.run(install_files(tmp_path / "translate", files, codes=codes, say=said.append)), said

    return install
