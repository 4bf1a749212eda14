"""Giving freed memory back to the system."""

import ctypes
import gc
from contextlib import suppress


def give_back_memory() -> None:
    """Reading the package and the models leaves tens of megabytes that glibc would keep; others have no such call."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
