"""The process that translates: reads requests from standard input, one JSON line each, and answers in the same way.

    {"packages": ["/…/nl_en", "/…/en_ar"], "sentences": ["Kom morgen."]}
    {"sentences": ["…"]}  |  {"unreadable": "why a package did not open"}  |  {"failed": "RuntimeError"}

Run with the folder that takes what argostranslate writes. Of argostranslate only the format of packages is used: its
own translating needs torch to find sentences, fetches models while it works, and logs the texts.
"""

import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

BEAMS = 4
LENGTH_PENALTY = 0.2
"""Both as argostranslate translates: the packages are made and judged with them."""


def main() -> None:
    """Answer until there are no more requests."""
    _keep_within(Path(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _keep_within(folder: Path) -> None:
    # argostranslate makes its folders when it is imported, in the home folder unless told otherwise.
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        os.environ[name] = str(folder)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        models = [_model(folder) for folder in request["packages"]]
    except Exception as error:
        return {"unreadable": f"{type(error).__name__}: {error}"}
    try:
        sentences = request["sentences"]
        for model in models:
            sentences = model.translate(sentences)
    except Exception as error:  # its message could quote the text
        return {"failed": type(error).__name__}
    return {"sentences": sentences}


@cache
def _model(folder: str) -> "_Model":
    return _Model(Path(folder))


class _Model:
    """One direction, loaded."""

    def __init__(self, folder: Path) -> None:
        from argostranslate.package import Package  # noqa: PLC0415 - only where the extra is installed
        from ctranslate2 import Translator  # noqa: PLC0415

        self._package = Package(folder)
        self._tokenizer = self._package.tokenizer
        self._translator = Translator(
            str(folder / "model"),
            device="cpu",
            inter_threads=1,
            intra_threads=1,  # the other processors answer people
            compute_type="auto",
        )

    def translate(self, sentences: Sequence[str]) -> list[str]:
        prefix = self._package.target_prefix
        results = self._translator.translate_batch(
            [self._tokenizer.encode(sentence) for sentence in sentences],
            target_prefix=[[prefix]] * len(sentences) if prefix else None,
            replace_unknowns=True,
            beam_size=BEAMS,
            length_penalty=LENGTH_PENALTY,
            max_batch_size=32,
        )
        texts = (self._tokenizer.decode(result.hypotheses[0]) for result in results)
        return [text.removeprefix(prefix).strip() for text in texts]


if __name__ == "__main__":
    main()
