"""Leaving "in Belgium" out of a message: everything here is about Belgium, so the words tell no topics apart.

With them, "may I work in Belgium" is nearest to the page on Belgian nationality. "Belgian" stays: it does tell.
"""

import re

_COUNTRY = re.compile(
    r"\b(?:(?:in|en|na|a|to|of|the|of|i|e|në|ne|в|во|из|по|ኣብ|ናብ|في|الى|إلى|در|به|په|د|gudaha|gudaheeda)\s+)?"
    r"(?:belgi[eë]|belgique|belgium|belgien|b[eé]lgica|бельги[яиюей]|bel[cç]ika(?:['’]?(?:da|ya|dan|n[iı]n))?"
    r"|bel(?:gj|j)ik[aëe]?|beljam(?:ka|ku)?|biljim(?:ka)?|[بل]?بلجيكا|بلجی?م|بلژیک|بلجیکا|ቤልጅዩም|ቤልጁም|ቤልጅየም)"
    r"(?:\s+(?:کې|ke|ki|gudaheeda))?\b",
    re.IGNORECASE,
)


def without_country(text: str) -> str:
    """The text without the name of Belgium; as it is when nothing else would be left."""
    rest = " ".join(_COUNTRY.sub(" ", text).split())
    return rest if any(map(str.isalpha, rest)) else text
