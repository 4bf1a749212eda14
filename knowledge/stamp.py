"""Marking a translation as made from, or still right for, the source text as it stands now."""

import re
from pathlib import Path

from knowledge.pages import SOURCE_LANGUAGE, Package, Page

_TRANSLATED_FROM = re.compile(r"^translated_from:.*\n(?:[ ]+.*\n)*", re.MULTILINE)


def stamp(package: Package, *, language: str | None = None, topic: str | None = None) -> list[Path]:
    """Write `translated_from` with the present hash of the source into each chosen page; the files changed."""
    return [
        page.path
        for page in package.pages.values()
        if page.language != SOURCE_LANGUAGE and language in {None, page.language} and topic in {None, page.topic}
        if _stamp_page(page, package.pages[page.topic, SOURCE_LANGUAGE])
    ]


def _stamp_page(page: Page, source: Page) -> bool:
    if page.translated_from is not None and page.translated_from.hash == source.hash:
        return False
    _, front, body = page.source.split("---\n", 2)
    line = f"translated_from: {{language: {source.language}, hash: {source.hash!r}}}\n"
    without = _TRANSLATED_FROM.sub("", front)
    stamped = without.replace(f"status: {page.status}\n", f"status: {page.status}\n{line}", 1)
    page.path.write_text(f"---\n{stamped}---\n{body}", encoding="utf-8")
    return True
