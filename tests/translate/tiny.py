"""Real Argos packages that translate word for word, made in a moment.

The transformer in them is not trained: its weights are written down. A token and its place are one-hot vectors beside
each other; the decoder, at each place, attends to the same place of the source and takes over the translation of its
token. What the tokenizer does not know is copied, as in every Argos package.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import ctranslate2
import numpy as np
import sentencepiece
from ctranslate2.specs import TransformerSpec
from ctranslate2.specs.common_spec import LayerNormSpec, LinearSpec

SPECIAL = ["<unk>", "<s>", "</s>"]
PLACES = 64
SHARP = 20.0
"""Makes attention look at one place only."""
LOUD = 100.0
"""Makes what was attended to drown the token before."""


def make_package(folder: Path, source: str, target: str, words: Mapping[str, str], *, version: str = "1.0") -> Path:
    """A package file in this folder that translates these words, each into one."""
    name = f"translate-{source}_{target}-{version.replace('.', '_')}"
    unpacked = folder / name / name
    unpacked.mkdir(parents=True)
    metadata = {
        "package_version": version,
        "argos_version": "1.9",
        "from_code": source,
        "from_name": source,
        "to_code": target,
        "to_name": target,
    }
    (unpacked / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    vocabulary = _make_tokenizer(unpacked / "sentencepiece.model", words)
    _save_model(unpacked / "model", vocabulary, words)
    archive = shutil.make_archive(str(folder / name), "zip", folder / name, name)
    shutil.rmtree(folder / name)
    return Path(archive).rename(folder / f"{name}.argosmodel")


def _make_tokenizer(file: Path, words: Mapping[str, str]) -> list[str]:
    """A tokenizer that knows the words of both languages; gives its vocabulary."""
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*words, *words.values()]),
        model_prefix=str(file.with_suffix("")),
        model_type="word",
        vocab_size=len({*words, *words.values()}) + len(SPECIAL),
        minloglevel=2,
    )
    file.with_suffix(".vocab").unlink()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(file))
    return [processor.id_to_piece(number) for number in range(processor.get_piece_size())]


def _save_model(folder: Path, vocabulary: list[str], words: Mapping[str, str]) -> None:
    size, width = len(vocabulary), len(vocabulary) + PLACES
    spec = TransformerSpec.from_config(num_layers=1, num_heads=1, pre_norm=True)
    tokens = np.eye(size, width, dtype=np.float32)
    places = np.eye(PLACES, width, k=size, dtype=np.float32)
    for side in (spec.encoder, spec.decoder):
        side.scale_embeddings = False
        side.position_encodings.encodings = places
        _keep(side.layer_norm, width)
        _silence(side.layer[0].self_attention, width)
        ffn = side.layer[0].ffn
        _keep(ffn.layer_norm, width)
        for linear in (ffn.linear_0, ffn.linear_1):
            _set(linear, np.zeros((width, width)))
    spec.encoder.embeddings[0].weight = tokens
    spec.decoder.embeddings.weight = tokens
    _set(spec.decoder.projection, tokens)

    attention = spec.decoder.layer[0].attention
    only_places = np.diag(np.r_[np.zeros(size), np.ones(PLACES)])
    translated = np.zeros((width, width))
    for number, token in enumerate(vocabulary):
        word = token.removeprefix("▁")
        translated[vocabulary.index(f"▁{words[word]}") if word in words else number, number] = LOUD
    # Beyond the end of the source attention is spread over all of it: the end has to be the loudest there.
    translated[vocabulary.index("</s>")] *= 10
    _keep(attention.layer_norm, width)
    _set(attention.linear[0], SHARP * only_places)
    _set(attention.linear[1], np.concatenate([only_places, translated]))
    _set(attention.linear[2], np.eye(width))

    spec.config.add_source_eos = True
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    folder.mkdir()
    spec.save(str(folder))
    assert ctranslate2.contains_model(str(folder))


def _silence(attention: object, width: int) -> None:
    """Self-attention that adds nothing."""
    _keep(attention.layer_norm, width)  # type: ignore[attr-defined]
    _set(attention.linear[0], np.zeros((3 * width, width)))  # type: ignore[attr-defined]
    _set(attention.linear[1], np.zeros((width, width)))  # type: ignore[attr-defined]


def _keep(norm: LayerNormSpec, width: int) -> None:
    norm.gamma = np.ones(width, dtype=np.float32)
    norm.beta = np.zeros(width, dtype=np.float32)


def _set(linear: LinearSpec, weight: np.ndarray) -> None:
    linear.weight = weight.astype(np.float32)
    linear.bias = np.zeros(weight.shape[0], dtype=np.float32)
