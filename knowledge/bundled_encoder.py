"""The default encoder: multilingual-e5-small, its weights bundled in a package, run by ONNX Runtime."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import sentencepiece

from knowledge.bundled_weights import WEIGHTS_SHA256, BundledWeights, unpacked, weights_file
from knowledge.encoder import MAX_QUERY_LETTERS, Vectors, head

_FORM = "int8-1"
"""Changes when the way of converting does: vectors of different forms are never mixed."""
_PREFIX = "query: "
"""What the model was trained to see before a question (its model card)."""


class BundledEncoder:
    """multilingual-e5-small; 384 dimensions, 5 ms for a short question on one core."""

    def __init__(self, folder: Path) -> None:
        """Load the weights; what was converted from them is kept in `folder`.

        Raises:
            DamagedWeights: they are not the ones we know.
        """
        self._weights = BundledWeights(weights_file())
        form = f"{WEIGHTS_SHA256[:12]}-{_FORM}"
        self.fingerprint = f"e5-small-{form}-{MAX_QUERY_LETTERS:.0f}"
        folder.mkdir(parents=True, exist_ok=True)
        graph, pieces = folder / f"encoder-{form}.onnx", folder / f"pieces-{form}.model"
        if not (graph.exists() and pieces.exists()):
            from knowledge import bundled_conversion  # noqa: PLC0415 - brings onnx, which nothing else needs

            _write(graph, lambda path: bundled_conversion.write_onnx(self._weights, path))
            _write(pieces, lambda path: bundled_conversion.write_sentencepiece(self._weights, path))
        self._session = onnxruntime.InferenceSession(graph, _one_thread(), providers=["CPUExecutionProvider"])
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(pieces))
        shape = self._weights.shape
        self._words = self._weights.blocks("emb.word", rows=shape.vocabulary, columns=shape.width)
        self._places = self._weights.vector("emb.pos").reshape(shape.positions, shape.width)
        # The model knows two kinds of text; everything is of the first.
        self._places = self._places + self._weights.vector("emb.type")[: shape.width]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length for questions; shape (len(texts), 384)."""
        return np.stack([self._encode(text) for text in texts])

    def _encode(self, text: str) -> Vectors:
        written = (_PREFIX + head(text)).translate(self._weights.character_map)
        tokens = self._pieces.encode(written, add_bos=True, add_eos=True)[: len(self._places)]
        embeddings = unpacked(self._words[tokens]) + self._places[: len(tokens)]
        (mean,) = self._session.run(None, {"embeddings": embeddings[np.newaxis]})
        vector: Vectors = mean[0] / np.linalg.norm(mean[0])
        return vector


def _one_thread() -> onnxruntime.SessionOptions:
    """One thread per question: two take as long when another process wants the second core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options


def _write(path: Path, write: Callable[[Path], None]) -> None:
    """Make a file whole or not at all; another process making it at the same time does no harm."""
    unfinished = path.with_suffix(f".{os.getpid()}")
    write(unfinished)
    unfinished.replace(path)
