"""What the page on quality says: for journalists and social workers, so only in some of the languages."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from translations.languages import languages
from translations.tables import read_yaml

FOLDER = Path(__file__).parent


class _Text(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FigureText(_Text):
    """The head of a column, and what the figure means in plain words."""

    name: str
    meaning: str


class GroupText(_Text):
    """A table: its title and what opens it."""

    title: str
    intro: str


class QualityTexts(_Text):
    """All texts of the page in one language; {names} are filled in. `groups` and `figures` are keyed as in
    `knowledge.evaluation.figures`."""

    title: str
    lead: str
    measured: str
    apart: str
    changed: str
    not_measured: str
    reading: str
    few: str
    language: str
    all: str
    messages: str
    groups: dict[str, GroupText]
    figures: dict[str, FigureText]


@cache
def quality_texts() -> dict[str, QualityTexts]:
    """The texts by language, in the order in which languages are shown.

    Raises:
        pydantic.ValidationError: a text is missing, or one is not known.
    """
    paths = {code: FOLDER / f"{code}.yaml" for code in languages()}
    return {
        code: QualityTexts.model_validate(read_yaml(path.read_text(encoding="utf-8")))
        for code, path in paths.items()
        if path.exists()
    }
