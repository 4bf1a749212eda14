"""The package goes from files to the database and back without a letter lost."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from admin.editing.published import current_number
from knowledge.pages import FOLDER, Package, sources_in
from knowledge.served import ServedPackage
from wegwijs.cli import app
from wegwijs.service import published_or_files
from wegwijs.storage import transaction


@pytest.fixture
def command(in_database: None) -> CliRunner:
    return CliRunner()


def test_export_import_export_gives_identical_files(command: CliRunner, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    imported = command.invoke(app, ["package", "import", str(FOLDER), "--why", "begin"])
    assert imported.exit_code == 0, imported.output
    assert command.invoke(app, ["package", "export", str(first)]).exit_code == 0
    page = first / "procedure/appeal/ti.md"
    page.write_text(page.read_text(encoding="utf-8").replace("title: ", "title:  ", 1), encoding="utf-8")
    assert "version 2 is published" in command.invoke(app, ["package", "import", str(first), "--why", "x"]).output
    assert command.invoke(app, ["package", "export", str(second)]).exit_code == 0
    assert sources_in(first) == sources_in(second)
    assert command.invoke(app, ["package", "export", str(second), "--version", "1"]).exit_code == 0
    assert sources_in(second) == sources_in(FOLDER)


def test_importing_what_stands_changes_nothing(command: CliRunner) -> None:
    for _ in range(2):
        told = command.invoke(app, ["package", "import", str(FOLDER), "--why", "x"])
        assert told.exit_code == 0
    assert "nothing to import" in told.output
    with transaction() as session:
        assert current_number(session) == 1


def test_a_file_that_goes_is_gone_from_the_next_export(command: CliRunner, package: Package, tmp_path: Path) -> None:
    (tmp_path / "health/old").mkdir(parents=True)
    (tmp_path / "health/old/nl.md").write_text("x", encoding="utf-8")
    (tmp_path / "README.txt").write_text("mine", encoding="utf-8")
    command.invoke(app, ["package", "import", str(FOLDER), "--why", "x"])
    assert "1 deleted" in command.invoke(app, ["package", "export", str(tmp_path)]).output
    assert sources_in(tmp_path) == package.sources
    assert (tmp_path / "README.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("procedure/appeal/nl.md", "no front matter", "front matter"),
        ("procedure/appeal/nl.md", "\xff\xfe", "procedure/appeal/nl.md"),
        ("facts.yaml", "infopunt.address: {value: x}", "a fact needs its source and date"),
        ("procedure/appeal/topic.yaml", "id: [", "procedure/appeal/topic.yaml"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_imported(
    command: CliRunner, tmp_path: Path, name: str, content: str, told: str
) -> None:
    command.invoke(app, ["package", "import", str(FOLDER), "--why", "x"])
    command.invoke(app, ["package", "export", str(tmp_path)])
    (tmp_path / name).write_bytes(content.encode("latin-1"))
    result = command.invoke(app, ["package", "import", str(tmp_path), "--why", "x"])
    assert result.exit_code == 1
    assert told in result.output
    with transaction() as session:
        assert current_number(session) == 1


def test_there_is_nothing_to_export_before_the_first_start(command: CliRunner, tmp_path: Path) -> None:
    result = command.invoke(app, ["package", "export", str(tmp_path)])
    assert result.exit_code == 1
    assert "nothing is published yet" in result.output


def test_a_first_start_serves_the_files_and_a_second_what_is_published(command: CliRunner, package: Package) -> None:
    first = published_or_files()
    assert (first.number, first.package.sources) == (1, package.sources)
    assert isinstance(published_or_files(), ServedPackage)
    with transaction() as session:
        assert current_number(session) == 1
