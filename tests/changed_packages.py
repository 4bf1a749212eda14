"""Changes as editors make them, to the files of the package."""

import re
from collections.abc import Callable, Sequence

from knowledge.pages import Package, page_path, read_package, topic_path

Files = dict[str, str]
Change = Callable[[Files], Files]

OTHER_QUESTIONS = (
    "mijn bed is er nog altijd niet, raar he",
    "hoeveel mensen staan er voor mij in de rij voor een plek",
    "krijg ik bericht als er een kamer vrij is",
    "ik sta al maanden ingeschreven en niemand belt",
)


def changed(package: Package, *changes: Change) -> Package:
    """The package after these changes."""
    files = dict(package.sources)
    for change in changes:
        files = change(files)
    return read_package(files, like=package)


def replaced(path: str, old: str, new: str) -> Change:
    """A text in a file becomes another."""

    def change(files: Files) -> Files:
        assert old in files[path], f"{old!r} is not in {path}"
        return {**files, path: files[path].replace(old, new, 1)}

    return change


def other_questions(topic: str, language: str, questions: Sequence[str] = OTHER_QUESTIONS) -> Change:
    """The first questions of a page become others."""

    def change(files: Files) -> Files:
        path = page_path(topic, language)
        lines = files[path].splitlines(keepends=True)
        first = lines.index("questions:\n") + 1
        lines[first : first + len(questions)] = [f"  - {question}\n" for question in questions]
        return {**files, path: "".join(lines)}

    return change


def without_topic(topic: str, *, but_in: Sequence[str] = ()) -> Change:
    """A topic is retired, and with it the links to it; or it is left in few languages."""

    def change(files: Files) -> Files:
        kept = {page_path(topic, language) for language in but_in} | ({topic_path(topic)} if but_in else set())
        rest = {path: text for path, text in files.items() if not path.startswith(f"{topic}/") or path in kept}
        return rest if but_in else {path: _without_links(text, topic) for path, text in rest.items()}

    return change


def only_topics(topics: Sequence[str], languages: Sequence[str]) -> Change:
    """A small package: some topics in some languages, and the facts."""
    kept = {"facts.yaml", *map(topic_path, topics)}
    kept |= {page_path(topic, language) for topic in topics for language in languages}
    return lambda files: {path: text for path, text in files.items() if path in kept}


def _without_links(text: str, topic: str) -> str:
    """Related topics are listed on one line; a link in a page keeps its words."""
    unrelated = re.sub(rf"(?<=\[){topic}, |, {topic}(?=[,\]])", "", text)
    return re.sub(rf"\[([^\]]+)\]\(topic:{topic}\)", r"\1", unrelated)
