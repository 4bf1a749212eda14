"""The guard before everything that reads a person's message: clean, short, harmless text.

One character of Unicode may normalise to eighteen (U+FDFA), and a message may be a megabyte long: nothing reaches the
encoder or the tables except through `clean`.
"""

import re
import unicodedata

MAX_CHARACTERS = 1000
"""What a person may send at once; longer messages are cut (DESIGN section 3)."""

_BLANKS = re.compile(r"[^\S\n]+")
_LINE_BREAKS = re.compile(r"\n\s*\n+")
_KEPT_CONTROLS = "\n\t"
# Joiners carry meaning in Persian, Pashto and emoji; the other format characters only hide things.
_KEPT_FORMATS = "\u200c\u200d"


def clean(text: str, *, limit: int = MAX_CHARACTERS) -> str:
    """The text in NFKC, without control, format and unpaired surrogate characters, at most `limit` characters."""
    # Cut before normalising too, so that a huge message costs nothing: one character becomes at most eighteen.
    head = without_lone_surrogates(text[: limit * 4])
    normal = unicodedata.normalize("NFKC", head.replace("\r\n", "\n").replace("\r", "\n"))
    visible = "".join(character for character in normal if _is_text(character))
    single_spaced = _LINE_BREAKS.sub("\n", _BLANKS.sub(" ", visible))
    return single_spaced.strip()[:limit].strip()


def without_lone_surrogates(text: str) -> str:
    """The text without halves of surrogate pairs, which cannot be stored or encoded."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _is_text(character: str) -> bool:
    if character in _KEPT_CONTROLS or character in _KEPT_FORMATS:
        return True
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


_ARABIC_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
_ARABIC_LETTERS = str.maketrans("أإآٱىةكيئؤګھہۀ", "اااایهکییوگههه")
_ETHIOPIC_LETTERS = str.maketrans("ሠሡሢሣሤሥሦፀፁፂፃፄፅፆሐሑሒሓሔሕሖኀኁኂኃኄኅኆአኡኢኣኤእኦ", "ሰሱሲሳሴስሶጸጹጺጻጼጽጾሃሁሂሃሄህሆሃሁሂሃሄህሆኣኡኢኣኤእኦ")
_NOT_WORDS = re.compile(r"[^\w\s']", re.UNICODE)


def fold(text: str) -> str:
    """The text as character n-grams should see it: lower case, without diacritics, punctuation and spelling variants.

    People write Arabic without hamza, Tigrinya with Amharic letters and Turkish without dots; folding makes the
    variants one. Never shown to anybody.
    """
    lowered = unicodedata.normalize("NFKC", text).lower().replace("ı", "i")
    if lowered.isascii():
        return " ".join(_NOT_WORDS.sub(" ", lowered).split())
    plain = _ARABIC_MARKS.sub("", lowered).translate(_ARABIC_LETTERS).translate(_ETHIOPIC_LETTERS)
    decomposed = unicodedata.normalize("NFD", plain)
    bare = "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
    return " ".join(_NOT_WORDS.sub(" ", bare).split())
