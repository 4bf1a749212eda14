"""Checks of the interface strings: the same keys, {names} and facts in every language."""

import re
from pathlib import Path

import yaml

from translations.interface import FOLDER, strings
from translations.languages import languages

_SOURCE = "en"
_NAME = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")
_FACT = re.compile(r"\{\{\s*fact:([a-z0-9.-]+)\s*\}\}")


def check_texts(facts: set[str], *, language: str | None = None) -> list[str]:
    """Every problem in the strings files, as "file: what"."""
    problems: list[str] = []
    for code in languages():
        if language in {None, code}:
            problems += _check_language(code, facts)
    return problems


def _check_language(code: str, facts: set[str]) -> list[str]:
    path = FOLDER / f"{code}.yaml"
    try:
        ours = strings(code)
    except (OSError, yaml.YAMLError) as error:
        return [f"{_shown(path)}:1: {getattr(error, 'problem', None) or error}"]
    source = strings(_SOURCE)
    problems = [f"{_shown(path)}:1: missing string {key}" for key in source.keys() - ours.keys()]
    problems += [f"{_shown(path)}:1: unknown string {key}" for key in ours.keys() - source.keys()]
    for key in source.keys() & ours.keys():
        for what, pattern in (("name", _NAME), ("fact", _FACT)):
            theirs, found = set(pattern.findall(source[key])), set(pattern.findall(ours[key]))
            problems += [f"{_shown(path)}:1: {key} lost the {what} {lost}" for lost in theirs - found]
            problems += [
                f"{_shown(path)}:1: {key} has the {what} {extra} that English has not" for extra in found - theirs
            ]
        problems += [f"{_shown(path)}:1: {key}: unknown fact {fact}" for fact in set(_FACT.findall(ours[key])) - facts]
    return sorted(problems)


def _shown(path: Path) -> str:
    return f"translations/strings/{path.name}"
