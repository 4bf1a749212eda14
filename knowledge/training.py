"""Learning from the package: made once per content, kept by the hash of everything that went in, never committed."""

import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import joblib
import sklearn

from knowledge.classifier import TopicClassifier
from knowledge.danger import DangerDetector
from knowledge.encoder import Encoder, VectorCache, make_encoder
from knowledge.neighbours import Centre
from knowledge.pages import Package
from knowledge.samples import UTTERANCES, danger_samples, language_samples, load_utterances, topic_samples
from knowledge.understand import KnownLines, Models, Understander
from translations.not_ours import not_ours_samples
from translations.recogniser import LanguageRecogniser
from wegwijs.logs import logger
from wegwijs.settings import Settings

log = logger(__name__)

_CODE = (Path(__file__).parent, Path(__file__).parent.parent / "translations")
_KEPT_MODELS = 3

Progress = Callable[[int, int], None]


def load_understander(package: Package, settings: Settings) -> Understander:
    """Understanding of this package; trained now if it was not before."""
    encoder = make_encoder(settings.encoder)
    folder = settings.data_dir / "understanding"
    path = folder / f"models-{content_hash(package, encoder)}.joblib"
    if path.exists():
        models: Models = joblib.load(path)
    else:
        models = train(package, cache=VectorCache(encoder, folder), progress=print_progress)
        _keep(models, path)
    return Understander(encoder=encoder, models=models)


def content_hash(package: Package, encoder: Encoder) -> str:
    """The hash of all that the models depend on: texts, utterances, encoder, code, the library that fits them."""
    digest = hashlib.sha256(f"{package.fingerprint} {encoder.fingerprint} {sklearn.__version__}".encode())
    sources = [path for folder in _CODE for path in folder.glob("*.py")]
    tables = [*UTTERANCES.glob("*.yaml"), *_CODE[1].glob("*.yaml")]
    for path in sorted([*sources, *tables]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def train(package: Package, *, cache: VectorCache, progress: Progress) -> Models:
    """Learn languages, topics and danger from the package and the sample utterances."""
    utterances = load_utterances()
    topics = topic_samples(package, utterances)
    dangers = danger_samples(package, utterances)
    texts = [sample.text for sample in [*topics, *dangers]]
    vectors = cache.vectors(texts, progress)
    codes = [sample.language for sample in [*topics, *dangers]]
    centre = Centre.of(vectors, codes)
    centred = centre.apply(vectors, codes)
    kinds = {kind for lines in utterances.values() for kind in lines} - {"calm"}
    return Models(
        languages=LanguageRecogniser(language_samples(package, utterances), not_ours_samples()),
        centre=centre,
        topics=TopicClassifier(vectors=centred[: len(topics)], samples=topics),
        danger=DangerDetector(
            vectors=centred[len(topics) :],
            texts=[sample.text for sample in dangers],
            labels=[sample.label for sample in dangers],
        ),
        known_lines=KnownLines(
            [
                (line, language, kind)
                for language, lines_of in utterances.items()
                for kind in kinds
                for line in lines_of.get(kind, [])
            ]
        ),
    )


def print_progress(done: int, total: int) -> None:
    """Tell on standard error how far the encoding is."""
    if done == total or done % 100 == 0:
        end = "\n" if done == total else ""
        print(f"\rlearning from the package: {done} of {total} texts", end=end, file=sys.stderr, flush=True)


def _keep(models: Models, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{time.monotonic_ns()}")
    joblib.dump(models, unfinished)
    unfinished.replace(path)
    old = sorted(path.parent.glob("models-*.joblib"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in old[_KEPT_MODELS:]:
        file.unlink()
