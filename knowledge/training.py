"""Learning from the package: made once per content, kept by the hash of everything that went in, never committed."""

import hashlib
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import joblib
import numpy as np
import numpy.typing as npt
import sklearn
from threadpoolctl import threadpool_limits

from knowledge.bundled_encoder import BundledEncoder
from knowledge.classifier import TopicClassifier, is_topic
from knowledge.country import without_country
from knowledge.danger import THRESHOLD, DangerDetector
from knowledge.encoder import Encoder, SentenceTransformersEncoder, VectorCache, Vectors
from knowledge.neighbours import Neighbours
from knowledge.pages import Package
from knowledge.samples import (
    SAFE,
    UTTERANCES,
    Sample,
    danger_of,
    danger_of_kind,
    language_samples,
    load_utterances,
    samples,
)
from knowledge.understand import KnownLines, Models, Understander
from translations.not_ours import not_ours_samples
from translations.recogniser import LanguageRecogniser
from wegwijs.logs import logger
from wegwijs.settings import Settings

log = logger(__name__)

_CODE = (Path(__file__).parent, Path(__file__).parent.parent / "translations")
_KEPT_MODELS = 3
_ASKED = 90
"""Questions, cries for help and other lines of each half and language to calibrate on."""

Progress = Callable[[int, int], None]


def load_understander(package: Package, settings: Settings) -> Understander:
    """Understanding of this package; trained now if it was not before."""
    encoder = make_encoder(settings)
    path = _models_path(package, encoder, settings)
    if not path.exists():
        models, report = train(package, cache=VectorCache(encoder, path.parent), progress=print_progress)
        _keep(models, report, path)
    # What is kept is smaller than what was learned, so that is used from the first start on.
    return Understander(encoder=encoder, models=joblib.load(path))


def make_encoder(settings: Settings) -> Encoder:
    """The encoder in the folder the settings name, or the bundled one.

    Raises:
        DamagedWeights: the bundled weights are not the ones we know.
    """
    if settings.encoder:
        return SentenceTransformersEncoder(settings.encoder)
    return BundledEncoder(_folder(settings))


def training_report(package: Package, settings: Settings) -> str:
    """How well one half of the samples is understood by learning from the other (trains when nothing is kept)."""
    load_understander(package, settings)
    path = _models_path(package, make_encoder(settings), settings)
    return path.with_suffix(".txt").read_text(encoding="utf-8")


def _models_path(package: Package, encoder: Encoder, settings: Settings) -> Path:
    return _folder(settings) / f"models-{content_hash(package, encoder)}.joblib"


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "understanding"


def content_hash(package: Package, encoder: Encoder) -> str:
    """The hash of all that the models depend on: texts, utterances, encoder, code, the library that fits them."""
    digest = hashlib.sha256(f"{package.fingerprint} {encoder.fingerprint} {sklearn.__version__}".encode())
    sources = [path for folder in _CODE for path in folder.glob("*.py")]
    tables = [*UTTERANCES.glob("*.yaml"), *_CODE[1].glob("*.yaml")]
    for path in sorted([*sources, *tables]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def train(package: Package, *, cache: VectorCache, progress: Progress) -> tuple[Models, str]:
    """Learn languages, topics and danger from the package and the sample utterances; the models and a report."""
    utterances = load_utterances()
    # Beside the rest: comparing vectors is native code that lets it go on.
    with ThreadPoolExecutor(1) as beside:
        languages = beside.submit(LanguageRecogniser, language_samples(package, utterances), not_ours_samples())
        return _fit(package, utterances, cache=cache, progress=progress, languages=languages)


def _fit(
    package: Package,
    utterances: dict[str, dict[str, list[str]]],
    *,
    cache: VectorCache,
    progress: Progress,
    languages: Future[LanguageRecogniser],
) -> tuple[Models, str]:
    learned = samples(package, utterances)
    vectors = cache.vectors([without_country(sample.text) for sample in learned], progress)
    labels = sorted({sample.label for sample in learned})
    asked = [_to_ask(learned, half) for half in (0, 1)]
    # A fit on each core: more threads in each would only wait for one another.
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        whole = pool.submit(_neighbours, learned, vectors)
        parts = list(pool.map(lambda half: _scores_by_the_other_half(learned, vectors, asked[half], half), (0, 1)))
        neighbours = whole.result()
    scores = np.concatenate(parts)
    messages = [learned[number] for numbers in asked for number in numbers]
    right = np.array([labels.index(message.label) for message in messages])
    codes = np.array([message.language for message in messages])
    classifier = TopicClassifier(scores, labels=labels, right=right, languages=codes)
    detector = DangerDetector(scores, labels=labels, right=right)
    models = Models(
        languages=languages.result(),
        neighbours=neighbours,
        topics=classifier,
        danger=detector,
        known_lines=KnownLines(
            [
                (line, language, kind)
                for language, kinds in utterances.items()
                for kind, lines in kinds.items()
                if kind != "calm"
                for line in lines
            ]
        ),
    )
    dangers = np.array([danger_of(label) for label in labels], dtype=object)[right]
    return models, _report(classifier, found=detector.probabilities(scores) >= THRESHOLD, dangers=dangers, codes=codes)


def _neighbours(learned: Sequence[Sample], vectors: Vectors) -> Neighbours:
    return Neighbours(
        vectors=vectors,
        texts=[without_country(sample.text) for sample in learned],
        languages=[sample.language for sample in learned],
        labels=[sample.label for sample in learned],
    )


def _scores_by_the_other_half(
    learned: Sequence[Sample], vectors: Vectors, asked: Sequence[int], half: int
) -> npt.NDArray[np.float32]:
    """The scores of samples of one half by what is learned without it, as a stranger's messages would score."""
    known = [number for number, sample in enumerate(learned) if sample.half != half]
    neighbours = _neighbours([learned[number] for number in known], vectors[known])
    return neighbours.scores(
        vectors[asked],
        [without_country(learned[number].text) for number in asked],
        [learned[number].language for number in asked],
    )


def _to_ask(learned: Sequence[Sample], half: int) -> list[int]:
    """The samples of one half to calibrate on: of each language a fixed number of questions, of dangers, of the rest.

    By the hash of their texts the same ones are taken when a page changes.
    """
    groups: dict[tuple[str, bool, bool], list[int]] = defaultdict(list)
    for number, sample in enumerate(learned):
        if sample.half == half:
            groups[sample.language, is_topic(sample.label), danger_of_kind(sample.label) is not None].append(number)
    for group in groups.values():
        group.sort(key=lambda number: hashlib.sha256(learned[number].text.encode()).digest())
    return sorted(number for group in groups.values() for number in group[:_ASKED])


def _report(
    classifier: TopicClassifier,
    *,
    found: npt.NDArray[np.bool_],
    dangers: npt.NDArray[np.object_],
    codes: npt.NDArray[np.str_],
) -> str:
    """A line a language: of one half of its questions, how many find their topic by the other; the same for danger."""
    safe, in_danger = dangers == SAFE, (dangers != SAFE) & (dangers != None)  # noqa: E711 - elementwise
    lines = ["language | topic first | topic in three | danger found | false alarms   (each half by the other)"]
    for code, (first, in_three) in classifier.strangers.recall().items():
        recall, alarms = found[(codes == code) & in_danger].mean(), found[(codes == code) & safe].mean()
        lines.append(f"{code} | {first:.0%} | {in_three:.0%} | {recall:.0%} | {alarms:.1%}")
    return "\n".join(lines)


def print_progress(done: int, total: int) -> None:
    """Tell on standard error how far the encoding is."""
    if done == total or done % 100 == 0:
        end = "\n" if done == total else ""
        print(f"\rlearning from the package: {done} of {total} texts", end=end, file=sys.stderr, flush=True)


def _keep(models: Models, report: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{time.monotonic_ns()}")
    joblib.dump(models, unfinished)
    path.with_suffix(".txt").write_text(report, encoding="utf-8")
    unfinished.replace(path)
    old = sorted(path.parent.glob("models-*.joblib"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in old[_KEPT_MODELS:]:
        file.unlink()
        file.with_suffix(".txt").unlink(missing_ok=True)
