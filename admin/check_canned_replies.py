"""Checks of the canned replies: every meaning in every language, with the same blanks and facts, short and plain."""

from collections.abc import Iterator

import yaml

from admin.canned_replies import BLANK, INTERFACE_LANGUAGES, Wording, canned_replies, file_of, groups, wording
from bot.teams import Team
from knowledge.check import MAX_SENTENCE_WORDS
from knowledge.facts import PLACEHOLDER
from knowledge.pages import SOURCE_LANGUAGE
from knowledge.wording import literal_figure, sentences, word_count, words_only
from translations.languages import languages
from translations.recognition import is_written_in, main_script

MAX_CHARACTERS = 300
_DAY = ["date", "weekday"]


def check_canned_replies(facts: set[str], *, language: str | None = None) -> list[str]:
    """Every problem of the canned replies, with file and line; `language` looks at one language only."""
    problems = [] if language else [*_check_groups(), *_check_meanings()]
    for code in languages():
        if language in {None, code}:
            problems += _check_language(code, facts)
    return problems


def _check_groups() -> Iterator[str]:
    for group, name in groups().items():
        for code in INTERFACE_LANGUAGES:
            if not name.get(code):
                yield f"{_place('meanings', group)}: {group} has no name in {code}"


def _check_meanings() -> Iterator[str]:
    for reply in canned_replies().values():
        if reply.group not in groups():
            yield f"{_place('meanings', reply.id)}: {reply.id}: unknown group {reply.group}"
        for code in INTERFACE_LANGUAGES:
            if not reply.name.get(code) or not reply.keywords.get(code):
                yield f"{_place('meanings', reply.id)}: {reply.id} has no name or no keywords in {code}"
            for word in reply.keywords.get(code, ()):
                if not isinstance(word, str):
                    yield f"{_place('meanings', reply.id)}: {reply.id}: YAML reads a keyword as {word}: quote it"


def _check_language(code: str, facts: set[str]) -> Iterator[str]:
    try:
        ours = wording(code)
    except (OSError, yaml.YAMLError, KeyError) as error:
        yield f"{_place(code)}: cannot be read: {error}"
        return
    yield from _check_completeness(code, ours)
    for reply_id, text in ours.texts.items():
        if reply_id in canned_replies():
            place = _place(code, reply_id)
            yield from (f"{place}: {reply_id}: {problem}" for problem in _check_text(reply_id, text, code, facts))
    if not is_written_in(_running(" ".join(ours.texts.values())), code):
        yield f"{_place(code)}: the texts are not in {languages()[code].english}"


def _check_completeness(code: str, ours: Wording) -> Iterator[str]:
    yield from (f"{_place(code)}: missing text {key}" for key in canned_replies().keys() - ours.texts.keys())
    yield from (f"{_place(code, key)}: unknown text {key}" for key in ours.texts.keys() - canned_replies().keys())
    yield from (f"{_place(code, 'teams')}: no name for the team {team}" for team in Team if not ours.teams.get(team))
    if sorted(BLANK.findall(ours.day)) != _DAY:
        yield f"{_place(code, 'day')}: day needs {{weekday}} and {{date}}, once each"


def _check_text(reply_id: str, text: str, code: str, facts: set[str]) -> Iterator[str]:
    blanks, needed = sorted(BLANK.findall(text)), sorted(canned_replies()[reply_id].blanks)
    if blanks != needed:
        yield f"blanks {', '.join(blanks) or 'none'}, must be {', '.join(needed) or 'none'}, once each"
    used, theirs = (sorted(PLACEHOLDER.findall(each)) for each in (text, wording(SOURCE_LANGUAGE).texts[reply_id]))
    if used != theirs:
        yield f"facts {', '.join(used) or 'none'}, must be {', '.join(theirs) or 'none'}"
    yield from (f"unknown fact {key}" for key in sorted(set(used) - facts))
    figure = literal_figure(text)
    if figure:
        yield f"literal figure {figure!r}: put it in facts.yaml"
    if len(text) > MAX_CHARACTERS:
        yield f"{len(text)} characters, at most {MAX_CHARACTERS}"
    for sentence in sentences(text):
        if word_count(sentence) > MAX_SENTENCE_WORDS:
            yield f"sentence of {word_count(sentence)} words, at most {MAX_SENTENCE_WORDS}: {sentence.strip()[:50]}"
    if main_script(_running(text)) is not languages()[code].script:
        yield f"not in the script of {languages()[code].english}"


def _running(text: str) -> str:
    """A text without its facts and blanks."""
    return BLANK.sub(" ", words_only(text))


def _place(name: str, key: str | None = None) -> str:
    """The file, and the line of a key in it."""
    path = file_of(name)
    lines = path.read_text(encoding="utf-8").splitlines() if key and path.exists() else []
    line = next((number for number, line in enumerate(lines, 1) if line.strip().startswith(f"{key}:")), 1)
    return f"admin/canned/{path.name}:{line}"
