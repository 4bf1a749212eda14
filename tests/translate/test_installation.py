"""A package is put in place after it was tried; what cannot be used stays out, and is named with the reason."""

import asyncio
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.translate.tiny import make_package
from translations.machine.index import NotFetched, offers
from translations.machine.installation import install_offers
from translations.machine.packages import Pair, installed
from translations.machine.translation import machine_translation
from wegwijs.settings import PROJECT, Settings

Installs = Callable[..., tuple[bool, list[str]]]


def wegwijs(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wegwijs.cli", "translate", *arguments],
        env={**os.environ, "WEGWIJS_DATA_DIR": str(folder), **environment},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def without(file: Path, name: str, into: Path) -> Path:
    """A copy of a package file that lacks one of its files."""
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(into, "w") as part:
        for member in whole.namelist():
            if not member.endswith(name):
                part.writestr(member, whole.read(member))
    return into


@pytest.fixture(scope="module")
def dutch(package_files: Path) -> Path:
    return package_files / "translate-nl_en-1_0.argosmodel"


def test_from_a_folder_by_the_command_line(package_files: Path, tmp_path: Path) -> None:
    done = wegwijs("install", "--from", str(package_files), "nl", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("version 1.0 installed (SHA-256 ") == 2
    assert done.stdout.count("left out") == 2
    assert machine_translation(Settings(data_dir=tmp_path)).pairs() == {Pair("nl", "en"), Pair("en", "nl")}
    listed = wegwijs("pairs", folder=tmp_path).stdout
    assert "machine translation: available" in listed
    assert "nl -> en  installed 1.0\n" in listed
    assert "en -> ar  missing\n" in listed


@pytest.mark.parametrize("lost", ["metadata.json", "model.bin", "sentencepiece.model", "shared_vocabulary.json"])
def test_a_package_that_lacks_a_part_stays_out(installs: Installs, dutch: Path, tmp_path: Path, lost: str) -> None:
    well, said = installs(without(dutch, lost, tmp_path / "broken.argosmodel"))
    assert not well
    assert said[0].startswith("broken.argosmodel: not installed: ")
    assert installed(tmp_path / "translate") == {}


def test_a_file_that_broke_off_stays_out(installs: Installs, dutch: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.argosmodel"
    broken.write_bytes(dutch.read_bytes()[:5000])
    assert installs(broken) == (False, ["broken.argosmodel: not installed: it is not a whole zip file"])


def test_a_package_of_another_type_stays_out(installs: Installs, tmp_path: Path) -> None:
    file = tmp_path / "sbd.argosmodel"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("sbd/metadata.json", json.dumps({"type": "sbd", "from_code": "nl", "to_code": "en"}))
    assert installs(file) == (False, ["sbd.argosmodel: not installed: it is of type sbd, not translate"])


def test_a_package_of_an_unsafe_pair_stays_out(installs: Installs, tmp_path: Path) -> None:
    well, said = installs(make_package(tmp_path, "en", "so", {"Come": "Kaalay"}))
    assert not well
    assert "en -> so is not marked as safe" in said[0]
    assert installed(tmp_path / "translate") == {}


def test_one_bad_package_does_not_keep_the_others_out(installs: Installs, dutch: Path, tmp_path: Path) -> None:
    bad = tmp_path / "a.argosmodel"
    bad.touch()
    well, said = installs(bad, dutch)
    assert (well, len(said)) == (False, 2)
    assert set(installed(tmp_path / "translate")) == {Pair("nl", "en")}


def test_a_newer_package_takes_the_place_of_the_older(installs: Installs, dutch: Path, tmp_path: Path) -> None:
    installs(dutch)
    installs(make_package(tmp_path, "nl", "en", {"Kom": "Come"}, version="1.1"))
    (package,) = installed(tmp_path / "translate").values()
    assert package.version == "1.1"
    assert sorted(path.name for path in (tmp_path / "translate").iterdir()) == [".argos", "nl_en"]


def test_one_that_fails_leaves_the_older_in_its_place(installs: Installs, dutch: Path, tmp_path: Path) -> None:
    installs(dutch)
    newer = make_package(tmp_path, "nl", "en", {"Kom": "Come"}, version="1.1")
    assert not installs(without(newer, "model.bin", tmp_path / "broken.argosmodel"))[0]
    assert installed(tmp_path / "translate")[Pair("nl", "en")].version == "1.0"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which a server on this machine shows it."""
    folder = tmp_path / "network"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def offer(network: tuple[Path, str], source: str, target: str, *, version: str) -> dict[str, object]:
    folder, address = network
    file = make_package(folder, source, target, {"Kom": "Come"}, version=version)
    return {
        "type": "translate",
        "from_code": source,
        "to_code": target,
        "package_version": version,
        "links": ["ipfs://unknown", f"{address}/{file.name}"],
    }


def test_from_the_network_what_is_missing_or_older(network: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = network
    index = f"{address}/index.json"
    rows = [offer(network, "nl", "en", version="1.9"), offer(network, "en", "nl", version="1.9")]
    (folder / "index.json").write_text(json.dumps(rows), encoding="utf-8")
    first = wegwijs("install", "nl", folder=tmp_path, WEGWIJS_TRANSLATE_INDEX=index)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.count("version 1.9 installed") == 2

    rows.append(offer(network, "nl", "en", version="1.10"))
    (folder / "index.json").write_text(json.dumps(rows), encoding="utf-8")
    said: list[str] = []
    assert asyncio.run(install_offers(tmp_path / "translate", offers(index), codes=["nl"], say=said.append))
    assert said[0] == "en -> nl: version 1.9 is installed already"
    versions = {str(pair): package.version for pair, package in installed(tmp_path / "translate").items()}
    assert versions == {"nl -> en": "1.10", "en -> nl": "1.9"}


def test_what_the_network_does_not_have_is_named(network: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = network
    gone = offer(network, "nl", "en", version="1.9")
    (folder / "translate-nl_en-1_9.argosmodel").unlink()
    (folder / "index.json").write_text(json.dumps([gone]), encoding="utf-8")
    said: list[str] = []
    found = offers(f"{address}/index.json")
    assert not asyncio.run(install_offers(tmp_path / "translate", found, codes=["nl"], say=said.append))
    assert said[0] == "en -> nl: not in the list"
    assert said[2].startswith("nl -> en: not fetched: http")
    assert "404" in said[2]
    assert installed(tmp_path / "translate") == {}


@pytest.mark.parametrize("answer", ["{}", "[1]", "<html>", '[{"links": ["https://a"]}]'])
def test_what_is_no_list_is_said_to_be_none(network: tuple[Path, str], answer: str) -> None:
    folder, address = network
    (folder / "index.json").write_text(answer, encoding="utf-8")
    with pytest.raises(NotFetched, match=r"the list of packages http://127.0.0.1:\d+/index.json: "):
        offers(f"{address}/index.json")


def test_without_a_network_the_folder_is_named_as_the_other_way(tmp_path: Path) -> None:
    done = wegwijs("install", folder=tmp_path, WEGWIJS_TRANSLATE_INDEX="http://127.0.0.1:1/index.json")
    assert done.returncode == 1
    assert "wegwijs translate install --from FOLDER" in done.stderr
