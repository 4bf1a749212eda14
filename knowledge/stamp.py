"""Marking a translation as made from, or still right for, the source text as it stands now."""

import re

from knowledge.pages import SOURCE_LANGUAGE, Package, Page

_TRANSLATED_FROM = re.compile(r"^translated_from:.*\n(?:[ ]+.*\n)*", re.MULTILINE)


def stamped(package: Package, *, language: str | None = None, topic: str | None = None) -> dict[str, str]:
    """The chosen pages, marked as made from their source as it is now: path and text of those that change."""
    return {
        page.path: with_stamp(page, package.pages[page.topic, SOURCE_LANGUAGE])
        for page in package.pages.values()
        if page.language != SOURCE_LANGUAGE and language in {None, page.language} and topic in {None, page.topic}
        if page.translated_from is None or page.translated_from.hash != package.pages[page.topic, SOURCE_LANGUAGE].hash
    }


def with_stamp(page: Page, source: Page) -> str:
    """The text of this page's file, made from (or still right for) the source as it is now."""
    _, front, body = page.source.split("---\n", 2)
    line = f"translated_from: {{language: {source.language}, hash: {source.hash!r}}}\n"
    without = _TRANSLATED_FROM.sub("", front)
    stamped_front = without.replace(f"status: {page.status}\n", f"status: {page.status}\n{line}", 1)
    return f"---\n{stamped_front}---\n{body}"
