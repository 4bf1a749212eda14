"""A file is written whole or not at all."""

import os
import time
from pathlib import Path

import pytest

from wegwijs.files import written_whole


def test_the_file_is_the_old_one_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "made" / "models"
    for text in ("old", "new"):
        with written_whole(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
            assert not path.exists() or path.read_text(encoding="utf-8") == "old"
        assert path.read_text(encoding="utf-8") == text
    assert list(path.parent.iterdir()) == [path]


def test_when_writing_fails_the_old_one_stays_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "models"
    path.write_text("old", encoding="utf-8")

    def fails() -> None:
        with written_whole(path) as unfinished:
            unfinished.write_text("half", encoding="utf-8")
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        fails()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_thrown_away_but_not_what_another_is_writing(tmp_path: Path) -> None:
    left, in_work = tmp_path / "models.1.unfinished", tmp_path / "models.2.unfinished"
    for path in (left, in_work):
        path.write_text("half", encoding="utf-8")
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    with written_whole(tmp_path / "models") as unfinished:
        unfinished.write_text("whole", encoding="utf-8")
    assert not left.exists()
    assert in_work.exists()
