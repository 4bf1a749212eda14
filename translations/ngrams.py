"""Words and letter sequences of texts, counted under hashed numbers: of a whole package at once, or of one message."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

_SPACE, _END = ord(" "), ord("\n")
_FACTOR, _MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


def count_words(texts: Sequence[str], *, columns: int) -> csr_matrix:
    """How often each word stands in each text; shape (texts, columns)."""
    found = [crc32(word.encode()) % columns for text in texts for word in text.split()]
    ends = np.cumsum([0, *(len(text.split()) for text in texts)])
    counts = csr_matrix((np.ones(len(found), dtype=np.float32), found, ends), shape=(len(texts), columns))
    counts.sum_duplicates()
    return counts


def count_ngrams(
    texts: Sequence[str], *, shortest: int, longest: int, columns: int, across_words: bool = False
) -> csr_matrix:
    """How often each sequence of `shortest` to `longest` letters stands in each text; shape (texts, columns).

    The words of a text are separated, begun and ended by one space, which is part of the sequences; unless they go
    `across_words` it is only their first or last sign. A sequence is known by the hash of its letters.
    """
    letters = _letters(texts)
    text_of = np.cumsum(letters == _END)
    sequences = [
        _sequences(letters, text_of, length=length, columns=columns, across_words=across_words)
        for length in range(shortest, longest + 1)
    ]
    numbers, counts = np.unique(np.concatenate(sequences), return_counts=True)
    rows = np.searchsorted(numbers, np.arange(len(texts) + 1) * columns)
    return csr_matrix((counts.astype(np.float32), numbers % columns, rows), shape=(len(texts), columns))


def _letters(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The code points of all texts, each with a space before and behind, and a line end between."""
    joined = "\n".join(f" {' '.join(text.split())} " for text in texts)
    return np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)


def _sequences(
    letters: npt.NDArray[np.uint64],
    text_of: npt.NDArray[np.int64],
    *,
    length: int,
    columns: int,
    across_words: bool,
) -> npt.NDArray[np.int64]:
    """A number for each sequence of this length: that of its text times `columns`, plus its hash."""
    count = max(0, len(letters) - length + 1)
    hashes = np.full(count, length, dtype=np.uint64)
    whole = np.ones(count, dtype=np.bool_)
    for place in range(length):
        part = letters[place : place + count]
        hashes = (hashes + part) * _FACTOR
        whole &= part != _END
        if not across_words and 0 < place < length - 1:
            whole &= part != _SPACE
    mixed = (hashes ^ (hashes >> _SHIFT)) * _MIXER
    column = ((mixed ^ (mixed >> _SHIFT)) % np.uint64(columns)).astype(np.int64)
    numbers: npt.NDArray[np.int64] = (text_of[:count] * columns + column)[whole]
    return numbers
