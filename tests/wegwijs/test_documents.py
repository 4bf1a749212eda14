"""What the documents name exists: settings, commands, targets, files."""

import re

from wegwijs.settings import PROJECT, Settings

DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in DOCUMENTS}


def test_every_setting_in_the_documents_is_one() -> None:
    known = {f"WEGWIJS_{name.upper()}" for name in Settings.model_fields}
    for name, text in TEXTS.items():
        assert set(re.findall(r"WEGWIJS_[A-Z_]+", text)) <= known, name


def test_every_make_target_in_the_documents_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for name, text in TEXTS.items():
        assert set(re.findall(r"(?:`|^ +)make ([a-z-]+)", text, re.MULTILINE)) <= targets, name


def test_every_file_in_the_documents_is_there() -> None:
    for name, text in TEXTS.items():
        for path in re.findall(r"`((?:bot|channels|docs|knowledge|translations|wegwijs|tests)/[\w./-]+)`", text):
            assert (PROJECT / path).exists(), (name, path)


def test_each_messenger_has_its_page() -> None:
    assert {"telegram.md", "whatsapp.md", "messenger.md"} <= set(TEXTS)
