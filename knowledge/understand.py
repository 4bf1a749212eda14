"""Understanding a message: language, danger, topic, and honest not-knowing; one for service and command line."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.classifier import TopicClassifier, is_topic
from knowledge.country import without_country
from knowledge.danger import SURE, THRESHOLD, VERY_SURE, Danger, DangerDetector
from knowledge.definitions import term_asked_for
from knowledge.encoder import Encoder, head
from knowledge.letters import Counts
from knowledge.nearest import Scores
from knowledge.neighbours import Neighbours
from knowledge.samples import COMMANDS, PAGE_THAT_SOUNDS_OF_DANGER, SMALLTALK
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
_END_WORDS = 12


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


class Understander:
    """Understands messages with an encoder and the models learned from the package."""

    def __init__(self, *, encoder: Encoder, models: Models) -> None:
        self._encoder = encoder
        self._models = models

    @property
    def encoder(self) -> Encoder:
        """The encoder it works with."""
        return self._encoder

    def understand(self, text: str, conversation_language: str | None = None) -> Understanding:
        """What a message means; `conversation_language` is the language chosen or used until now."""
        message = clean(text)
        recognised = self._models.languages.recognise(message)
        language, found = _language(recognised, conversation_language)
        if not message:
            return _without_topics(Outcome.UNKNOWN, language, found, 0.0)
        label = self._models.known_lines.label(message, language)
        if label is not None:
            return _of_kind(label, language, found, 1.0, ())
        term = term_asked_for(message, language)
        if term is not None:
            return _of_term(term, language, found)
        # Short messages in an unsure language are still looked at for danger; `_is_danger` asks for more there.
        reading = recognised.language if recognised.language not in {None, NOT_OURS} else language
        asked = without_country(message)
        scores = self._scores(asked, reading)
        danger = self._danger(message, scores, reading)
        probabilities = self._models.topics.probabilities(scores[:1], [reading])[0]
        topics = self._ranked(probabilities)
        if _is_danger(danger, topics[0], found):
            return Understanding(
                language=language,
                language_found=found,
                outcome=Outcome.DANGER,
                topics=topics,
                confidence=danger.probability,
                detail=danger.kind,
            )
        if found is LanguageFound.NOT_OURS:
            return Understanding(
                language=None,
                language_found=found,
                outcome=Outcome.UNKNOWN,
                topics=topics,
                confidence=recognised.probability,
            )
        return self._by_topic(probabilities, topics, language, found)

    def _danger(self, message: str, scores: Scores, language: str | None) -> Danger:
        """Danger in the whole message, and in the end of one that is longer than what is encoded at once.

        Encoding the end doubles the time, so it is done only where its letters give a reason to.
        """
        end = " ".join(message.split()[-_END_WORDS:])
        if len(head(message)) < len(message) and self._sounds_dangerous(end):
            scores = np.concatenate([scores, self._scores(end, language)])
        probabilities = self._models.danger.probabilities(scores)
        worst = int(np.argmax(probabilities))
        return Danger(probability=float(probabilities[worst]), kind=self._models.danger.kind(scores[worst]))

    def _scores(self, text: str, language: str | None) -> Scores:
        return self._models.neighbours.scores(self._encoder.encode([text]), Counts.of([text]), [language])

    def _sounds_dangerous(self, text: str) -> bool:
        return self._models.danger.sounds_dangerous(self._models.neighbours.letter_scores(Counts.of([text])))

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
