"""The list of Argos packages on the network, and fetching them from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from translations.machine.packages import Pair

SECONDS = 60.0
"""Without a byte for so long, the other side has gone; a whole package of 100 MB may take longer."""


class NotFetched(Exception):
    """The list or a package could not be fetched; the message says from where and why."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A package that the list offers, and where it lies."""

    pair: Pair
    version: str
    link: str


def offers(index: str) -> dict[Pair, Offer]:
    """The newest package of each pair in the list at this address.

    Raises:
        NotFetched: there is no such list there.
    """
    try:
        answer = httpx.get(index, timeout=SECONDS, follow_redirects=True).raise_for_status()
        rows = [row for row in answer.json() if row.get("type", "translate") == "translate"]
        found = [offer for row in rows if (offer := _offer(row))]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, AttributeError) as error:
        raise NotFetched(f"the list of packages {index}: {_reason(error)}") from None
    if not found:
        raise NotFetched(f"the list of packages {index}: it lists none")
    newest = sorted(found, key=lambda offer: version_key(offer.version))
    return {offer.pair: offer for offer in newest}


def fetch(offer: Offer, folder: Path) -> Path:
    """The package, fetched into this folder.

    Raises:
        NotFetched: it did not arrive whole.
    """
    file = folder / f"{offer.pair.source}_{offer.pair.target}.argosmodel"
    try:
        with httpx.stream("GET", offer.link, timeout=SECONDS, follow_redirects=True) as answer, file.open("wb") as out:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                out.write(part)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotFetched(f"{offer.link}: {_reason(error)}") from None
    return file


def version_key(version: str) -> tuple[int, ...]:
    """To put versions in order: 1.10 is newer than 1.9."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _offer(row: dict[str, Any]) -> Offer | None:
    source, target, link = row.get("from_code"), row.get("to_code"), _first_web_address(row.get("links", ()))
    if not (source and target and link):
        return None
    return Offer(pair=Pair(source, target), version=str(row.get("package_version", "")), link=link)


def _first_web_address(links: Iterable[str]) -> str | None:
    return next((link for link in links if link.startswith(("https://", "http://"))), None)


def _reason(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0] or type(error).__name__
