"""Learning from the package: made once per content, kept by the hash of everything that went in, never committed."""

import hashlib
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from knowledge.bundled_encoder import BundledEncoder
from knowledge.classifier import TopicClassifier, is_topic
from knowledge.country import without_country
from knowledge.danger import THRESHOLD, DangerDetector
from knowledge.encoder import Encoder, SentenceTransformersEncoder, VectorCache, Vectors
from knowledge.letters import Counts
from knowledge.nearest import Scores
from knowledge.neighbours import Neighbours
from knowledge.pages import Package
from knowledge.samples import (
    SAFE,
    UTTERANCES,
    Sample,
    Utterances,
    danger_of,
    danger_of_kind,
    language_samples,
    load_utterances,
    page_texts,
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
    path = models_path(package, encoder, settings)
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
    path = models_path(package, make_encoder(settings), settings)
    return path.with_suffix(".txt").read_text(encoding="utf-8")


def models_path(package: Package, encoder: Encoder, settings: Settings) -> Path:
    """Where the models of this package lie once they are learned."""
    return _folder(settings) / f"models-{content_hash(package, encoder)}.joblib"


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "understanding"


def content_hash(package: Package, encoder: Encoder) -> str:
    """The hash of all that the models depend on: texts, utterances, encoder, code, the library that fits them."""
    digest = hashlib.sha256(f"{package.fingerprint} {encoder.fingerprint} {version('scikit-learn')}".encode())
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
        return _fit(_lesson(package, utterances, cache=cache, progress=progress), utterances, languages)


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """All that can be learned from: the samples with their vectors, and counts of the samples and then of the pages."""

    samples: Sequence[Sample]
    vectors: Vectors
    pages: Sequence[Sample]
    counts: Counts
    labels: Sequence[str]

    def neighbours(self, chosen: npt.NDArray[np.int64]) -> Neighbours:
        """What the chosen samples and all pages teach."""
        pages = np.arange(len(self.pages)) + len(self.samples)
        texts = [*(self.samples[number] for number in chosen), *self.pages]
        number_of = {label: number for number, label in enumerate(self.labels)}
        return Neighbours(
            vectors=self.vectors[chosen],
            counts=self.counts[np.concatenate([chosen, pages])],
            languages=[text.language for text in texts],
            label_of=np.array([number_of[text.label] for text in texts]),
            labels=len(self.labels),
        )

    def whole(self) -> Neighbours:
        """What all of it teaches."""
        return self.neighbours(np.arange(len(self.samples)))

    def scores_by_the_other_half(self, half: int) -> Scores:
        """The scores of samples of one half by what is learned without it, as a stranger's messages would score."""
        known = [number for number, sample in enumerate(self.samples) if sample.half != half]
        asked = np.array(self.asked(half))
        languages = [self.samples[number].language for number in asked]
        return self.neighbours(np.array(known)).scores(self.vectors[asked], self.counts[asked], languages)

    def asked(self, half: int) -> list[int]:
        """The samples of one half to calibrate on: of each language so many questions, cries for help, and others.

        By the hash of their texts the same ones are taken when a page changes.
        """
        groups: dict[tuple[str, bool, bool], list[int]] = defaultdict(list)
        for number, sample in enumerate(self.samples):
            if sample.half == half:
                group = (sample.language, is_topic(sample.label), danger_of_kind(sample.label) is not None)
                groups[group].append(number)
        for numbers in groups.values():
            numbers.sort(key=lambda number: hashlib.sha256(self.samples[number].text.encode()).digest())
        return sorted(number for numbers in groups.values() for number in numbers[:_ASKED])


def _lesson(package: Package, utterances: Utterances, *, cache: VectorCache, progress: Progress) -> Lesson:
    learned, pages = samples(package, utterances), page_texts(package)
    texts = [without_country(sample.text) for sample in learned]
    return Lesson(
        samples=learned,
        vectors=cache.vectors(texts, progress),
        pages=pages,
        counts=Counts.of([*texts, *(page.text for page in pages)]),
        labels=sorted({sample.label for sample in learned}),
    )


def _fit(lesson: Lesson, utterances: Utterances, languages: Future[LanguageRecogniser]) -> tuple[Models, str]:
    # A fit on each core: more threads in each would only wait for one another.
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        whole = pool.submit(lesson.whole)
        scores = np.concatenate(list(pool.map(lesson.scores_by_the_other_half, (0, 1))))
        neighbours = whole.result()
    messages = [lesson.samples[number] for half in (0, 1) for number in lesson.asked(half)]
    right = np.array([lesson.labels.index(message.label) for message in messages])
    codes = np.array([message.language for message in messages])
    classifier = TopicClassifier(scores, labels=lesson.labels, right=right, languages=codes)
    detector = DangerDetector(scores, labels=lesson.labels, right=right)
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
    dangers = np.array([danger_of(label) for label in lesson.labels], dtype=object)[right]
    return models, _report(classifier, found=detector.probabilities(scores) >= THRESHOLD, dangers=dangers, codes=codes)


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
