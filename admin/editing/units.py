"""What is changed one at a time: a file of the package ("procedure/appeal/nl.md"), or one fact ("facts.yaml#KEY")."""

from collections.abc import Mapping
from enum import StrEnum

from knowledge.page_file import entry, with_entry
from knowledge.pages import FACTS, Sources, page_path, topic_path

_SEPARATOR = "#"


class UnitKind(StrEnum):
    """What a unit is."""

    PAGE = "page"
    TOPIC = "topic"
    FACT = "fact"


def page_unit(topic: str, language: str) -> str:
    """The unit of a page."""
    return page_path(topic, language)


def topic_unit(topic: str) -> str:
    """The unit of a topic's own file."""
    return topic_path(topic)


def fact_unit(key: str) -> str:
    """The unit of a fact."""
    return f"{FACTS}{_SEPARATOR}{key}"


def kind_of(unit: str) -> UnitKind:
    """What this unit is."""
    if _SEPARATOR in unit:
        return UnitKind.FACT
    return UnitKind.TOPIC if unit.endswith("/topic.yaml") else UnitKind.PAGE


def key_of(unit: str) -> str:
    """The key of a fact's unit."""
    return unit.partition(_SEPARATOR)[2]


def topic_of(unit: str) -> str:
    """The topic of the unit of a page or of a topic's file."""
    return unit.rpartition("/")[0]


def language_of(unit: str) -> str:
    """The language of a page's unit."""
    return unit.rpartition("/")[2].removesuffix(".md")


def text_of(sources: Sources, unit: str) -> str | None:
    """The text of a unit; None when there is none."""
    path, _, key = unit.partition(_SEPARATOR)
    text = sources.get(path)
    return entry(text, key) if key and text is not None else text


def with_units(sources: Sources, changes: Mapping[str, str | None]) -> dict[str, str]:
    """The files with these units changed; None takes a unit out."""
    changed = dict(sources)
    for unit, text in changes.items():
        path, _, key = unit.partition(_SEPARATOR)
        new = with_entry(changed[path], key, text) if key else text
        if new is None:
            changed.pop(path, None)
        else:
            changed[path] = new
    return changed
