"""Changes as editors make them, to a copy of the package that lies in a folder."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from knowledge.pages import FOLDER as PACKAGE

Change = Callable[[Path], None]

OTHER_QUESTIONS = (
    "mijn bed is er nog altijd niet, raar he",
    "hoeveel mensen staan er voor mij in de rij voor een plek",
    "krijg ik bericht als er een kamer vrij is",
    "ik sta al maanden ingeschreven en niemand belt",
)


def other_questions(topic: str, language: str) -> Change:
    """The first questions of a page become others."""

    def change(folder: Path) -> None:
        page = folder / topic / f"{language}.md"
        lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
        first = lines.index("questions:\n") + 1
        lines[first : first + len(OTHER_QUESTIONS)] = [f"  - {question}\n" for question in OTHER_QUESTIONS]
        page.write_text("".join(lines), encoding="utf-8")

    return change


def without_topic(topic: str) -> Change:
    """A topic is retired: its folder goes, and so do the links to it."""

    def change(folder: Path) -> None:
        shutil.rmtree(folder / topic)
        for path in folder.glob("*/*/*"):
            text = path.read_text(encoding="utf-8")
            if topic in text:
                path.write_text(_without_links(text, topic), encoding="utf-8")

    return change


def without_topic_but_in(topic: str, languages: tuple[str, ...]) -> Change:
    """A topic that has pages in few languages."""

    def change(folder: Path) -> None:
        without_topic(topic)(folder)
        (folder / topic).mkdir()
        for name in ("topic.yaml", *(f"{language}.md" for language in languages)):
            shutil.copy(PACKAGE / topic / name, folder / topic / name)

    return change


def _without_links(text: str, topic: str) -> str:
    """Related topics are listed on one line; a link in a page keeps its words."""
    unrelated = re.sub(rf"(?<=\[){topic}, |, {topic}(?=[,\]])", "", text)
    return re.sub(rf"\[([^\]]+)\]\(topic:{topic}\)", r"\1", unrelated)
