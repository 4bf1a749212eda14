"""Recognising the language of a short message: script and letters first, then character sequences of our own texts.

`make evaluate` prints how often the language is right on messages written apart (97 %). One word is often too little:
of 3,000 questions of the package left out, 71 % were right by their first word, 88 % by two, 94 % by three, and 99 % of
the longer ones.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from translations.languages import Script, language, languages
from translations.ngrams import count_ngrams, count_words
from translations.recognition import foreign_letters, has_one_script, likely_languages, main_script, scripts

NOT_OURS = "not ours"
_ROMANISED = "-Latn"
_FEATURES = 2**18
_SMOOTHING = 0.01
_Weights = npt.NDArray[np.float16]
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

    def __init__(
        self,
        samples: Iterable[tuple[str, str]],
        not_ours: Iterable[str] = (),
        *,
        before: "LanguageRecogniser | None" = None,
    ) -> None:
        """Learn from texts with their language code, and from texts in languages that are not ours.

        What the recogniser of `before` learned from the same texts is taken over: a language knows only of its own.
        """
        texts_of: dict[str, list[str]] = defaultdict(list)
        for text, code in samples:
            texts_of[code].append(text)
        texts_of[NOT_OURS] = list(not_ours)
        self._digests = {code: _digest(texts) for code, texts in texts_of.items()}
        weights: dict[str, _Weights] = {}
        for code, texts in texts_of.items():
            known = before is not None and before._digests.get(code) == self._digests[code]
            weights |= before._of_language(code) if before is not None and known else _learned(code, texts)
        self._classes = sorted(weights)
        self._weights = np.stack([weights[label] for label in self._classes])

    def _of_language(self, code: str) -> dict[str, _Weights]:
        return {
            label: weights
            for label, weights in zip(self._classes, self._weights, strict=True)
            if _language_of_class(label) == code
        }

    def recognise(self, text: str) -> Recognised:
        """The most probable language of a text."""
        return self.recognise_all([text])[0]

    def recognise_all(self, texts: Sequence[str]) -> list[Recognised]:
        """The most probable language of each text."""
        scripts = [main_script(text) for text in texts]
        found = [_by_letters(text, script) for text, script in zip(texts, scripts, strict=True)]
        rows = [row for row, recognised in enumerate(found) if recognised is None]
        probable = iter(self._most_probable([texts[row] for row in rows], [scripts[row] for row in rows]))
        return [recognised or next(probable) for recognised in found]

    def _most_probable(self, texts: Sequence[str], scripts: Sequence[Script | None]) -> list[Recognised]:
        features = _shares([text.lower() for text in texts]) if texts else csr_matrix((0, _FEATURES))
        columns, place = np.unique(features.indices, return_inverse=True)
        held = csr_matrix((features.data, place, features.indptr), shape=(len(texts), len(columns)))
        scores = held @ self._weights[:, columns].T.astype(np.float32)
        return [self._named(*each) for each in zip(texts, scripts, scores, strict=True)]

    def _named(self, text: str, script: Script | None, scores: npt.NDArray[np.float32]) -> Recognised:
        words = len(text.split())
        code, probability = self._best(scores, script)
        # lid.176 knows nothing of romanised Arabic, Persian, Pashto and Tigrinya.
        in_its_own_script = code in languages() and language(code).script is Script.LATIN
        if in_its_own_script and words >= _WORDS_TO_BE_NAMED and _named_otherwise(text, probability):
            return Recognised(language=NOT_OURS, probability=0.8, words=words, script=script)
        return Recognised(language=code, probability=probability, words=words, script=script)

    def _best(self, scores: npt.NDArray[np.float32], script: Script | None) -> tuple[str, float]:
        possible = np.array([_script_of_class(label) is script for label in self._classes])
        scores = np.where(possible, scores, -np.inf)
        exponents = np.exp(scores - scores.max())
        by_language: dict[str, float] = {}
        for label, share in zip(self._classes, exponents / exponents.sum(), strict=True):
            code = _language_of_class(label)
            by_language[code] = by_language.get(code, 0.0) + float(share)
        if by_language.get(NOT_OURS, 0.0) < _SURELY_NOT_OURS:
            by_language.pop(NOT_OURS, None)
        return max(by_language.items(), key=lambda item: item[1])


def _digest(texts: Sequence[str]) -> bytes:
    return hashlib.sha256("\n".join(sorted(texts)).encode()).digest()


def _learned(code: str, texts: Sequence[str]) -> dict[str, _Weights]:
    """The classes of one language, or NOT_OURS, each with the logarithms of its shares; shape (_FEATURES,)."""
    parts_of: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        label = _class_of(text, code)
        if label is not None:
            parts_of[label] += _windows_in_its_script(text)
    # Half precision is enough for sums of some dozen logarithms, and keeps 10 MB instead of 20 in memory.
    return {label: _log_shares(parts).astype(np.float16) for label, parts in parts_of.items() if parts}


def _log_shares(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    total: npt.NDArray[np.float32] = np.asarray(_shares(texts).sum(axis=0)).ravel() + np.float32(_SMOOTHING)
    return np.asarray(np.log(total / total.sum()))


def _shares(texts: Sequence[str]) -> csr_matrix:
    """The letter sequences and words of each text, scaled to length one; shape (texts, _FEATURES)."""
    letters = count_ngrams(texts, shortest=1, longest=4, columns=_FEATURES)
    counts = csr_matrix(letters + _WORD * count_words(texts, columns=_FEATURES))
    rows = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(rows, weights=counts.data**2, minlength=len(texts)))
    counts.data /= length[rows].astype(np.float32)
    return counts


def _by_letters(text: str, script: Script | None) -> Recognised | None:
    """A text without a script of ours, or with letters that none of our languages writes; None for any other."""
    words = len(text.split())
    if script is None:
        foreign = foreign_letters(text) > sum(scripts(text).values())
        return Recognised(language=NOT_OURS if foreign else None, probability=1.0, words=words, script=None)
    if _letters_of_others(text, script):
        return Recognised(language=NOT_OURS, probability=0.95, words=words, script=script)
    return None


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


def _class_of(text: str, code: str) -> str | None:
    """The class of a text; None when it has no letter of our scripts and is not ours."""
    if code == NOT_OURS:
        script = main_script(text)
        # A class per script: one over all scripts would be too vague to win against any of ours.
        return None if script is None else f"{NOT_OURS}-{script.value}"
    romanised = language(code).script is not Script.LATIN and main_script(text) is Script.LATIN
    return f"{code}{_ROMANISED}" if romanised and language(code).romanised else code


def _language_of_class(label: str) -> str:
    return NOT_OURS if label.startswith(NOT_OURS) else label.removesuffix(_ROMANISED)


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
