"""A text taken apart into sentences, and put together again as it was."""

import re

from translations.machine.numbers import ADDRESS

LONGEST = 300
"""Characters. The models learned from single sentences: what is much longer they cut off or translate in part."""

_GAP = re.compile(
    r"""
    \A\s+ | \s+\Z
    | (?:\A|\s*\n)\s*(?:(?:[-*•–]|\d{1,2}[.)])\s+)?  # a new line, with its bullet or number
    | (?P<end>(?:(?<=[.!?؟؛…።])|(?<=[.!?؟؛…።]["'»”’)]))[^\S\n]+)  # the end of a sentence, of one in quotes
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|dhr|mevr|mw|mr|mrs|ms|mme|mlle|dr|prof|st|ste|nr|no|tel|art|av|bd|str|[a-z]\.[a-z])\.$",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")


def split(text: str) -> tuple[list[str], list[str]]:
    """The gaps of a text (white space, line ends, bullets) and the sentences between them.

    What has no words (a phone number, a link) is a gap too: a model would make something of it. There is one gap more
    than there are sentences: `join(*split(text)) == text`.
    """
    gaps: list[str] = [""]
    sentences: list[str] = []
    end = 0
    for gap in _GAP.finditer(text):
        if gap["end"] is not None and not _ends_a_sentence(text, gap.start(), gap.end()):
            continue
        if gap.start() > end:
            _add(text[end : gap.start()], gaps, sentences)
        gaps[-1] += gap.group()
        end = gap.end()
    if end < len(text):
        _add(text[end:], gaps, sentences)
    return gaps, sentences


def join(gaps: list[str], sentences: list[str]) -> str:
    """The text with these gaps before, between and after its sentences."""
    return gaps[0] + "".join(sentence + gap for sentence, gap in zip(sentences, gaps[1:], strict=True))


def _ends_a_sentence(text: str, start: int, end: int) -> bool:
    following = text[end : end + 1]
    return not following.islower() and not _ABBREVIATION.search(text, max(0, start - 10), start)


def _add(sentence: str, gaps: list[str], sentences: list[str]) -> None:
    if not _LETTER.search(ADDRESS.sub("", sentence)):
        gaps[-1] += sentence
        return
    while (cut := _cut(sentence)) is not None:
        sentences.append(sentence[:cut])
        gaps.append(" ")
        sentence = sentence[cut + 1 :]
    sentences.append(sentence)
    gaps.append("")


def _cut(sentence: str) -> int | None:
    """Where a sentence that is too long has its last space, best one after a comma."""
    if len(sentence) <= LONGEST:
        return None
    comma = max(sentence.rfind(f"{mark} ", 1, LONGEST) for mark in ",;:،")
    cut = comma + 1 if comma > 0 else sentence.rfind(" ", 1, LONGEST)
    return cut if cut > 0 else None
