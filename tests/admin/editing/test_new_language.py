"""A fifteenth language: the list of what it needs names every place, and shrinks to nothing as it is filled."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from admin.editing.new_language import PLACES, Need, NotALanguageCode, needs
from admin.tables import Role
from admin.texts import INTERFACES, texts
from admin.web.guards import PREFIX
from knowledge.pages import Package, read_package
from knowledge.samples import KINDS
from knowledge.served import ServedPackage
from tests.admin.people import as_member, make_staff
from translations.languages import languages
from translations.tables import read_yaml
from wegwijs.settings import PROJECT

ROOMS = ("wegwijs", "translations", "knowledge", "bot", "channels", "admin")
CODE = "it"
SENTENCE = "Buongiorno, sono il computer che risponde alle domande delle persone che chiedono protezione in Belgio."

NO_NEED = {
    "knowledge/package": "pages are counted by topic, of the package that is published",
    "admin/texts": "staff read Dutch, French or English",
    "bot/towns.yaml": "the spellings of a town are not kept by language",
    "admin/canned/meanings.yaml": "staff choose in Dutch, French or English",
    "knowledge/quality": "what was measured",
    "knowledge/check.py": "which ease is asked for where there is a formula of it",
    "knowledge/readability.py": "a language without a formula has none",
    "knowledge/facts.py": "in which languages a date is written in figures; the others have the names of months",
}
"""Places where languages are told apart that ask nothing of a new one."""


def unmet(found: list[Need]) -> set[str]:
    return {need.key for need in found if not need.is_met}


def test_every_language_that_is_there_has_all_it_needs(package: Package) -> None:
    for code in languages():
        assert [need for need in needs(code, package=package) if not (need.is_met or need.is_optional)] == []


def test_a_language_that_is_not_there_needs_nearly_everything(package: Package) -> None:
    found = needs("uk", package=package)
    assert [need.key for need in found] == [place.key for place in PLACES]
    # Its calendar is known, it is among no samples of other languages, and no fact has a text of its own.
    assert {need.key for need in found if need.is_met} == {"calendar", "not_ours", "facts"}
    by_key = {need.key: need for need in found}
    assert (by_key["pages"].there, by_key["pages"].of) == (0, len(package.topics))
    assert by_key["strings"].where == "translations/strings/uk.yaml"
    assert "bot.notice" in by_key["strings"].missing


@pytest.mark.parametrize("code", ["", "u", "ukra", "UK", "../x", "u1"])
def test_what_is_no_code_is_refused(package: Package, code: str) -> None:
    with pytest.raises(NotALanguageCode):
        needs(code, package=package)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the tables."""
    for folder in ("translations", "knowledge/utterances", "admin/canned", "channels", "tests/held_out"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return tmp_path


def write(path: Path, rows: object, *, at_the_end: bool = False) -> None:
    text = yaml.safe_dump(rows, allow_unicode=True)
    path.write_text(path.read_text(encoding="utf-8") + text if at_the_end else text, encoding="utf-8")


def with_sentence(rows: Mapping[str, Any]) -> dict[str, Any]:
    return {key: with_sentence(value) if isinstance(value, dict) else SENTENCE for key, value in rows.items()}


def source(copy: Path, path: str) -> dict[str, Any]:
    rows: dict[str, Any] = read_yaml((copy / path).read_text(encoding="utf-8"))
    return rows


def test_the_list_shrinks_to_nothing_as_a_fifteenth_language_is_added(copy: Path, package: Package) -> None:
    left = unmet(needs(CODE, package=package, root=copy))

    def shrinks_by(*keys: str, with_pages: Package = package) -> None:
        nonlocal left
        now = unmet(needs(CODE, package=with_pages, root=copy))
        assert left - now == set(keys)
        assert now <= left
        left = now

    row = {"name": "Italiano", "english": "Italian", "direction": "ltr", "script": "Latn", "translate": ["en"]}
    write(copy / "translations/languages.yaml", {CODE: row}, at_the_end=True)
    left.add(
        "not_ours"
    )  # now that its name is known, it is seen that Italian stands among the languages we do not have
    shrinks_by("row", "machine")
    others = source(copy, "translations/not_ours.yaml")
    del others["Italian"]
    write(copy / "translations/not_ours.yaml", others)
    shrinks_by("not_ours")
    strings = with_sentence(source(copy, "translations/strings/en.yaml"))
    write(copy / f"translations/strings/{CODE}.yaml", {key: strings[key] for key in list(strings)[:2]})
    shrinks_by("recogniser")
    write(copy / f"translations/strings/{CODE}.yaml", strings)
    shrinks_by("strings")
    write(copy / f"translations/glossary/{CODE}.yaml", source(copy, "translations/glossary/en.yaml"))
    shrinks_by("glossary")
    asked = {CODE: {"asked": ["cos'è {}"], "articles": ["il", "la"]}}
    write(copy / "translations/glossary/ways-to-ask.yaml", asked, at_the_end=True)
    shrinks_by("ways_to_ask")
    write(copy / "translations/country.yaml", {CODE: {"names": ["belgio"]}}, at_the_end=True)
    shrinks_by("country")
    lines = {kind: ["ciao"] * 3 for kind in KINDS}
    write(copy / f"knowledge/utterances/{CODE}.yaml", lines)
    shrinks_by()
    (utterances,) = (need for need in needs(CODE, package=package, root=copy) if need.key == "utterances")
    assert "greet (3 / 18)" in utterances.missing
    write(copy / f"knowledge/utterances/{CODE}.yaml", {kind: ["ciao"] * 250 for kind in KINDS})
    shrinks_by("utterances")
    write(copy / f"admin/canned/{CODE}.yaml", source(copy, "admin/canned/en.yaml"))
    shrinks_by("canned")
    write(copy / "channels/opt_out.yaml", {CODE: ["basta"]}, at_the_end=True)
    shrinks_by("opt_out")
    for path in (f"channels/web/quality/{CODE}.yaml", f"tests/held_out/{CODE}.jsonl"):
        (copy / path).write_text("{}", encoding="utf-8")
    shrinks_by("quality", "held_out")
    pages = {page.path.replace("/es.md", f"/{CODE}.md"): page.source for page in package.pages_in("es")}
    shrinks_by("pages", with_pages=read_package({**package.sources, **pages}, like=package))
    assert left == set()


def test_a_language_of_those_that_are_not_ours_has_to_come_out_of_them(copy: Path, package: Package) -> None:
    row = {"name": "Kiswahili", "english": "Swahili", "direction": "ltr", "script": "Latn"}
    write(copy / "translations/languages.yaml", {"sw": row}, at_the_end=True)
    assert "not_ours" in unmet(needs("sw", package=package, root=copy))


def files() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (PROJECT / room).rglob("*.*") if "__pycache__" not in path.parts)


def by_language(rows: object) -> bool:
    """Whether a table, or one within it, has most of the languages as its keys."""
    if not isinstance(rows, Mapping):
        return False
    known = languages().keys() & set(map(str, rows))
    return len(known) >= 5 or any(by_language(row) for row in rows.values())


def places_by_language() -> Iterator[str]:
    """The files that are kept by language, and those that tell at least five languages apart."""
    for path in files():
        name = path.relative_to(PROJECT).as_posix()
        if path.stem in languages() and path.suffix != ".py":
            yield f"{path.parent.relative_to(PROJECT).as_posix()}/{{code}}{path.suffix}"
        elif path.suffix == ".yaml" and path.name != "topic.yaml":
            if by_language(read_yaml(path.read_text(encoding="utf-8"))):
                yield name
        elif path.suffix == ".py" and any(map(tells_languages_apart, ast.walk(ast.parse(path.read_text("utf-8"))))):
            yield name


def tells_languages_apart(node: ast.AST) -> bool:
    among: list[Any] = []
    if isinstance(node, ast.Dict):
        among = node.keys
    elif isinstance(node, ast.Set | ast.Tuple | ast.List):
        among = node.elts
    named = {each.value for each in among if isinstance(each, ast.Constant)}
    return len(named & languages().keys()) >= 5


def test_no_place_where_something_is_kept_by_language_is_forgotten() -> None:
    known = {place.where for place in PLACES}
    found = set(places_by_language())
    assert {"translations/strings/{code}.yaml", "channels/opt_out.yaml", "translations/languages.yaml"} <= found
    forgotten = {place for place in found - known if not any(place.startswith(allowed) for allowed in NO_NEED)}
    assert forgotten == set()


def test_every_need_has_its_words() -> None:
    for place in PLACES:
        for kind in ("need", "about"):
            assert texts()[f"languages.{kind}.{place.key}"].keys() == set(INTERFACES)


async def test_the_room_shows_what_a_new_language_needs(browser: httpx.AsyncClient, published: ServedPackage) -> None:
    as_member(browser, make_staff(Role.EDITOR))
    here = f"{PREFIX}/package/languages"
    assert "Soomaali" in (await browser.get(here)).text
    assert (await browser.get(here, params={"code": " UK "})).headers["location"] == f"{here}/uk"
    refused = await browser.get(here, params={"code": "u-k"})
    assert (refused.status_code, texts()["languages.not_a_code"]["en"] in refused.text) == (422, True)
    page = (await browser.get(f"{here}/uk")).text
    assert texts()["languages.not_yet"]["en"] in page
    assert "translations/strings/uk.yaml" in page
    assert "0 of 142" in page
    assert texts()["languages.all_there"]["en"] in (await browser.get(f"{here}/ti")).text
    assert (await browser.get(f"{here}/nothing")).status_code == 303


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("uk", 1, "missing     0 of 4    translations/languages.yaml"),
        ("ti", 0, "ok        142 of 142  knowledge/package/*/*/ti.md"),
        ("x", 2, "two or three small letters"),
    ],
)
def test_the_command_line_lists_the_same(code: str, status: int, said: str) -> None:
    command = [sys.executable, "-m", "wegwijs.cli", "languages", "missing", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
    assert ran.returncode == status
    assert said in ran.stdout + ran.stderr
