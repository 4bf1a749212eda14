"""What an editor fills in of a page, a topic or a fact, and the text of the file it becomes."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from admin.editing.units import UnitKind, key_of, kind_of, text_of
from knowledge.facts import WEEKDAYS, read_facts
from knowledge.page_file import scalar, with_entry, written_page
from knowledge.pages import Page, Problem, Situation, Sources, Text, Topic, TranslatedFrom, read_page, read_topic
from translations.languages import languages
from translations.tables import read_yaml

Line = Annotated[str, StringConstraints(max_length=400, strip_whitespace=True)]
ShortText = Annotated[str, StringConstraints(max_length=2_000)]
LongText = Annotated[str, StringConstraints(max_length=20_000)]
_ONE_NUMBER = re.compile(r"-?\d+(?:[.,]\d{1,2})?")
_MARKUP = re.compile(r"<[a-zA-Z/!]")


class NotWritable(ValueError):
    """What was filled in makes no file of the package yet; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Form(BaseModel):
    """Fields that are kept as they are typed, whole or not; nothing unknown and nothing endless."""

    model_config = ConfigDict(extra="forbid")


class TextFields(Form):
    """What a page says, to everybody or in one situation."""

    short_answer: ShortText = ""
    details: LongText = ""


class PageFields(Form):
    """A page. `texts` has one for everybody (""), or one each for "in" and "out"."""

    title: Line = ""
    status: Literal["draft", "reviewed", "approved"] = "draft"
    translated_from: dict[Literal["language", "hash"], Annotated[str, StringConstraints(max_length=32)]] | None = None
    questions: list[Line] = Field(default_factory=list, max_length=200)
    texts: dict[str, TextFields] = Field(default_factory=lambda: {"": TextFields()})

    @model_validator(mode="after")
    def _one_or_two_texts(self) -> Self:
        if set(self.texts) not in ({""}, {"in", "out"}):
            raise ValueError("a page has one text, or one for people with and one for people without a place")
        return self

    @classmethod
    def of(cls, page: Page) -> Self:
        """The fields of a page."""
        origin = page.translated_from
        return cls.model_validate(
            {
                "title": page.title,
                "status": page.status,
                "translated_from": {"language": origin.language, "hash": origin.hash} if origin else None,
                "questions": page.questions,
                "texts": {
                    situation or "": {"short_answer": text.short_answer, "details": text.details}
                    for situation, text in page.texts.items()
                },
            }
        )

    def written(self, path: str, *, like: Page | None) -> str:
        """The text of the page's file.

        Raises:
            ValueError, KeyError, yaml.YAMLError: what `read_page` refuses.
        """
        if not self.title:
            raise ValueError("there is no title")
        if not all(text.short_answer.strip() for text in self.texts.values()):
            raise ValueError("there is no short answer")
        if any(_MARKUP.search(text.short_answer) for text in self.texts.values()):
            raise ValueError("the short answer is plain text")
        origin = self.translated_from
        order = [name for name in ("", "in", "out") if name in self.texts]
        return written_page(
            path,
            title=self.title,
            status=self.status,
            translated_from=TranslatedFrom(language=origin["language"], hash=origin["hash"]) if origin else None,
            questions=[question for question in self.questions if question],
            texts={Situation(name) if name else None: _text(self.texts[name]) for name in order},
            like=like,
        )


def _text(fields: TextFields) -> Text:
    lines = [line.rstrip() for line in fields.details.replace("\r\n", "\n").strip().split("\n")]
    return Text(short_answer=" ".join(fields.short_answer.split()), details="\n".join(lines))


class TopicFields(Form):
    """A topic: what its topic.yaml says."""

    who: Line = "any"
    team: Line = "infopunt"
    counterpart: Line = ""
    needs_person: bool = False
    related: list[Line] = Field(default_factory=list, max_length=12)
    sources: list[Line] = Field(default_factory=list, max_length=30)
    reviewed_on: date | None = None
    review_by: date | None = None
    open_questions: list[ShortText] = Field(default_factory=list, max_length=30)

    @classmethod
    def of(cls, topic: Topic) -> Self:
        """The fields of a topic."""
        return cls(
            who=topic.who,
            team=topic.team,
            counterpart=topic.counterpart or "",
            needs_person=topic.needs_person,
            related=list(topic.related),
            sources=list(topic.sources),
            reviewed_on=topic.reviewed_on,
            review_by=topic.review_by,
            open_questions=list(topic.open_questions),
        )

    def written(self, path: str, *, like: Topic | None) -> str:
        """The text of topic.yaml; an entry that says the same as in `like` stays as it is there.

        Raises:
            ValueError, KeyError, yaml.YAMLError: what `read_topic` refuses.
        """
        before = TopicFields.of(like) if like is not None else None
        source = like.source if like is not None else f"id: {path.removesuffix('/topic.yaml')}\n"
        for name in TopicFields.model_fields:
            value = getattr(self, name)
            if before is None or value != getattr(before, name):
                source = with_entry(source, name, _topic_entry(name, value))
        read_topic(path, source)
        return source


def _topic_entry(name: str, value: Any) -> str | None:
    if isinstance(value, bool):
        return f"{name}: true" if value else None
    if isinstance(value, date):
        return f"{name}: {value.isoformat()}"
    if name == "open_questions":
        return "\n".join([f"{name}:", *(f"  - {scalar(line)}" for line in value if line)]) if any(value) else None
    if isinstance(value, list):
        return f"{name}: [{', '.join(scalar(line) for line in value if line)}]" if value else None
    return f"{name}: {scalar(value)}" if value else None


class FactFields(Form):
    """A fact: its kind with what belongs to it, and where it comes from.

    `value` is what is read: a number, an address, an amount; for "texts" nothing, for those are in `texts` by language.
    """

    kind: Literal["phone", "value", "number", "euro", "day", "weekdays"] = "value"
    value: Line = ""
    texts: dict[Annotated[str, StringConstraints(max_length=3)], Line] = Field(default_factory=dict)
    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(default_factory=list)
    opens: Annotated[str, StringConstraints(pattern=r"^([0-2]\d:[0-5]\d)?$")] = ""
    closes: Annotated[str, StringConstraints(pattern=r"^([0-2]\d:[0-5]\d)?$")] = ""
    unit: Line = ""
    per: Line = ""
    free: bool = False
    about: bool = False
    source: Line = ""
    date: Annotated[str, StringConstraints(pattern=r"^(\d{4}(-\d\d(-\d\d)?)?)?$")] = ""
    check: bool = False

    @classmethod
    def of(cls, lines: str) -> Self:
        """The fields of the entry of facts.yaml with these lines."""
        (row,) = read_yaml(lines).values()
        kind = next(kind for kind in ("phone", "value", "number", "euro", "day", "weekdays") if kind in row)
        value = row[kind]
        return cls.model_validate(
            {
                "kind": kind,
                "value": "" if isinstance(value, dict | list) else str(value),
                "texts": value if isinstance(value, dict) else {},
                "weekdays": value if kind == "weekdays" else [],
                "opens": row.get("from", ""),
                "closes": row.get("to", ""),
                "unit": row.get("unit", ""),
                "per": row.get("per", ""),
                "free": row.get("free", False),
                "about": row.get("about", False),
                "source": str(row.get("source", "")),
                "date": str(row.get("date", "")),
                "check": row.get("check", False),
            }
        )

    def written(self, key: str, *, like: str | None) -> str:
        """The lines of the entry; those of `like` where they say the same.

        Raises:
            ValueError, KeyError, yaml.YAMLError: what `read_facts` refuses.
        """
        if like is not None and FactFields.of(like) == self:
            return like
        unwritten = [code for code in languages() if self.texts and not self.texts.get(code)]
        if unwritten:
            raise ValueError(f"no text in {', '.join(unwritten)}")
        lines = f"{key}: {{{', '.join(self._parts())}}}\n"
        read_facts(lines)[key].text("nl")
        return lines

    def _parts(self) -> list[str]:
        parts = [f"{self.kind}: {self._value()}"]
        if self.kind == "weekdays" and self.opens and self.closes:
            parts += [f'from: "{self.opens}"', f'to: "{self.closes}"']
        parts += [f"{name}: {scalar(getattr(self, name))}" for name in ("unit", "per") if getattr(self, name)]
        parts += [f"{name}: true" for name in ("free", "about") if getattr(self, name)]
        parts += [f"source: {_quoted(self.source)}"] if self.source else []
        parts += [f"date: {self.date}"] if self.date else []
        return [*parts, *(["check: true"] if self.check else [])]

    def _value(self) -> str:
        match self.kind:
            case "weekdays":
                if not self.weekdays:
                    raise ValueError("there is no value")
                return f"[{', '.join(day for day in WEEKDAYS if day in self.weekdays)}]"
            case "number" | "euro":
                return str(_number(self.value)).removesuffix(".0")
            case "day":
                return date.fromisoformat(self.value).isoformat()
            case _ if self.texts:
                return f"{{{', '.join(f'{code}: {_quoted(text)}' for code, text in self.texts.items())}}}"
            case _:
                if not self.value:
                    raise ValueError("there is no value")
                return _quoted(self.value)


def _number(typed: str) -> float:
    """The number that was typed, with a comma or a point before its decimals."""
    if not typed:
        raise ValueError("there is no value")
    # 1.000 is a thousand to one reader and one to another, and "nan" is a number to Python only.
    if not _ONE_NUMBER.fullmatch(typed):
        raise ValueError(f"this is no number: {typed}")
    return float(typed.replace(",", "."))


def _quoted(text: str) -> str:
    plain = scalar(text)
    return plain if plain.startswith('"') else f'"{plain}"'


FieldsOf = dict[str, Any]
_FORMS: dict[UnitKind, type[PageFields] | type[TopicFields] | type[FactFields]] = {
    UnitKind.PAGE: PageFields,
    UnitKind.TOPIC: TopicFields,
    UnitKind.FACT: FactFields,
}


def checked_fields(unit: str, fields: FieldsOf) -> FieldsOf:
    """The fields of a unit, whole or not, as they are kept.

    Raises:
        pydantic.ValidationError: an unknown field, or a text without end.
    """
    return _FORMS[kind_of(unit)].model_validate(fields).model_dump(mode="json")


def fields_of(unit: str, text: str) -> FieldsOf:
    """The fields of a unit with this text."""
    match kind_of(unit):
        case UnitKind.PAGE:
            form: Form = PageFields.of(read_page(unit, text))
        case UnitKind.TOPIC:
            form = TopicFields.of(read_topic(unit, text))
        case UnitKind.FACT:
            form = FactFields.of(text)
    return form.model_dump(mode="json")


def written(unit: str, fields: FieldsOf, *, sources: Sources) -> str:
    """The text of a unit with these fields; what says the same as in `sources` is written as it is there.

    Raises:
        NotWritable: something is missing or is not allowed.
    """
    standing = text_of(sources, unit)
    try:
        match kind_of(unit):
            case UnitKind.PAGE:
                like = read_page(unit, standing) if standing is not None else None
                return PageFields.model_validate(fields).written(unit, like=like)
            case UnitKind.TOPIC:
                topic = read_topic(unit, standing) if standing is not None else None
                return TopicFields.model_validate(fields).written(unit, like=topic)
            case UnitKind.FACT:
                return FactFields.model_validate(fields).written(key_of(unit), like=standing)
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        message = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise NotWritable(Problem(path=unit, line=1, message=message)) from None
