"""What the check says, in words for an editor, and at which field of the form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from admin.texts import text
from knowledge.pages import Page, Problem, Situation

_KINDS: tuple[tuple[str, str, str], ...] = (
    ("missing_language", r"missing language: (?P<language>.+)", ""),
    ("unknown_language", r"(?P<code>\w+) is not a language of Wegwijs", ""),
    ("no_topic", r"the topic has no topic\.yaml", ""),
    ("no_title", r"there is no title", "title"),
    ("no_short_answer", r"there is no short answer|the text must begin with the short answer.*", "short_answer"),
    ("plain_text", r"the short answer is plain text", "short_answer"),
    ("two_texts", r"a page with two texts has the line.*", "details"),
    ("too_long", r"(?P<number>[\d,]+) characters, at most (?P<most>[\d,]+) can be", "details"),
    ("unknown_fact", r"unknown fact (?P<fact>.+)", ""),
    ("fact_in_title", r"no fact in a title.*", "title"),
    ("literal_phone", r"literal phone number '(?P<figure>.+)': put it in facts\.yaml", ""),
    ("literal_figure", r"literal figure '(?P<figure>.+)': put it in facts\.yaml", ""),
    ("literal_address", r"literal street address.*", ""),
    ("link_nowhere", r"the link \[(?P<words>.*)\] leads nowhere: (?P<target>.*)", ""),
    ("markup", r"only ## headings.*", ""),
    ("placeholder", r"a placeholder is not of the form.*", ""),
    ("short_answer_long", r"short answer of (?P<number>\d+) words, at most (?P<most>\d+)", "short_answer"),
    ("page_long", r"page of (?P<number>\d+) words, at most (?P<most>\d+)", "details"),
    ("sentence_long", r"sentence of (?P<number>\d+) words, at most (?P<most>\d+): (?P<sentence>.*)", "short_answer"),
    ("reading_ease", r"reading ease (?P<number>-?\d+), at least (?P<least>\d+)", "short_answer"),
    ("situations_differ", r"(?P<source>\w+)\.md and this page do not have the same texts.*", ""),
    ("fact_lost_short", r"\{\{ fact:(?P<fact>\S+) \}\} is lost in the short answer", "short_answer"),
    ("fact_lost_details", r"\{\{ fact:(?P<fact>\S+) \}\} is lost in the details", "details"),
    ("fact_new_short", r"\{\{ fact:(?P<fact>\S+) \}\} is not in the short answer of (?P<source>\w+)\.md", ""),
    ("fact_new_details", r"\{\{ fact:(?P<fact>\S+) \}\} is not in the details of (?P<source>\w+)\.md", ""),
    ("link_lost", r"the link to (?P<target>.+) is lost", "details"),
    ("few_questions", r"(?P<number>\d+) questions, at least (?P<least>\d+) are needed", "questions"),
    ("other_language", r"the text is not in (?P<language>.+)", ""),
    ("not_stamped", r"translated_from is missing.*", "still_right"),
    ("question_twice", r"question ['\"](?P<question>.+)['\"] stands in (?P<topic>\S+) \((?P<code>\w+)\) too", ""),
    ("unknown_theme", r"unknown theme (?P<theme>.*)", ""),
    ("unknown_who", r"who is .*", "who"),
    ("unknown_team", r"team is .*", "team"),
    ("no_source", r"no source|'sources' is missing", "sources"),
    ("no_review", r"'reviewed_on' is missing", "reviewed_on"),
    ("no_next_review", r"'review_by' is missing", "review_by"),
    ("counterparts", r"counterparts name each other.*", "counterpart"),
    ("unknown_related", r"related topic (?P<topic>.*) does not exist", "related"),
    ("topic_needed", r"this topic answers danger \((?P<danger>\w+)\): it cannot go", ""),
    ("hours_needed", r"(?P<fact>\S+) says when (?P<team>\S+) answers: it stays, as opening hours", ""),
    ("fact_source", r".*a fact needs its source and date", "source"),
    ("fact_value", r"there is no value", "value"),
    ("fact_number", r".*could not convert string to float.*|this is no number.*", "value"),
    ("fact_day", r"Invalid isoformat.*|month must be.*|day is out of.*|day \d+ must be.*|year .*", "value"),
    ("fact_hour", r"hour must be.*|minute must be.*", "opens"),
    ("fact_languages", r"no text in (?P<languages>.+)", "value"),
)
_PATTERNS = [(name, re.compile(pattern, re.DOTALL), field) for name, pattern, field in _KINDS]
_TOO_LONG = {"string_too_long", "too_long"}


@dataclass(frozen=True, order=True, kw_only=True)
class Explained:
    """A problem as an editor reads it: its field ("": the whole), the line in it from 1 (0: the field)."""

    field: str
    line: int
    text: str
    blocks: bool


def explained(problem: Problem, *, interface: str, page: Page | None = None) -> Explained:
    """A problem in the editor's language; `page` is the page it is of, to find the field."""
    field, line = place_of(page, problem.line) if page is not None else ("", 0)
    for name, pattern, usual in _PATTERNS:
        match = pattern.fullmatch(problem.message)
        if match:
            if usual and field.partition(".")[0] != usual:
                field, line = _first_field(usual, page), 0
            words = text(f"problem.{name}", interface, **match.groupdict())
            return Explained(field=field, line=line, text=words, blocks=problem.blocks)
    return Explained(field=field, line=line, text=problem.message, blocks=problem.blocks)


def _first_field(usual: str, page: Page | None) -> str:
    """The field of this name; of a page with two texts, that of the first."""
    in_texts = usual in {"short_answer", "details"}
    return f"{usual}.{Situation.IN}" if in_texts and page is not None and len(page.texts) > 1 else usual


def place_of(page: Page, line: int) -> tuple[str, int]:
    """The field of the form in which a line of the page's file is edited, and its line there."""
    found = dict(enumerate(_places(page.source.split("\n")), start=1)).get(line)
    return found or ("", 0)


def _places(lines: list[str]) -> Iterator[tuple[str, int]]:
    end_of_front = lines.index("---", 1)
    yield from _places_in_front(lines[: end_of_front + 1])
    suffix, field, number = "", "short_answer", 0
    for line in lines[end_of_front + 1 :]:
        if line.strip() in {f"# {situation}" for situation in Situation}:
            suffix, field, number = f".{line.strip()[2:]}", "short_answer", 0
            yield "", 0
            continue
        if field == "short_answer" and number and not line.strip():
            field, number = "details", 0
        if number or line.strip():
            number += 1
        yield f"{field}{suffix}", number if field == "details" else 0


def _places_in_front(lines: list[str]) -> Iterator[tuple[str, int]]:
    field, number = "", 0
    for line in lines:
        if re.match(r"\w+:", line):
            field, number = line.partition(":")[0], 0
        elif line.startswith("  - "):
            number += 1
        yield ("title" if field == "title" else "questions" if field == "questions" else ""), number


def explained_limits(error: ValidationError, *, interface: str) -> list[Explained]:
    """Why what was typed is not even kept: each field that is endless or unknown."""
    return [
        Explained(
            field=_field_of([str(part) for part in each["loc"]]),
            line=0,
            text=_limit_text(each["type"], dict(each.get("ctx") or {}), interface),
            blocks=True,
        )
        for each in error.errors(include_input=False)
    ]


def _field_of(place: list[str]) -> str:
    if place and place[0] == "texts" and len(place) > 2:
        return f"{place[2]}.{place[1]}" if place[1] else place[2]
    return place[0] if place else ""


def _limit_text(kind: str, context: dict[str, object], interface: str) -> str:
    if kind in _TOO_LONG:
        return text("problem.field_long", interface, most=str(context.get("max_length", "")))
    return text("problem.field_odd", interface)
