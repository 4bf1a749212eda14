"""What the recognisers learn from: the package's questions and titles, and the sample utterances."""

import re
from dataclasses import dataclass
from pathlib import Path

from knowledge.facts import PLACEHOLDER
from knowledge.pages import Package
from translations.tables import read_yaml

UTTERANCES = Path(__file__).with_name("utterances")

SMALLTALK = ("greet", "thanks", "goodbye", "smalltalk", "yes", "no")
COMMANDS = ("menu", "more", "change_language", "delete", "stop")
DANGERS = ("medical", "suicide", "violence", "sexual", "trafficking", "child")
KINDS = (*SMALLTALK, *COMMANDS, "person", "off_topic", *(f"danger_{danger}" for danger in DANGERS), "calm")

# Questions of these pages are cries for help themselves.
_CRIES_FOR_HELP = {"health/suicidal-thoughts": "suicide", "health/sexual-violence": "sexual"}
# Questions of these pages are partly cries for help, partly calm: they teach neither.
_BETWEEN = frozenset({"health/emergency", "safety-and-identity/police", "safety-and-identity/trafficking"})

PAGES_ABOUT_DANGER = frozenset(_CRIES_FOR_HELP) | _BETWEEN
PAGES_NEAR_DANGER = frozenset({"health/mental-health"})

SAFE = "safe"
_SENTENCE = re.compile(r"(?<=[.!?؟።])\s+")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A text with its label: a topic id, a kind of KINDS, or a danger."""

    text: str
    language: str
    label: str


def load_utterances(folder: Path = UTTERANCES) -> dict[str, dict[str, list[str]]]:
    """The sample utterances: language, kind, lines."""
    return {
        path.stem: {str(kind): [str(line) for line in lines] for kind, lines in _read(path).items()}
        for path in sorted(folder.glob("*.yaml"))
    }


def _read(path: Path) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = read_yaml(path.read_text(encoding="utf-8"))
    return rows


def topic_samples(package: Package, utterances: dict[str, dict[str, list[str]]]) -> list[Sample]:
    """Samples labelled by topic, or by kind for what is not a question; danger is not among them.

    Questions as people type them, and titles: the questions leave out the topic's obvious words, the titles bring them
    ("may I work"). Of 33 plain questions written apart, 28 find their topic first with the titles, 16 without; headings
    and answers as further samples change nothing.
    """
    samples = [
        Sample(text=text, language=page.language, label=page.topic)
        for page in package.pages.values()
        for text in (*page.questions, page.title)
    ]
    for language, kinds in utterances.items():
        for kind in (*SMALLTALK, *COMMANDS, "person", "off_topic"):
            samples += [Sample(text=line, language=language, label=kind) for line in kinds.get(kind, [])]
    return samples


def danger_samples(package: Package, utterances: dict[str, dict[str, list[str]]]) -> list[Sample]:
    """Samples labelled by danger, or "safe"."""
    samples = []
    for page in package.pages.values():
        if page.topic not in _BETWEEN:
            label = _CRIES_FOR_HELP.get(page.topic, SAFE)
            texts = (*page.questions, page.title)
            samples += [Sample(text=text, language=page.language, label=label) for text in texts]
    for language, kinds in utterances.items():
        for kind, lines in kinds.items():
            label = kind.removeprefix("danger_") if kind.startswith("danger_") else SAFE
            samples += [Sample(text=line, language=language, label=label) for line in lines]
    return samples


def language_samples(package: Package, utterances: dict[str, dict[str, list[str]]]) -> list[tuple[str, str]]:
    """Texts with their language, for the recogniser of languages."""
    texts = [(line, language) for language, kinds in utterances.items() for lines in kinds.values() for line in lines]
    for page in package.pages.values():
        texts += [(question, page.language) for question in page.questions]
        text = " ".join(f"{text.short_answer} {text.details}" for text in page.texts.values())
        body = PLACEHOLDER.sub("", f"{page.title}. {text}")
        texts += [(line, page.language) for line in _SENTENCE.split(body) if len(line) > 10]
    return texts
