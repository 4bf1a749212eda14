"""How easy a text is to read: Flesch's reading ease in the eight languages that have their own formula of it.

100 is very easy, 60 plain, 30 difficult; a formula holds for its own language and says nothing between two. The other
six languages (Albanian, Arabic, Persian, Pashto, Somali, Tigrinya) have none: there the length of sentences must do.

Sources: R. Flesch 1948 (en); W.H. Douma 1960 (nl); L. Kandel, A. Moles 1958 (fr); T. Amstad 1978 (de);
J. Fernández Huerta 1959 (es); T.B.F. Martins et al. 1996 (pt); I.V. Oborneva 2006 (ru); E. Ateşman 1997 (tr).
"""

import re
from dataclasses import dataclass
from functools import cache

from pyphen import Pyphen


@dataclass(frozen=True, kw_only=True)
class _Formula:
    """`base` - `per_sentence` * words in a sentence - `per_word` * syllables in a word."""

    base: float
    per_sentence: float
    per_word: float


_FORMULAS = {
    "en": _Formula(base=206.835, per_sentence=1.015, per_word=84.6),
    "nl": _Formula(base=206.84, per_sentence=0.93, per_word=77.0),
    "fr": _Formula(base=209.0, per_sentence=1.15, per_word=68.0),
    "de": _Formula(base=180.0, per_sentence=1.0, per_word=58.5),
    "es": _Formula(base=206.84, per_sentence=1.02, per_word=60.0),
    "pt": _Formula(base=248.835, per_sentence=1.015, per_word=84.6),
    "ru": _Formula(base=206.835, per_sentence=1.3, per_word=60.1),
    "tr": _Formula(base=198.825, per_sentence=2.61, per_word=40.175),
}
_TURKISH_VOWELS = re.compile("[aeıioöuüâîû]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


def reading_ease(sentences: list[str], language: str) -> float | None:
    """The ease of a text of at least one word, given as its sentences; None in a language without a formula."""
    formula = _FORMULAS.get(language)
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    if formula is None or not words:
        return None
    syllables = sum(_syllables(word, language) for word in words)
    return formula.base - formula.per_sentence * len(words) / len(sentences) - formula.per_word * syllables / len(words)


def _syllables(word: str, language: str) -> int:
    if language == "tr":  # every Turkish vowel is a syllable
        return max(1, len(_TURKISH_VOWELS.findall(word)))
    return len(_hyphenation(language).positions(word)) + 1


@cache
def _hyphenation(language: str) -> Pyphen:
    return Pyphen(lang=language, left=1, right=1)
