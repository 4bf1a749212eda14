"""The bundled weights in the forms that run fastest: an ONNX graph in 8 bits, and a SentencePiece model.

Made once and kept; onnx, 30 MB in memory, is imported only for this.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from knowledge.bundled_weights import BundledWeights

_UNKNOWN_PIECE = 3
_MICROSOFT = "com.microsoft"


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
    graph = _Graph(weights)
    onnx.save(graph.model(), path)


class _Graph:
    """A BERT encoder of ONNX Runtime's fused operators; matrices in 8 bits, one scale per output."""

    def __init__(self, weights: BundledWeights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> Any:
        """The whole graph, as an ONNX model."""
        shape = self._weights.shape
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
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, operator: str, *inputs: str, domain: str = _MICROSOFT, **attributes: Any) -> str:
        output = f"{operator}-{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output
