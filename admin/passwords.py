"""Passwords of staff: which are refused, and how they are kept (OWASP ASVS 5.0, 6.2: length, never composition)."""

import asyncio
import re
import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

Result = TypeVar("Result")

SHORTEST = 12
LONGEST = 256
"""Argon2 hashes any length; this only keeps a megabyte of password out."""
_PIECE = 4
"""A login or name of this many letters or more may not stand in the password."""
_ROWS = ("0123456789012", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "azertyuiopqsdfghjklmwxcvbn")
_COMMON = frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
_AROUND = rf"[\d\s{re.escape(string.punctuation)}]+"
_LEET = str.maketrans("013457@$!", "oieastasi")

_hasher = PasswordHasher()
# Each hash takes 64 MiB for a tenth of a second: two at once, however many knock, and nobody else waits behind them.
_hashing = ThreadPoolExecutor(2, thread_name_prefix="passwords")


class Weakness(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_COMMON = "too_common"
    OF_THE_PERSON = "of_the_person"


class PasswordIsWeak(ValueError):
    """The password is refused; `weakness` says why."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(weakness.value)
        self.weakness = weakness


def check_password(password: str, *, login: str, name: str) -> None:
    """Any characters will do, in any mixture.

    Raises:
        PasswordIsWeak: shorter than 12 characters or far too long, easily guessed, or made of the login or the name.
    """
    if len(password) < SHORTEST:
        raise PasswordIsWeak(Weakness.TOO_SHORT)
    if len(password) > LONGEST:
        raise PasswordIsWeak(Weakness.TOO_LONG)
    if _is_common(password.lower()):
        raise PasswordIsWeak(Weakness.TOO_COMMON)
    pieces = re.split(r"[^\w]+", f"{login} {name}".lower())
    if any(len(piece) >= _PIECE and piece in password.lower() for piece in pieces):
        raise PasswordIsWeak(Weakness.OF_THE_PERSON)


def _is_common(password: str) -> bool:
    if re.fullmatch(r"(.{1,6}?)\1+.{0,2}", password):  # "aaaaaaaaaaaa", "abcabcabcabc"
        return True
    if any(password[:SHORTEST] in line for row in _ROWS for line in (row * 2, row[::-1] * 2)):
        return True
    core = re.sub(rf"^{_AROUND}|{_AROUND}$", "", password)
    return _is_made_of_common_words(core) or _is_made_of_common_words(core.translate(_LEET))


def _is_made_of_common_words(password: str) -> bool:
    """Nothing but common words, with digits and marks around them: "Welkom2026!!!", "password-password"."""
    return _is_joined(re.sub(_AROUND, "", password))


def _is_joined(letters: str) -> bool:
    reached = {0}
    for end in range(1, len(letters) + 1):
        if any(letters[start:end] in _COMMON for start in reached):
            reached.add(end)
    return bool(letters) and len(letters) in reached


def hash_password(password: str) -> str:
    """Argon2id with the parameters of the library (RFC 9106, second choice: 64 MiB, three passes)."""
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; as much work when there is none, so that the time tells nothing."""
    try:
        return _hasher.verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def is_outdated(password_hash: str) -> bool:
    """Whether it was hashed with other parameters than those of today."""
    return _hasher.check_needs_rehash(password_hash)


async def beside(work: Callable[[], Result]) -> Result:
    """Run work that hashes beside the event loop, in the threads kept for it."""
    return await asyncio.get_running_loop().run_in_executor(_hashing, work)
