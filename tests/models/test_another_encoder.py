"""Any sentence-transformers model from a local folder does the work of the bundled encoder (`make test-models`).

The model is made here, with random weights: what counts is that it is used, not that it is good.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
import sentence_transformers

from knowledge.encoder import SentenceTransformersEncoder
from knowledge.pages import FOLDER, Package, load_package
from knowledge.training import load_understander, make_encoder
from knowledge.understanding import Outcome
from wegwijs.settings import Settings

DIMENSION = 32
TOPICS = ("reception/waiting-list", "health/pregnancy", "return/how-to-apply")
QUESTION = "how long is the waiting list for a bed"


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not in the folder is missing."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def few_topics(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A package of some topics: a small model encodes them in seconds."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copy(FOLDER / "facts.yaml", folder)
    for topic in TOPICS:
        shutil.copytree(FOLDER / topic, folder / topic)
    return load_package(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, few_topics: Package) -> Path:
    """The folder of a sentence-transformers model with a tokenizer of the package's own words."""
    folder = tmp_path_factory.mktemp("model")
    _save_transformer(folder / "transformer", few_topics)
    # A transformer that says nothing of pooling gets the mean of its tokens.
    whole = sentence_transformers.SentenceTransformer(str(folder / "transformer"), device="cpu", local_files_only=True)
    whole.save(str(folder / "saved"))
    return folder / "saved"


def _save_transformer(folder: Path, package: Package) -> None:
    from tokenizers import BertWordPieceTokenizer  # noqa: PLC0415 - only where the extra is installed
    from transformers import BertConfig, BertModel, BertTokenizerFast, set_seed  # noqa: PLC0415

    pieces = BertWordPieceTokenizer()
    texts = [question for page in package.pages.values() for question in page.questions]
    pieces.train_from_iterator(texts, vocab_size=2000, show_progress=False)
    tokenizer = BertTokenizerFast(tokenizer_object=pieces._tokenizer, model_max_length=64)
    tokenizer.save_pretrained(folder)
    set_seed(1)
    shape = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=DIMENSION,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=DIMENSION,
        max_position_embeddings=64,
    )
    BertModel(shape).save_pretrained(folder)


def test_a_model_in_a_local_folder_is_taught_and_understands(few_topics: Package, model: Path, tmp_path: Path) -> None:
    understander = load_understander(few_topics, Settings(encoder=model, data_dir=tmp_path))
    understood = understander.understand(QUESTION)
    assert understood.topics[0].topic == "reception/waiting-list"
    assert understood.language == "en"
    assert understood.outcome in {Outcome.ANSWER, Outcome.CHOICES}


def test_its_vectors_have_unit_length_and_its_own_dimension(model: Path) -> None:
    vectors = SentenceTransformersEncoder(model).encode([QUESTION, "أين أنام", ""])
    assert vectors.shape == (3, DIMENSION)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_its_vectors_are_kept_apart_from_those_of_other_models(model: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(model, tmp_path / "changed")
    (changed / "README.md").write_text("another model", encoding="utf-8")
    bundled = make_encoder(Settings(data_dir=tmp_path))
    fingerprints = {
        make_encoder(Settings(encoder=model)).fingerprint,
        make_encoder(Settings(encoder=changed)).fingerprint,
        bundled.fingerprint,
    }
    assert len(fingerprints) == 3
