"""The guarded encoder: no message can crash the process or change the vectors of another."""

import json
import subprocess
import sys

import numpy as np
import pytest

from knowledge.encoder import BundledEncoder, DamagedWeights, VectorCache, head

NASTY = ["\ufdfa" * 10_000, "\x00" * 50, "\ud83d", "", " " * 100_000, "😀" * 500, "\u202e" * 40, "a" * 100_000]


def test_nothing_a_person_sends_crashes_the_encoder() -> None:
    # In a process of its own: an unguarded encoder would take this one with it.
    program = (
        "import numpy as np\n"
        "from knowledge.encoder import BundledEncoder\n"
        "import json, sys\n"
        "vectors = BundledEncoder().encode(json.load(sys.stdin))\n"
        "assert np.isfinite(vectors).all()\n"
        "print('alive')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(NASTY),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "alive", done.stderr


def test_a_question_has_the_same_vector_alone_and_among_others() -> None:
    encoder = BundledEncoder()
    texts = ["where can i sleep", "أين أنام", "ኣበይ ክድቅስ"]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.array_equal(together, alone)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)


@pytest.mark.parametrize(("letter", "kept"), [("a", 72), ("ж", 55), ("م", 55), ("ሀ", 26)])
def test_what_is_encoded_is_cut_so_that_every_script_takes_the_same_time(letter: str, kept: int) -> None:
    assert head(letter * 500) == letter * kept


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    damaged = tmp_path / "e5-small-q4.bin"
    damaged.write_bytes(b"not the weights")
    monkeypatch.setattr("knowledge.encoder._weights_file", lambda: damaged)
    with pytest.raises(DamagedWeights):
        BundledEncoder()


def test_a_text_is_encoded_only_once(tmp_path) -> None:
    encoder = BundledEncoder()
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
