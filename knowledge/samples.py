"""What the recognisers learn from: the package's questions and titles, and the sample utterances."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.pages import Package
from knowledge.wording import words_only
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

PAGE_THAT_SOUNDS_OF_DANGER = "reception/emergency-shelter"

SAFE = "safe"

Utterances = dict[str, dict[str, list[str]]]
"""Sample utterances by language and kind."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A text with its label: a topic id, a kind of KINDS, or a danger.

    `half` says in which half of its list a line stands. Who writes lines writes some at a time, so the halves have
    different authors, as far as lists can tell: one half is a stranger to the other. A title belongs to neither.
    """

    text: str
    language: str
    label: str
    half: int | None = None


def load_utterances(folder: Path = UTTERANCES) -> Utterances:
    """The sample utterances: language, kind, lines."""
    return {
        path.stem: {str(kind): [str(line) for line in lines] for kind, lines in _read(path).items()}
        for path in sorted(folder.glob("*.yaml"))
    }


def _read(path: Path) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = read_yaml(path.read_text(encoding="utf-8"))
    return rows


def samples(package: Package, utterances: Utterances) -> list[Sample]:
    """All samples, labelled by topic, or by kind (KINDS) for what is not a question; the pages in order of their names.

    Questions as people type them, and titles: the questions leave out the topic's obvious words, the titles bring them
    ("may I work"). Of 33 plain questions written apart, 28 find their topic first with the titles, 16 without; headings
    and answers as further samples change nothing.
    """
    found = []
    for _, page in sorted(package.pages.items()):
        found += _of_list(page.questions, language=page.language, label=page.topic)
        found.append(Sample(text=page.title, language=page.language, label=page.topic))
    for language, kinds in utterances.items():
        for kind in KINDS:
            found += _of_list(kinds.get(kind, []), language=language, label=kind)
    return found


def page_texts(package: Package) -> list[Sample]:
    """What each page says, all its texts at once, without facts and marks; it belongs to neither half."""
    return [
        Sample(
            text=" ".join(
                words_only(part) for text in page.texts.values() for part in (text.short_answer, text.details)
            ),
            language=page.language,
            label=page.topic,
        )
        for _, page in sorted(package.pages.items())
    ]


def _of_list(lines: Sequence[str], *, language: str, label: str) -> list[Sample]:
    return [
        Sample(text=line, language=language, label=label, half=int(2 * place >= len(lines)))
        for place, line in enumerate(lines)
    ]


def is_meant(label: str) -> bool:
    """Whether a label is something a message can be understood to mean: a topic, small talk, a command ..."""
    return danger_of_kind(label) is None and label != "calm"


def danger_of_kind(kind: str) -> str | None:
    """The danger that a kind of utterance cries out."""
    return kind.removeprefix("danger_") if kind.startswith("danger_") else None


def danger_of(label: str) -> str | None:
    """The danger behind a label, "safe", or None where its samples are partly one, partly the other."""
    if label in _BETWEEN:
        return None
    return _CRIES_FOR_HELP.get(label) or danger_of_kind(label) or SAFE


def language_samples(package: Package, utterances: Utterances) -> list[tuple[str, str]]:
    """Texts with their language, for the recogniser of languages.

    The answers add nothing: of 3,000 questions held out as many are recognised without them, in two thirds of the time.
    """
    texts = [(line, language) for language, kinds in utterances.items() for lines in kinds.values() for line in lines]
    for page in package.pages.values():
        texts += [(text, page.language) for text in (*page.questions, page.title)]
    return texts
