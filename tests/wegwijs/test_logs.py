"""Logs say what happened, never what was said."""

import logging
import subprocess
import sys

from wegwijs.logs import drop_private_fields

SECRET = "I am hiding in the toilet"


def test_fields_that_could_hold_a_persons_words_are_dropped() -> None:
    event = {"event": "stored", "conversation": "c1", "text": SECRET, "handle": "+32", "token": "x", "town": "Gent"}
    assert drop_private_fields(logging.getLogger(), "info", event) == {"event": "stored", "conversation": "c1"}


def test_an_error_is_logged_by_its_class_and_place_never_by_its_message() -> None:
    program = f"""
from wegwijs.logs import logger, set_up_logs
set_up_logs("INFO")
try:
    raise ValueError({SECRET!r})
except ValueError:
    logger("test").exception("failed")
import logging
try:
    raise KeyError({SECRET!r})
except KeyError:
    logging.getLogger("a.library").exception("failed")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert SECRET not in done.stderr
    assert "ValueError" in done.stderr
    assert "KeyError" in done.stderr
