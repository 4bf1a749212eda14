"""What a translation has to keep as it stands: numbers, e-mail addresses, addresses of pages."""

import re
from collections import Counter

ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>]*[^\s<>.,;:!?)؟،]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
"""An e-mail address or the address of a page."""
_THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f ](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"[0-9]+")


def numbers(text: str) -> Counter[str]:
    """The numbers and addresses of a text and how often each stands in it.

    Digits of every script count as the same (٣ is 3), and so do the ways to write thousands (1.000, 1 000) and
    times (14.30, 14:30 are both 14 and 30).
    """
    found = Counter(match.lower() for match in ADDRESS.findall(text))
    plain = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in ADDRESS.sub(" ", text))
    found.update(_NUMBER.findall(_THOUSANDS.sub("", plain)))
    return found
