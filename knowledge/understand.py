"""Understanding a message: language, danger, topic, and honest not-knowing; one for service and command line."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.classifier import TopicClassifier, is_topic
from knowledge.country import without_country
from knowledge.danger import SURE, THRESHOLD, VERY_SURE, Danger, DangerDetector
from knowledge.definitions import term_asked_for
from knowledge.encoder import Encoder, Vectors, head
from knowledge.letters import Counts
from knowledge.meaning import unit
from knowledge.nearest import Scores
from knowledge.neighbours import Neighbours
from knowledge.samples import COMMANDS, PAGE_THAT_SOUNDS_OF_DANGER, SMALLTALK
from knowledge.sense import Sense
from knowledge.text import clean, fold
from knowledge.understanding import Candidate, LanguageFound, Outcome, Understanding
from translations.glossary import topics as glossary_topics
from translations.recogniser import NOT_OURS, LanguageRecogniser, Recognised

MIN_LANGUAGE_PROBABILITY = 0.5
"""Below this the language is asked, unless the conversation has one."""
SWITCH_PROBABILITY = 0.85
SWITCH_WORDS = 3
"""A conversation changes its language only for a message of so many words in a surely different one."""
ENOUGH_FOR_A_PERSON = 0.3
"""Who asks for a person in the middle of a story is heard. Of strangers' calls 83 % are found instead of 74 if the most
probable had to be it, and 1.5 % of their questions are taken for one instead of 0.8."""
MORE_LIKELY_THAN_NOT = 0.5
_TOPICS_SHOWN = 5
_NEARNESS = 0.5
_END_WORDS = 12


VectorsOf = Callable[[Sequence[str]], Vectors]


class KnownLines:
    """Sample lines word for word: "delete" in any language is never left to probabilities."""

    def __init__(self, lines: Sequence[tuple[str, str, str]]) -> None:
        """Lines as (text, language, label)."""
        self._labels: dict[str, dict[str, str]] = defaultdict(dict)
        for text, language, label in lines:
            self._labels[fold(text)].setdefault(language, label)

    def label(self, text: str, language: str | None) -> str | None:
        """The label of a line that stands in the samples, in this language or with one meaning in all."""
        found = self._labels.get(fold(text))
        if not found:
            return None
        if language in found:
            return found[language]
        return next(iter(found.values())) if len(set(found.values())) == 1 else None


@dataclass(frozen=True, kw_only=True)
class Models:
    """What is learned from the package; made by `knowledge.training`."""

    languages: LanguageRecogniser
    neighbours: Neighbours
    topics: TopicClassifier
    danger: DangerDetector
    known_lines: KnownLines
    labels: Sequence[str]
    """What the columns of the neighbours' scores stand for."""
    calibrated_on: npt.NDArray[np.uint64]
    """The keys of the samples that the weights and thresholds of topics and danger were fitted on."""
    report: str
    """How well then one half of the samples was understood by learning from the other."""


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """A cleaned message, and its language as far as it can be told."""

    message: str
    recognised: Recognised
    language: str | None
    found: LanguageFound

    @classmethod
    def of(cls, message: str, recognised: Recognised, conversation_language: str | None) -> "_Reading":
        language, found = _language(recognised, conversation_language)
        return cls(message=message, recognised=recognised, language=language, found=found)

    @property
    def language_read(self) -> str | None:
        """The language to compare it in: short messages in an unsure one are still looked at for danger."""
        return self.recognised.language if self.recognised.language not in {None, NOT_OURS} else self.language


class Understander:
    """Understands messages with an encoder and the models learned from the package."""

    def __init__(self, *, encoder: Encoder, models: Models) -> None:
        self._encoder = encoder
        self._models = models

    @property
    def encoder(self) -> Encoder:
        """The encoder it works with."""
        return self._encoder

    @property
    def neighbours(self) -> Neighbours:
        """The samples and pages that messages are compared with."""
        return self._models.neighbours

    def understand(self, text: str, conversation_language: str | None = None) -> Understanding:
        """What a message means; `conversation_language` is the language chosen or used until now."""
        message = clean(text)
        reading = _Reading.of(message, self._models.languages.recognise(message), conversation_language)
        return self._understood([reading], vectors=self._encoder.encode)[0]

    def understand_all(
        self, texts: Sequence[str], *, without: Sequence[int | None], vectors: VectorsOf
    ) -> list[Understanding]:
        """What many messages mean, each by itself; together that takes a quarter of the time.

        `without` names for each the sample that it is itself, which must not find itself. `vectors` encodes.
        """
        messages = [clean(text) for text in texts]
        recognised = self._models.languages.recognise_all(messages)
        readings = [_Reading.of(message, found, None) for message, found in zip(messages, recognised, strict=True)]
        return self._understood(readings, without=without, vectors=vectors)

    def _understood(
        self, readings: Sequence["_Reading"], *, vectors: VectorsOf, without: Sequence[int | None] = ()
    ) -> list[Understanding]:
        at_once = [self._at_once(reading) for reading in readings]
        rows = [row for row, known in enumerate(at_once) if known is None]
        compared = [readings[row] for row in rows]
        itself = [without[row] for row in rows] if without else []
        judged = iter(self._judged(compared, self._scores(compared, vectors, itself)) if compared else [])
        return [next(judged) if known is None else known for known in at_once]

    def _at_once(self, reading: "_Reading") -> Understanding | None:
        """What needs no comparing: nothing, a line that is known, the meaning of a word."""
        if not reading.message:
            return _without_topics(Outcome.UNKNOWN, reading.language, reading.found, 0.0)
        label = self._models.known_lines.label(reading.message, reading.language)
        if label is not None:
            return _of_kind(label, reading.language, reading.found, 1.0, ())
        term = term_asked_for(reading.message, reading.language)
        return None if term is None else _of_term(term, reading.language, reading.found)

    def _scores(self, readings: Sequence["_Reading"], vectors: VectorsOf, without: Sequence[int | None]) -> Scores:
        asked = [without_country(reading.message) for reading in readings]
        languages = [reading.language_read for reading in readings]
        return self._models.neighbours.scores(vectors(asked), Counts.of(asked), languages, without=without)

    def _judged(self, readings: Sequence["_Reading"], scores: Scores) -> list[Understanding]:
        """What messages mean by their scores; shape (messages, labels, kinds)."""
        languages = [reading.language_read for reading in readings]
        probabilities = self._models.topics.probabilities(scores, languages)
        dangers = self._dangers(readings, scores)
        return [self._judgement(*each) for each in zip(readings, probabilities, dangers, strict=True)]

    def _judgement(self, reading: "_Reading", probabilities: npt.NDArray[np.float64], danger: Danger) -> Understanding:
        topics = self._ranked(probabilities)
        if _is_danger(danger, topics[0], reading.found):
            return Understanding(
                language=reading.language,
                language_found=reading.found,
                outcome=Outcome.DANGER,
                topics=topics,
                confidence=danger.probability,
                detail=danger.kind,
            )
        if reading.found is LanguageFound.NOT_OURS:
            return Understanding(
                language=None,
                language_found=reading.found,
                outcome=Outcome.UNKNOWN,
                topics=topics,
                confidence=reading.recognised.probability,
            )
        return self._by_topic(probabilities, topics, reading.language, reading.found)

    def senses(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Sense]:
        """What lines come down to, to be laid beside others."""
        cleaned = [without_country(clean(text)) for text in texts]
        # Encoding is native code that lets other threads go on: a text on each core.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            vectors = np.stack(list(pool.map(lambda text: self._encoder.encode([text])[0], cleaned)))
        scores = self._models.neighbours.scores(vectors, Counts.of(cleaned), languages)
        probabilities = self._models.topics.probabilities(scores, languages)
        dangers = self._models.danger.probabilities(scores) >= THRESHOLD
        places = self._places(self._models.neighbours.centred(vectors, languages), probabilities)
        return [
            Sense(
                vector=place.tobytes(),
                topics=tuple(candidate.topic for candidate in self._ranked(of_line)),
                is_danger=bool(danger),
            )
            for place, of_line, danger in zip(places, probabilities, dangers, strict=True)
        ]

    def _places(self, meanings: Vectors, probabilities: npt.NDArray[np.float64]) -> Vectors:
        """What lines mean, and beside it, with half the weight, which pages they are near: of unit length.

        The second is what holds languages together in which the encoder is weak (`knowledge.grouping` has figures).
        """
        return unit(np.concatenate([meanings, _NEARNESS * np.sqrt(probabilities)], axis=1).astype(np.float32))

    def _dangers(self, readings: Sequence["_Reading"], scores: Scores) -> list[Danger]:
        """Danger in each whole message, and in the end of one that is longer than what is encoded at once.

        Encoding the end doubles the time, so it is done only where its letters give a reason to.
        """
        dangers = [self._danger(found) for found in scores]
        longer = [row for row, each in enumerate(readings) if len(head(each.message)) < len(each.message)]
        ends = [" ".join(readings[row].message.split()[-_END_WORDS:]) for row in longer]
        counts = Counts.of(ends or [""])
        for place, row in enumerate(longer):
            count = counts[np.array([place])]
            if self._models.danger.sounds_dangerous(self._models.neighbours.letter_scores(count)):
                language = readings[row].language_read
                end = self._models.neighbours.scores(self._encoder.encode([ends[place]]), count, [language])
                dangers[row] = max(dangers[row], self._danger(end[0]), key=lambda danger: danger.probability)
        return dangers

    def _danger(self, scores: Scores) -> Danger:
        probability = float(self._models.danger.probabilities(scores[np.newaxis])[0])
        return Danger(probability=probability, kind=self._models.danger.kind(scores))

    def _ranked(self, probabilities: npt.NDArray[np.float64]) -> tuple[Candidate, ...]:
        labels = self._models.topics.labels
        ranked = [number for number in np.argsort(-probabilities) if is_topic(labels[number])]
        return tuple(
            Candidate(topic=labels[number], probability=round(float(probabilities[number]), 4))
            for number in ranked[:_TOPICS_SHOWN]
        )

    def _by_topic(
        self,
        probabilities: npt.NDArray[np.float64],
        topics: tuple[Candidate, ...],
        language: str | None,
        found: LanguageFound,
    ) -> Understanding:
        asks = np.array([is_topic(label) for label in self._models.topics.labels])
        person = float(probabilities[self._models.topics.labels.index("person")])
        if person >= ENOUGH_FOR_A_PERSON:
            return _of_kind("person", language, found, person, topics)
        kind = int(np.argmax(np.where(asks, 0.0, probabilities)))
        if probabilities[kind] >= probabilities[asks].sum():
            label = self._models.topics.labels[kind]
            return _of_kind(label, language, found, float(probabilities[kind]), topics)
        thresholds = self._models.topics.thresholds(language)
        first = topics[0].probability
        three = sum(candidate.probability for candidate in topics[:3])
        if first >= thresholds.answer:
            outcome, confidence = Outcome.ANSWER, first
        elif three >= thresholds.choices:
            outcome, confidence = Outcome.CHOICES, min(three, 1.0)
        else:
            outcome, confidence = Outcome.UNKNOWN, first
        return Understanding(
            language=language,
            language_found=found,
            outcome=outcome,
            topics=topics,
            confidence=round(confidence, 4),
        )


def _is_danger(danger: Danger, best: Candidate, found: LanguageFound) -> bool:
    """Danger comes before any topic; a night outside, and a language we cannot read, ask for more certainty."""
    if found is LanguageFound.NOT_OURS:
        # Measured on Ukrainian and Georgian: a bed for the night looks like despair. What we cannot read we do not
        # guess; the answer to it carries the emergency number.
        return False
    if best.topic == PAGE_THAT_SOUNDS_OF_DANGER and best.probability >= MORE_LIKELY_THAN_NOT:
        return danger.probability >= VERY_SURE
    return danger.probability >= (SURE if found is LanguageFound.UNSURE else THRESHOLD)


def _language(recognised: Recognised, conversation: str | None) -> tuple[str | None, LanguageFound]:
    """The language to answer in: chosen or used before, unless this message is surely in another."""
    if recognised.language == NOT_OURS and (conversation is None or recognised.words >= SWITCH_WORDS):
        return conversation, LanguageFound.NOT_OURS
    if conversation is None:
        sure = recognised.language is not None and recognised.probability >= MIN_LANGUAGE_PROBABILITY
        if sure:
            return recognised.language, LanguageFound.KNOWN
        return None, LanguageFound.UNSURE
    switches = (
        recognised.language not in {None, NOT_OURS}
        and recognised.words >= SWITCH_WORDS
        and recognised.probability >= SWITCH_PROBABILITY
    )
    return (recognised.language if switches else conversation), LanguageFound.KNOWN


def _of_kind(
    kind: str, language: str | None, found: LanguageFound, confidence: float, topics: tuple[Candidate, ...]
) -> Understanding:
    if kind in SMALLTALK:
        outcome = Outcome.SMALLTALK
    elif kind in COMMANDS:
        outcome = Outcome.COMMAND
    elif kind == "person":
        outcome = Outcome.PERSON
    elif kind.startswith("danger_"):
        outcome, kind = Outcome.DANGER, kind.removeprefix("danger_")
    else:
        outcome = Outcome.UNKNOWN
    return Understanding(
        language=language,
        language_found=found,
        outcome=outcome,
        topics=topics,
        confidence=round(confidence, 4),
        detail=kind,
    )


def _of_term(term: str, language: str | None, found: LanguageFound) -> Understanding:
    return Understanding(
        language=language,
        language_found=found,
        outcome=Outcome.ANSWER,
        topics=(Candidate(topic=glossary_topics()[term], probability=1.0),),
        confidence=1.0,
        term=term,
    )


def _without_topics(outcome: Outcome, language: str | None, found: LanguageFound, confidence: float) -> Understanding:
    return Understanding(language=language, language_found=found, outcome=outcome, topics=(), confidence=confidence)
