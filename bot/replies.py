"""From reply keys to what a person reads: text, safe HTML and buttons in their language."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.opening_hours import BRUSSELS, opening_of
from bot.teams import OPENING_HOURS, Team, team_name
from bot.towns import offered_towns
from knowledge.facts import weekday_name
from knowledge.pages import SOURCE_LANGUAGE, THEMES, Package, Page, Situation, Text
from knowledge.rendering import interface_html, interface_plain, to_html, to_plain
from translations.glossary import term
from translations.glossary import topics as glossary_topics
from translations.interface import string
from translations.languages import Direction, languages

NATIONAL_LANGUAGES = ("nl", "fr", "de", "en")
"""The three languages of Belgium, and English: for somebody whose language we do not have."""

DANGER_PAGES = {
    "medical": ("health/emergency",),
    "suicide": ("health/suicidal-thoughts",),
    "violence": ("safety-and-identity/police",),
    "sexual": ("health/sexual-violence",),
    "trafficking": ("safety-and-identity/trafficking",),
    "child": ("safety-and-identity/police",),
}
"""Which page's short answer helps in which danger; its numbers are facts an editor keeps right."""


NOT_TOLD = "not_told"
"""A person who was asked whether they have a reception place, and has not said: both answers are given."""
HELPED_PAGE, NOT_MEANT, SOMETHING_ELSE = "helped_page", "not_meant", "something_else"
"""What the buttons send that say something of an answer, or of the choices that were offered."""
_NOT_OF_A_NAME = re.compile(r"[^\w .'’()-]|_")
"""What would be taken for markup or for a blank."""


@dataclass(frozen=True)
class Reply:
    """What to say: a key, rendered in the person's language later, and what fills its blanks."""

    key: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Button:
    """Something to tap: what it says, and what it sends back."""

    label: str
    payload: str


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A reply as the person reads it."""

    key: str
    language: str
    text: str
    html: str
    topic: str | None = None
    page: str | None = None
    page_hash: str | None = None
    version: int | None = None
    buttons: tuple[Button, ...] = ()

    def content(self) -> dict[str, Any]:
        """What is stored, encrypted."""
        return {
            "key": self.key,
            "text": self.text,
            "html": self.html,
            "topic": self.topic,
            "page": self.page,
            "page_hash": self.page_hash,
            "version": self.version,
            "buttons": [{"label": button.label, "payload": button.payload} for button in self.buttons],
        }


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """Renders reply keys from the package and the interface strings; `url` is where the web chat can be reached.

    What comes from a page keeps the `version` of the package it came from.
    """

    package: Package
    version: int | None = None
    url: str | None = None

    @classmethod
    def of_version(cls, number: int, package: Package, *, url: str | None) -> "Renderer":
        """For a version that is served; files have the number 0. `url` is the public address, where there is one."""
        return cls(package=package, version=number or None, url=url.rstrip("/") if url else None)

    def render(self, reply: Reply, *, language: str, moment: datetime, choices: Sequence[str] = ()) -> Rendered:
        """One reply in this language; `choices` are the topics understood, `moment` decides about opening hours."""
        maker = self._special(reply.key)
        if maker is not None:
            return maker(reply, language, moment, choices)
        return self._string(reply.key, language, buttons=self._plain_buttons(reply.key, language))

    def _special(self, key: str) -> Callable[[Reply, str, datetime, Sequence[str]], Rendered] | None:
        makers: dict[str, Callable[[Reply, str, datetime, Sequence[str]], Rendered]] = {
            "answer": self._answer,
            "ask_situation": self._ask_situation,
            "term": self._term,
            "more": self._more,
            "related": self._related,
            "choices": self._choices,
            "not_meant": self._not_meant,
            "theme": self._theme,
            "danger": self._danger,
            "waiting": self._waiting,
            "taken_over": self._named,
            "passed_on": self._named,
            "not_our_language": self._not_our_language,
            "notice_channel": self._notice_channel,
            "ask_location": self._about_place,
            "location_kept": self._about_place,
        }
        return makers.get(key)

    def _plain_buttons(self, key: str, language: str) -> tuple[Button, ...]:
        match key:
            case "menu":
                return tuple(
                    Button(label=string(f"theme.{theme}", language), payload=f"theme:{theme}")
                    for theme in THEMES
                    if self.package.topics_of(theme)
                )
            case "unknown" | "off_topic":
                return self._buttons(language, "menu", "person")
            case "ask_consent" | "ask_delete" | "ask_location":
                return self._buttons(language, "yes", "no")
            case "ask_town":
                towns = tuple(Button(label=town, payload=f"town:{town}") for town in offered_towns())
                return (*towns, *self._buttons(language, "skip_town", "stop"))
            case "ask_language":
                return _language_buttons()
            case "danger_person" | "failed" | "page_needs_person" | "helped_no_thanks":
                return self._buttons(language, "person")
            case "ask_helped":
                return tuple(
                    Button(label=string(f"button.helped_{said}", language), payload=f"helped:{said}")
                    for said in ("yes", "no")
                )
            case "greet" | "smalltalk" | "notice":
                return self._buttons(language, "menu", "person")
            case _:
                return ()

    def _buttons(self, language: str, *names: str) -> tuple[Button, ...]:
        return tuple(Button(label=string(f"button.{name}", language), payload=name) for name in names)

    def _string(self, key: str, language: str, *, buttons: tuple[Button, ...] = (), **values: str) -> Rendered:
        return Rendered(
            key=key,
            language=language,
            text=interface_plain(f"bot.{key}", code=language, facts=self.package.facts, **values),
            html=interface_html(f"bot.{key}", code=language, facts=self.package.facts, **values),
            buttons=buttons,
        )

    def _page(self, topic: str, language: str) -> Page:
        # A page that is missing in a language is read in the source language rather than not at all.
        return self.package.pages.get((topic, language)) or self.package.page(topic, SOURCE_LANGUAGE)

    def _from_page(self, key: str, page: Page, text: str, *, buttons: tuple[Button, ...]) -> Rendered:
        return Rendered(
            key=key,
            language=page.language,
            text=to_plain(text, code=page.language, facts=self.package.facts),
            html=to_html(text, code=page.language, facts=self.package.facts),
            topic=page.topic,
            page=f"/{page.language}/{page.topic}",
            page_hash=page.hash,
            version=self.version,
            buttons=buttons,
        )

    def _answer(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        page, texts = self._texts(reply, language)
        short = _one_after_another(texts, page.language, lambda text: text.short_answer)
        names = ["more"] if any(text.details for text in texts.values()) else []
        names += [HELPED_PAGE, NOT_MEANT] if reply.parameters.get("may_be_rated") else []
        buttons = (Button(label=string(f"button.{name}", language), payload=f"{name}:{page.topic}") for name in names)
        return self._from_page("answer", page, short, buttons=tuple(buttons))

    def _more(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        page, texts = self._texts(reply, language)
        details = _one_after_another(texts, page.language, lambda text: text.details)
        if not details:
            return self._string("more_end", language)
        return self._from_page("more", page, details, buttons=())

    def _texts(self, reply: Reply, language: str) -> tuple[Page, dict[Situation | None, Text]]:
        page = self._page(self.topic_of(reply), language)
        return page, page.texts_for(_situation(reply))

    def topic_of(self, reply: Reply) -> str:
        """The topic that a reply about one is taken from: for somebody in the other situation, its counterpart."""
        return self.package.topic_for(reply.parameters["topic"], _situation(reply))

    def _ask_situation(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        topic = reply.parameters["topic"]
        buttons = tuple(
            Button(label=string(f"button.situation_{told}", language), payload=f"situation:{told}:{topic}")
            for told in (*Situation, NOT_TOLD)
        )
        return self._string("ask_situation", language, buttons=buttons)

    def _related(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        topic = self.package.topics[self.topic_of(reply)]
        return self._string("related", language, buttons=self._topic_buttons(topic.related[:3], language))

    def _term(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        """What a word of the glossary means, and the page that says more."""
        word = term(reply.parameters["term"], language)
        text = f"**{word.name}**: {word.explanation}"
        return Rendered(
            key="term",
            language=language,
            text=to_plain(text, code=language, facts=self.package.facts),
            html=to_html(text, code=language, facts=self.package.facts),
            buttons=self._topic_buttons([glossary_topics()[word.id]], language),
        )

    def _choices(self, _reply: Reply, language: str, _moment: datetime, choices: Sequence[str]) -> Rendered:
        buttons = (*self._topic_buttons(choices, language), *self._buttons(language, SOMETHING_ELSE))
        return self._string("choices", language, buttons=buttons)

    def _not_meant(self, _reply: Reply, language: str, _moment: datetime, choices: Sequence[str]) -> Rendered:
        """What else the question may have been about, as far as that is known, and the ways that are always there."""
        buttons = (*self._topic_buttons(choices, language), *self._buttons(language, "menu", "person"))
        return self._string("not_meant", language, buttons=buttons)

    def _theme(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        theme = reply.parameters["theme"]
        topics = [topic.id for topic in self.package.topics_of(theme)]
        title = string(f"theme.{theme}", language)
        buttons = (*self._topic_buttons(topics, language), *self._buttons(language, "menu"))
        return self._string("theme", language, buttons=buttons, theme=title)

    def _topic_buttons(self, topics: Sequence[str], language: str) -> tuple[Button, ...]:
        return tuple(
            Button(label=self._page(topic, language).title, payload=f"topic:{topic}")
            for topic in topics
            if topic in self.package.topics
        )

    def _danger(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        kind = reply.parameters["danger"]
        pages = [self._page(topic, language) for topic in DANGER_PAGES[kind]]
        lead = [string("bot.danger", language)] + ([string("bot.danger_child", language)] if kind == "child" else [])
        answers = (text.short_answer for page in pages for text in page.texts.values())
        text = "\n\n".join([*lead, *answers])
        more = Button(label=string("button.more", language), payload=f"more:{pages[0].topic}")
        return self._from_page("danger", pages[0], text, buttons=(more,))

    def _waiting(self, reply: Reply, language: str, moment: datetime, _choices: Sequence[str]) -> Rendered:
        """Who will answer and when, which place this is in their queue, and what to do meanwhile."""
        team = Team(reply.parameters.get("team", Team.INFOPUNT))
        paragraphs = [
            interface_source("waiting", language),
            *([interface_source("waiting_danger", language)] if reply.parameters.get("danger") else []),
            f"{interface_source('waiting_team', language, team=team_name(team, language))} {_place(reply, language)}",
            self._when(team, language, moment),
            interface_source("waiting_meanwhile", language),
        ]
        text = "\n\n".join(paragraph.strip() for paragraph in paragraphs)
        return Rendered(
            key="waiting",
            language=language,
            text=to_plain(text, code=language, facts=self.package.facts),
            html=to_html(text, code=language, facts=self.package.facts),
            buttons=self._buttons(language, "stop_waiting"),
        )

    def _when(self, team: Team, language: str, moment: datetime) -> str:
        """When this team answers, as far as the facts say so: nothing is promised that nobody has published."""
        hours = [self.package.facts[key] for key in OPENING_HOURS[team]]
        if not hours:
            return interface_source("waiting_no_hours", language)
        opening = opening_of(moment, [fact.opening_hours for fact in hours])
        parts = [interface_source("waiting_hours", language, hours=" / ".join(fact.text(language) for fact in hours))]
        if opening.is_open:
            parts.append(interface_source("waiting_open", language))
        elif opening.next_opening is not None:
            here = opening.next_opening.astimezone(BRUSSELS)
            day = weekday_name(here.weekday(), language)
            parts.append(interface_source("waiting_closed", language, day=day, time=f"{here:%H:%M}"))
        if team is Team.INFOPUNT:
            parts.append(interface_source("waiting_there", language))
        return " ".join(parts)

    def _named(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        """What names a member of staff or a team."""
        blanks = {"name": _first_name(reply.parameters["name"], language)} if "name" in reply.parameters else {}
        if "team" in reply.parameters:
            blanks["team"] = team_name(reply.parameters["team"], language)
        return self._string(reply.key, language, buttons=(), **blanks)

    def _not_our_language(self, _reply: Reply, _language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        paragraphs = [string("bot.not_our_language", code) for code in NATIONAL_LANGUAGES]
        people = tuple(
            Button(label=string("button.person", code), payload=f"person:{code}") for code in NATIONAL_LANGUAGES
        )
        text = "\n\n".join([*paragraphs, "SOS: {{ fact:emergency.phone }}"])
        return Rendered(
            key="not_our_language",
            language="en",
            text=to_plain(text, code="en", facts=self.package.facts),
            html=to_html(text, code="en", facts=self.package.facts),
            buttons=(*_language_buttons(), *people),
        )

    def _notice_channel(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        """What the company behind a messenger can see, and where nobody else can."""
        parts = [interface_source(f"notice_{reply.parameters['channel']}", language)]
        if self.url is not None:
            parts.append(interface_source("notice_web", language, url=f"{self.url}/"))
        text = "\n\n".join(parts)
        return Rendered(
            key="notice_channel",
            language=language,
            text=to_plain(text, code=language, facts=self.package.facts),
            html=to_html(text, code=language, facts=self.package.facts),
        )

    def _about_place(self, reply: Reply, language: str, _moment: datetime, _choices: Sequence[str]) -> Rendered:
        buttons = self._plain_buttons(reply.key, language)
        return self._string(reply.key, language, buttons=buttons, town=reply.parameters["town"])


def _place(reply: Reply, language: str) -> str:
    """Which place somebody has in the queue; nothing when it is not known."""
    match reply.parameters.get("place"):
        case None:
            return ""
        case "1":
            return interface_source("waiting_next", language)
        case place:
            return interface_source("waiting_place", language, place=place)


def _first_name(name: str, code: str) -> str:
    """A name as text and nothing else, whatever stands in it; in its own direction (U+2068) where that tells."""
    letters = _NOT_OF_A_NAME.sub("", name).strip()
    return f"\u2068{letters}\u2069" if languages()[code].direction is Direction.RTL else letters


def _situation(reply: Reply) -> Situation | None:
    told = reply.parameters.get("situation")
    return Situation(told) if told else None


def _one_after_another(texts: Mapping[Situation | None, Text], language: str, part: Callable[[Text], str]) -> str:
    """One part of every text; of several, each under the name of its situation."""
    parts = {situation: part(text) for situation, text in texts.items() if part(text)}
    if len(texts) == 1:
        return "".join(parts.values())
    return "\n\n".join(
        f"**{string(f'bot.situation_{situation}', language)}**\n\n{text}" for situation, text in parts.items()
    )


def interface_source(key: str, language: str, **values: str) -> str:
    """A string of the bot with its {names} filled in and its facts still standing, to be put together with others."""
    return string(f"bot.{key}", language, **values)


def _language_buttons() -> tuple[Button, ...]:
    return tuple(Button(label=each.name, payload=f"language:{each.code}") for each in languages().values())
