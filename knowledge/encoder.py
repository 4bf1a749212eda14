"""The sentence encoder: meaning as a vector of unit length.

Two back ends with one interface: the bundled multilingual-e5-small (`knowledge.bundled_encoder`, the default), and any
sentence-transformers model from a local folder. Vectors of different back ends are never mixed: everything made from
them is kept under the encoder's fingerprint.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge.text import clean
from wegwijs.files import written_whole

Vectors = npt.NDArray[np.float32]

MAX_QUERY_LETTERS = 72.0
"""How much of a question is encoded, counted in Latin letters: the time grows with its tokens (8 ms for so much on one
core; `make bench` prints it for a short question)."""
_LETTERS_BY_BYTES = {1: 1.0, 2: 1.3, 3: 2.7, 4: 2.7}
"""How many Latin letters a character of so many bytes of UTF-8 costs: measured for Arabic, Cyrillic and Ethiopic."""


class Encoder(Protocol):
    """What understanding needs of an encoder."""

    fingerprint: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length for cleaned questions; shape (len(texts), dimension)."""
        ...


class SentenceTransformersEncoder:
    """Any sentence-transformers model from a local folder (needs the extra `models`)."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - heavy, and only in the extra

        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
        self.fingerprint = f"st-{digest.hexdigest()[:16]}-{MAX_QUERY_LETTERS:.0f}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length for questions; shape (len(texts), the model's dimension)."""
        vectors = self._model.encode([head(text) for text in texts], normalize_embeddings=True)
        return np.asarray(vectors, dtype=np.float32)


def head(text: str) -> str:
    """The part of a text that is encoded: cleaned, and cut where it would take too long."""
    cleaned = clean(text)
    costs = accumulate(_LETTERS_BY_BYTES[len(character.encode())] for character in cleaned)
    return cleaned[: sum(1 for cost in costs if cost <= MAX_QUERY_LETTERS)]


class VectorCache:
    """Vectors of texts already encoded, in one file per encoder: an edited page encodes only what is new."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._path = folder / f"vectors-{encoder.fingerprint}.npz"
        self._known: dict[str, Vectors] = {}
        if self._path.exists():
            with np.load(self._path) as stored:
                self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def vectors(self, texts: Sequence[str], progress: Callable[[int, int], None]) -> Vectors:
        """The vectors of these texts; `progress(done, total)` is told while new ones are made."""
        keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        # Encoding is native code that lets other threads go on: a text on each core.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            encoded = pool.map(lambda text: self._encoder.encode([text])[0], missing.values())
            for done, (key, vector) in enumerate(zip(missing, encoded, strict=True), start=1):
                self._known[key] = vector
                progress(done, len(missing))
        if missing:
            self._save()
        return np.stack([self._known[key] for key in keys])

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(self._path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
