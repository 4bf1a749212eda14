"""Words by their consonants in Latin letters: what a word shares in its own script and as people romanise it.

"وين انام" and "wen anam" are both "wyn nm", "ክሰርሕ" and "kserih" both "ksrh". Vowels are left out, and so is what
people write in more than one way (q and k, g and gh, doubled letters). Never shown to anybody.
"""

import re
import unicodedata
from functools import lru_cache

from knowledge.text import fold

_ARABIC = str.maketrans(
    dict(zip("بپتثجچحخدذرزژسشصضطظغفقکگلمنوهیېۍټډړږښڼځڅ", "bbttjChxdzrzjsSsdtzkfkkklmnwhyyytdrjSnzs", strict=True))
    | dict.fromkeys("ءعا", "")
)
_ETHIOPIC_ROWS = {
    "hh": "h", "sz": "s", "q": "k", "qh": "k", "kx": "k", "gg": "k", "g": "k", "x": "h", "sh": "S", "ch": "C",
    "c": "C", "zh": "j", "th": "t", "tz": "ts", "ph": "b", "p": "b", "ny": "n", "v": "b",
    "glottal": "", "pharyngeal": "",
}  # fmt: skip
_LATIN_PAIRS = {
    "kh": "x", "sh": "S", "gh": "g", "ch": "C", "th": "t", "dh": "d", "zh": "j", "ph": "f", "ou": "w", "ck": "k",
}  # fmt: skip
_PAIR = re.compile("|".join(_LATIN_PAIRS))
_LATIN = str.maketrans(dict(zip("cgpqv7598", "kkbkwhxkk", strict=True)) | {"6": "t"} | dict.fromkeys("aeiou01234'", ""))
_REPEATED = re.compile(r"(\w)\1+")
_NO_CONSONANT = "-"


def _ethiopic() -> dict[int, str]:
    """Each syllable sign by the consonant in its Unicode name: "ETHIOPIC SYLLABLE SEE" is s."""
    table = {}
    for code in range(0x1200, 0x1380):
        found = re.fullmatch(r"ETHIOPIC SYLLABLE (?:(\w+) )?([A-Z]+)", unicodedata.name(chr(code), ""))
        if found:
            row = (found[1] or re.sub("[AEIOU]+$", "", found[2])).lower()
            table[code] = _ETHIOPIC_ROWS.get(row, row)
    return table


_ETHIOPIC = _ethiopic()


def consonants(text: str) -> str:
    """The consonants of each word, in Latin letters; "-" for a word without."""
    return consonants_of_folded(fold(text))


def consonants_of_folded(text: str) -> str:
    """The same for a text that is folded already: folding is most of the work."""
    return " ".join(map(_of_word, text.split()))


@lru_cache(20_000)  # most words of a package come again and again
def _of_word(word: str) -> str:
    if word.isascii():
        written = _PAIR.sub(lambda pair: _LATIN_PAIRS[pair[0]], word).translate(_LATIN)
    else:
        written = word.translate(_ARABIC).translate(_ETHIOPIC)
    return _REPEATED.sub(r"\1", written) or _NO_CONSONANT
