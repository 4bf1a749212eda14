"""Recognising the language of a short message: script and letters first, then character sequences of our own texts.

`make evaluate` prints how often the language is right on messages written apart (97 %). One word is often too little:
of 3,000 questions of the package left out, 71 % were right by their first word, 88 % by two, 94 % by three, and 99 % of
the longer ones.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from translations.languages import Script, language, languages
from translations.ngrams import count_ngrams, count_words
from translations.recognition import foreign_letters, has_one_script, likely_languages, main_script, scripts

NOT_OURS = "not ours"
_ROMANISED = "-Latn"
_FEATURES = 2**18
_SMOOTHING = 0.01
_WORD = np.float32(2)
"""A whole word counts as much as so many sequences: 90 % of messages of one or two words are right instead of 86."""

# Letters of languages that are not ours: Sorani, Urdu; Ukrainian, Belarusian, Kazakh, Mongolian, Serbian.
_OTHER_ARABIC = re.compile("[ڵێۆڕٹڈڑےہں]")
_OTHER_CYRILLIC = re.compile("[іїєґўәғқңұүһөђјљњћџ]")
_SURELY_NOT_OURS = 0.85
"""Saying "not ours" to somebody whose language we have is the worse error: it needs this much."""
_NAMED_SURELY = 0.55
_SURELY_OURS = 0.97
_WORDS_TO_BE_NAMED = 3
"""From so many words on lid.176 is believed, when it is sure and we are not."""


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """The language of a text: a code, NOT_OURS, or None for a text without letters; how probable; how many words."""

    language: str | None
    probability: float
    words: int
    script: Script | None


class LanguageRecogniser:
    """Naive Bayes over character 1-4-grams; romanised Arabic, Persian, Pashto and Tigrinya are classes of their own."""

    def __init__(self, samples: Iterable[tuple[str, str]], not_ours: Iterable[str] = ()) -> None:
        """Learn from texts with their language code, and from texts in languages that are not ours."""
        texts, labels = [], []
        for text, code in samples:
            parts = _windows_in_its_script(text)
            texts += parts
            labels += [_class_of(text, code)] * len(parts)
        for text in not_ours:
            script = main_script(text)
            if script is not None:
                # A class per script: one over all scripts would be too vague to win against any of ours.
                parts = _windows_in_its_script(text)
                texts += parts
                labels += [f"{NOT_OURS}-{script.value}"] * len(parts)
        self._classes = sorted(set(labels))
        number_of = {label: number for number, label in enumerate(self._classes)}
        class_of = [number_of[label] for label in labels]
        shares = _shares(texts)
        belongs = csr_matrix((np.ones(len(texts), dtype=np.float32), (class_of, np.arange(len(texts)))))
        of_class = (belongs @ shares).toarray() + _SMOOTHING
        of_class /= of_class.sum(axis=1, keepdims=True)
        # Half precision is enough for sums of some dozen logarithms, and keeps 10 MB instead of 20 in memory.
        self._weights = np.log(of_class, out=of_class).astype(np.float16)

    def recognise(self, text: str) -> Recognised:
        """The most probable language of a text."""
        words = len(text.split())
        script = main_script(text)
        if script is None:
            foreign = foreign_letters(text) > sum(scripts(text).values())
            return Recognised(language=NOT_OURS if foreign else None, probability=1.0, words=words, script=None)
        if _letters_of_others(text, script):
            return Recognised(language=NOT_OURS, probability=0.95, words=words, script=script)
        code, probability = self._most_probable(text, script)
        # lid.176 knows nothing of romanised Arabic, Persian, Pashto and Tigrinya.
        in_its_own_script = code in languages() and language(code).script is Script.LATIN
        if in_its_own_script and words >= _WORDS_TO_BE_NAMED and _named_otherwise(text, probability):
            return Recognised(language=NOT_OURS, probability=0.8, words=words, script=script)
        return Recognised(language=code, probability=probability, words=words, script=script)

    def _most_probable(self, text: str, script: Script) -> tuple[str, float]:
        features = _shares([text.lower()])
        scores = np.asarray(self._weights[:, features.indices].astype(np.float32) @ features.data)
        scores[[_script_of_class(label) is not script for label in self._classes]] = -np.inf
        exponents = np.exp(scores - scores.max())
        by_language: dict[str, float] = {}
        for label, share in zip(self._classes, exponents / exponents.sum(), strict=True):
            code = NOT_OURS if label.startswith(NOT_OURS) else label.removesuffix(_ROMANISED)
            by_language[code] = by_language.get(code, 0.0) + float(share)
        if by_language.get(NOT_OURS, 0.0) < _SURELY_NOT_OURS:
            by_language.pop(NOT_OURS, None)
        return max(by_language.items(), key=lambda item: item[1])


def _shares(texts: Sequence[str]) -> csr_matrix:
    """The letter sequences and words of each text, scaled to length one; shape (texts, _FEATURES)."""
    letters = count_ngrams(texts, shortest=1, longest=4, columns=_FEATURES)
    counts = csr_matrix(letters + _WORD * count_words(texts, columns=_FEATURES))
    rows = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(rows, weights=counts.data**2, minlength=len(texts)))
    counts.data /= length[rows].astype(np.float32)
    return counts


def _letters_of_others(text: str, script: Script) -> bool:
    match script:
        case Script.ARABIC:
            return len(_OTHER_ARABIC.findall(text)) >= 2
        case Script.CYRILLIC:
            return bool(_OTHER_CYRILLIC.search(text.lower()))
        case Script.ETHIOPIC | Script.LATIN:
            return False


def _named_otherwise(text: str, probability: float) -> bool:
    """Whether lid.176 is sure of a language that is not ours, and our own recogniser is not sure of one of ours."""
    code, share = likely_languages(text)[0]
    return code not in languages() and share > _NAMED_SURELY and probability < _SURELY_OURS


def _class_of(text: str, code: str) -> str:
    romanised = language(code).script is not Script.LATIN and main_script(text) is Script.LATIN
    return f"{code}{_ROMANISED}" if romanised and language(code).romanised else code


def _script_of_class(label: str) -> Script:
    if label.startswith(NOT_OURS):
        return Script(label.rpartition("-")[2])
    return Script.LATIN if label.endswith(_ROMANISED) else language(label).script


def _windows_in_its_script(text: str) -> list[str]:
    """The windows in the text's main script: a Belgian name in Arabic says nothing about Arabic in Latin letters."""
    if has_one_script(text):
        return [part for part in _windows(text) if any(map(str.isalpha, part))]
    script = main_script(text)
    return [part for part in _windows(text) if main_script(part) is script]


def _windows(text: str) -> list[str]:
    """The text, and its pairs of words: a message is short, so the training texts must be too."""
    words = text.lower().split()
    return [text.lower(), *(" ".join(words[start : start + 2]) for start in range(0, len(words) - 1, 2))]
