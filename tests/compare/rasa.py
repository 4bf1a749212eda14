"""Rasa's own stock way: its count vectors with one of its classifiers, one model over all languages.

In a full Rasa environment of its own (`make compare` makes it), through Rasa's own commands and HTTP interface.
"""

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from knowledge.samples import Sample
from tests.compare.way import DidNotLearn, Lesson, first_topics
from tests.ports import free_port
from wegwijs.settings import PROJECT

_RASA = (str(PROJECT / ".venv-rasa-full/bin/python"), "-m", "rasa")
LEARN_SECONDS = 1200.0
START_SECONDS = 300.0
DIET_EPOCHS = 1
"""Rasa's default is 300: more than two days on two busy cores. So many fit into LEARN_SECONDS."""
WORDS, CHARACTERS = 20_000, 50_000
"""The commonest words and character sequences are features: while it learns, logistic regression keeps some 25 numbers
for each feature and label."""
_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # what it keeps between trainings is never used again here
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
_FEATURES: tuple[Mapping[str, Any], ...] = (
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer", "max_features": WORDS},
    {
        "name": "CountVectorsFeaturizer",
        "analyzer": "char_wb",
        "min_ngram": 1,
        "max_ngram": 4,
        "max_features": CHARACTERS,
    },
)
_WHOLE_RANKING: Mapping[str, Any] = {"ranking_length": 0}
"""Small talk and dangers are passed over afterwards: the ten best intents might hold less than three topics."""


class _Rasa:
    """A Rasa model with this classifier, taught and served by Rasa's commands."""

    classifier: Mapping[str, Any]
    pid: int

    def learn(self, lesson: Lesson) -> None:
        """Train, and start the server that answers."""
        kept = tempfile.TemporaryDirectory()
        atexit.register(kept.cleanup)
        folder = Path(kept.name)
        pipeline = [dict(component) for component in (*_FEATURES, self.classifier)]
        config = {"recipe": "default.v1", "assistant_id": "compare", "language": "en", "pipeline": pipeline}
        (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (folder / "nlu.yml").write_text(training_data(lesson.samples), encoding="utf-8")
        _train(folder)
        self._serve(folder)

    def rank(self, text: str) -> list[str]:
        """The topics of its ranking of intents."""
        answer = self._http.post("/model/parse", json={"text": text}).raise_for_status().json()
        return first_topics(_label(intent["name"]) for intent in answer["intent_ranking"])

    def _serve(self, folder: Path) -> None:
        port = free_port()
        command = ("run", "--enable-api", "--model", "models/model.tar.gz", "--interface", "127.0.0.1")
        server = subprocess.Popen(
            [*_RASA, *command, "--port", str(port)], cwd=folder, env=_environment(), stdout=sys.stderr
        )
        # Exit handlers run last first: the server ends before its folder is removed.
        atexit.register(_end, server)
        self.pid = server.pid
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        _wait_until_up(self._http, server)


class RasaLogistic(_Rasa):
    """The linear classifier."""

    title = "Rasa 3.6.21, count vectors, logistic regression"
    classifier: Mapping[str, Any] = {"name": "LogisticRegressionClassifier", **_WHOLE_RANKING}


class RasaDiet(_Rasa):
    """The transformer, for few epochs."""

    title = f"Rasa 3.6.21, count vectors, DIET, {DIET_EPOCHS} of 300 epochs"
    classifier: Mapping[str, Any] = {
        "name": "DIETClassifier",
        "epochs": DIET_EPOCHS,
        "entity_recognition": False,
        "constrain_similarities": True,  # what Rasa recommends, and will make its default
        "random_seed": 1,
        **_WHOLE_RANKING,
    }


def _train(folder: Path) -> None:
    command = [*_RASA, "train", "nlu", "--nlu", "nlu.yml", "--fixed-model-name", "model"]
    try:
        subprocess.run(command, cwd=folder, env=_environment(), stdout=sys.stderr, timeout=LEARN_SECONDS, check=True)
    except subprocess.TimeoutExpired as error:
        raise DidNotLearn(f"not learned in {LEARN_SECONDS / 60:.0f} minutes") from error
    except subprocess.CalledProcessError as error:
        raise DidNotLearn(f"ended with {error.returncode} while it learned") from error


def _wait_until_up(http: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            if http.get("/status").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError("Rasa did not start")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.kill()
    server.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, **_ENVIRONMENT}


def training_data(taught: Sequence[Sample]) -> str:
    """The samples as Rasa reads them. JSON is YAML, but Rasa wants the examples of an intent as one text."""
    examples: dict[str, list[str]] = defaultdict(list)
    for sample in taught:
        examples[_intent(sample.label)].append(f"- {' '.join(sample.text.split())}\n")
    nlu = [{"intent": intent, "examples": "".join(lines)} for intent, lines in examples.items()]
    return yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True)


def _intent(label: str) -> str:
    """In Rasa a slash in an intent means something else."""
    return label.replace("/", ".")


def _label(intent: str) -> str:
    return intent.replace(".", "/")
