"""Learning from the package: made once per content, kept by the hash of everything that went in, never committed.

A package that is near to one learned before goes on from what was learned then, in seconds: the vectors of texts that
stayed, the logit's weights, the recogniser of each language whose samples are the same, and the calibration.
"""

import hashlib
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from knowledge.bundled_encoder import BundledEncoder
from knowledge.classifier import TopicClassifier
from knowledge.danger import THRESHOLD, DangerDetector
from knowledge.encoder import Encoder, SentenceTransformersEncoder, VectorCache
from knowledge.lesson import ENCODING, Lesson, Progress, keys_of, make_lesson
from knowledge.pages import Package
from knowledge.samples import SAFE, UTTERANCES, Utterances, danger_of, language_samples, load_utterances, page_texts
from knowledge.understand import KnownLines, Models, Understander
from translations.not_ours import not_ours_samples
from translations.recogniser import LanguageRecogniser
from wegwijs.files import written_whole
from wegwijs.settings import Settings

_CODE = (Path(__file__).parent, Path(__file__).parent.parent / "translations")
_TEACHES_NOTHING = frozenset(
    {
        "check",
        "check_glossary",
        "grouping",
        "page_file",
        "readability",
        "rendering",
        "report",
        "served",
        "stamp",
        "understanding_process",
    }
)
"""Modules of this room that may change without anything being learned otherwise."""
_KEPT_MODELS = 5
_MOST_CHANGED = 0.05
"""From so large a share of samples that came or went since the calibration on, everything is learned anew."""
_LEARNING = "learning"


def print_progress(step: str, done: int, total: int) -> None:
    """Tell on standard error how far the encoding is; the other steps take seconds."""
    if step == ENCODING and (done == total or done % 100 == 0):
        end = "\n" if done == total else ""
        print(f"\rlearning from the package: {done} of {total} texts", end=end, file=sys.stderr, flush=True)


def load_understander(
    package: Package, settings: Settings, *, encoder: Encoder | None = None, progress: Progress = print_progress
) -> Understander:
    """Understanding of this package, learned now if it was not before; with the encoder of the settings."""
    encoder = encoder or make_encoder(settings)
    path = models_path(package, encoder, settings)
    if not path.exists():
        before = _newest(path)
        models = learn(
            package,
            load_utterances(),
            cache=VectorCache(encoder, path.parent),
            before=joblib.load(before) if before else None,
            progress=progress,
        )
        _keep(models, path)
    # What is kept is smaller than what was learned, so that is used from the first start on.
    return understander_of(path, encoder)


def understander_of(path: Path, encoder: Encoder) -> Understander:
    """Understanding by the models in this file."""
    path.touch()  # what is in use is the last to be thrown away, and what the next one goes on from
    return Understander(encoder=encoder, models=joblib.load(path))


def make_encoder(settings: Settings) -> Encoder:
    """The encoder in the folder the settings name, or the bundled one.

    Raises:
        DamagedWeights: the bundled weights are not the ones we know.
    """
    if settings.encoder:
        return SentenceTransformersEncoder(settings.encoder)
    return BundledEncoder(understanding_folder(settings))


def training_report(package: Package, settings: Settings) -> str:
    """How well one half of the samples is understood by learning from the other (trains when nothing is kept)."""
    load_understander(package, settings)
    models: Models = joblib.load(models_path(package, make_encoder(settings), settings))
    return models.report


def understanding_folder(settings: Settings) -> Path:
    """Where the learned models and the vectors lie."""
    return settings.data_dir / "understanding"


def models_path(package: Package, encoder: Encoder, settings: Settings) -> Path:
    """Where the models of this package lie once they are learned."""
    return understanding_folder(settings) / f"models-{content_hash(package, encoder)}.joblib"


def _newest(path: Path) -> Path | None:
    """The newest models that were learned by the same code, encoder and utterances as those of this path."""
    same = path.parent.glob(f"models-*-{path.stem.rpartition('-')[2]}.joblib")
    return max(same, key=lambda file: file.stat().st_mtime, default=None)


def content_hash(package: Package, encoder: Encoder) -> str:
    """Two hashes of all that the models depend on: of the package's texts, and of what they are learned with.

    A fact, a source, a status or a review date teaches nothing, so changing them changes no hash.
    """
    return f"{_hash_of_texts(package)}-{_hash_of_means(encoder)}"


def _hash_of_texts(package: Package) -> str:
    digest = hashlib.sha256()
    says = {(text.label, text.language): text.text for text in page_texts(package)}
    for key, page in sorted(package.pages.items()):
        digest.update(repr((key, page.title, page.questions, says[key])).encode())
    return digest.hexdigest()[:12]


def _hash_of_means(encoder: Encoder) -> str:
    """Of utterances, encoder, code, and the library that fits the models."""
    digest = hashlib.sha256(f"{encoder.fingerprint} {version('scikit-learn')}".encode())
    sources = [path for folder in _CODE for path in folder.glob("*.py") if path.stem not in _TEACHES_NOTHING]
    tables = [*UTTERANCES.glob("*.yaml"), *_CODE[1].glob("*.yaml")]
    for path in sorted([*sources, *tables]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def learn(
    package: Package, utterances: Utterances, *, cache: VectorCache, before: Models | None, progress: Progress
) -> Models:
    """Learn languages, topics and danger from the package and the sample utterances.

    From `before`, models of another package learned with the same code, encoder and utterances, it goes on where the
    two packages have nearly all samples in common.
    """
    # Beside the rest: comparing vectors is native code that lets it go on.
    with ThreadPoolExecutor(1) as beside:
        languages = beside.submit(
            LanguageRecogniser,
            language_samples(package, utterances),
            not_ours_samples(),
            before=before.languages if before else None,
        )
        lesson = make_lesson(package, utterances, cache=cache, progress=progress)
        progress(_LEARNING, 0, 1)
        if before is not None and _is_near(lesson, before):
            models = _go_on(lesson, before, languages)
        else:
            models = _fit(lesson, utterances, languages)
    progress(_LEARNING, 1, 1)
    return models


def _is_near(lesson: Lesson, before: Models) -> bool:
    changed = np.setxor1d(keys_of(lesson.samples), before.calibrated_on, assume_unique=True)
    return len(changed) <= _MOST_CHANGED * len(lesson.samples)


def _go_on(lesson: Lesson, before: Models, languages: Future[LanguageRecogniser]) -> Models:
    """Models with the calibration of `before`: what it weighs, the kinds of score, are the same for all labels."""
    number_of = {label: number for number, label in enumerate(before.labels)}
    known = before.neighbours.before([number_of.get(label) for label in lesson.labels])
    with threadpool_limits(1):
        neighbours = lesson.whole(before=known)
    return replace(
        before,
        languages=languages.result(),
        neighbours=neighbours,
        labels=lesson.labels,
        topics=before.topics.renamed(lesson.labels),
        danger=before.danger.renamed(lesson.labels),
    )


def _fit(lesson: Lesson, utterances: Utterances, languages: Future[LanguageRecogniser]) -> Models:
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
    found = detector.probabilities(scores) >= THRESHOLD
    dangers = np.array([danger_of(label) for label in lesson.labels], dtype=object)[right]
    return Models(
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
        labels=lesson.labels,
        calibrated_on=keys_of(lesson.samples),
        report=_report(classifier, found=found, dangers=dangers, codes=codes),
    )


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


def _keep(models: Models, path: Path) -> None:
    with written_whole(path) as unfinished:
        joblib.dump(models, unfinished)
    old = sorted(path.parent.glob("models-*.joblib"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in old[_KEPT_MODELS:]:
        file.unlink(missing_ok=True)
