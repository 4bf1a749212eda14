"""Recognising the language of a short message: script and letters first, then character sequences of our own texts.

`make evaluate` prints how often the language is right on messages written apart (97 %). One word is often too little:
of 3,000 questions of the package left out, 71 % were right by their first word, 88 % by two, 94 % by three, and 99 % of
the longer ones.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import normalize

from translations.languages import Script, language, languages
from translations.ngrams import count_ngrams
from translations.recognition import foreign_letters, has_one_script, likely_languages, main_script, scripts

NOT_OURS = "not ours"
_ROMANISED = "-Latn"
_FEATURES = 2**18

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
        self._vectorizer = HashingVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), n_features=_FEATURES, alternate_sign=False, norm=None
        )
        self._model = MultinomialNB(alpha=0.01, fit_prior=False)
        self._model.fit(normalize(count_ngrams(texts, self._vectorizer)), labels)
        # Half precision is enough for sums of some dozen logarithms, and keeps 10 MB instead of 40 in memory.
        self._weights = self._model.feature_log_prob_.astype(np.float16)
        self._classes = [str(label) for label in self._model.classes_]
        del self._model

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
        features = normalize(self._vectorizer.transform([text.lower()]))
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
