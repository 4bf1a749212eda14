"""Checks of the glossary: the same terms in every language, short, and true to the facts."""

import re
from collections.abc import Iterator

from knowledge.facts import PLACEHOLDER
from knowledge.pages import Package, Problem
from knowledge.wording import literal_figure, word_count
from translations.glossary import FOLDER, Term, glossary, topics
from translations.languages import languages

MAX_EXPLANATION_WORDS = 36
"""30 in English; some languages say the same in more words."""


def check_glossary(package: Package, *, language: str | None = None) -> list[Problem]:
    """Every problem of the glossary, with file and line; `language` looks at one language only."""
    problems = [
        Problem(path=_path("terms"), line=1, message=f"{term}: unknown topic {topic}")
        for term, topic in topics().items()
        if topic not in package.topics and language is None
    ]
    for code in languages():
        if language in {None, code}:
            problems += _check_language(package, code)
    return sorted(problems)


def _check_language(package: Package, code: str) -> Iterator[Problem]:
    terms = glossary(code)
    path = _path(code)
    yield from (Problem(path=path, line=1, message=f"missing term {key}") for key in topics().keys() - terms.keys())
    yield from (Problem(path=path, line=1, message=f"unknown term {key}") for key in terms.keys() - topics().keys())
    for term in terms.values():
        line = _line_of(code, term)
        yield from (Problem(path=path, line=line, message=message) for message in _check_term(package, term))
    owners: dict[str, str] = {}
    for term in terms.values():
        for form in {term.name.lower(), *(form.lower() for form in term.forms)}:
            first = owners.setdefault(form, term.id)
            if first != term.id:
                yield Problem(path=path, line=_line_of(code, term), message=f"{form!r} is a form of {first} too")


def _check_term(package: Package, term: Term) -> Iterator[str]:
    for key in PLACEHOLDER.findall(term.explanation):
        if key not in package.facts:
            yield f"{term.id}: unknown fact {key}"
    figure = literal_figure(term.explanation)
    if figure:
        yield f"{term.id}: literal figure {figure!r}: put it in facts.yaml"
    if word_count(term.explanation) > MAX_EXPLANATION_WORDS:
        yield f"{term.id}: explanation of more than {MAX_EXPLANATION_WORDS} words"


def _path(name: str) -> str:
    return f"translations/glossary/{name}.yaml"


def _line_of(code: str, term: Term) -> int:
    lines = (FOLDER / f"{code}.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if re.fullmatch(rf"{re.escape(term.id)}:\s*", line))
