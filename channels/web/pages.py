"""The pages people read: the chat, the themes, one page per topic and language; all but the chat need no JavaScript."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.exceptions import HTTPException

from channels.web.api import chat_strings
from channels.web.quality.texts import quality_texts
from knowledge.evaluation.scorecard import Scorecard
from knowledge.facts import date_text
from knowledge.pages import SOURCE_LANGUAGE, THEMES, Package, Page, Situation
from knowledge.rendering import interface_plain, to_html, to_plain
from knowledge.served import ServedPackage
from translations.glossary import TermMarker, term
from translations.interface import string
from translations.languages import Language, languages

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, kw_only=True)
class SiteServices:
    """What the pages are made from; set on `app.state.site`. `scorecard` is the last one, None before the first."""

    served: ServedPackage
    scorecard: Scorecard | None
    url: str
    device_idle_hours: int
    device_waiting_hours: int
    quick_exit_url: str

    @property
    def package(self) -> Package:
        """The package that is served now."""
        return self.served.package


def site_services(request: Request) -> SiteServices:
    """The services of this app."""
    services: SiteServices = request.app.state.site
    return services


Site = Annotated[SiteServices, Depends(site_services)]


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def static_version(path: Path) -> str:
    """What stands behind the URL of a static file: it changes with the content, so a device may keep it for ever."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_url(name: str) -> str:
    """The URL of a static file."""
    return f"/static/{name}?{static_version(STATIC / name)}"


def static_answer(folder: Path, name: str) -> Response:
    """A static file of this folder; kept by the device for a year.

    Raises:
        HTTPException: 404, no such file, or not of a kind that is given out.
    """
    path = folder / name
    if path.parent != folder or path.suffix not in CONTENT_TYPES or not path.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type=CONTENT_TYPES[path.suffix], headers=headers)


def render_page(site: SiteServices, template: str, *, language: Language, path: str, **context: Any) -> str:
    """A template with what every page needs."""
    return (
        _templates()
        .get_template(template)
        .render(
            t=_strings_of(site, language.code),
            page_language={
                "code": language.code,
                "name": language.name,
                "direction": language.direction.value,
            },
            languages=[_language_row(each) for each in languages().values()],
            static=static_url,
            path=path,
            quick_exit_url=site.quick_exit_url,
            quality_title=_quality_title(language.code),
            package_version=str(site.served.number or ""),
            **{"alternates": [], **context},
        )
    )


def _strings_of(site: SiteServices, code: str) -> Callable[..., str]:
    def t(key: str, **values: str) -> str:
        return interface_plain(key, code=code, facts=site.package.facts, **values)

    return t


def _quality_title(code: str) -> str | None:
    """What the page on quality is called; None in the languages it is not written in."""
    return quality_texts()[code].title if code in quality_texts() else None


def _language_row(language: Language) -> dict[str, str]:
    return {"code": language.code, "name": language.name, "direction": language.direction.value}


def preferred_language(accept_language: str | None) -> Language:
    """The first of our languages a browser asks for; English when there is none."""
    wanted = [part.split(";")[0].strip().lower() for part in (accept_language or "").split(",")]
    for tag in wanted:
        code = {"prs": "fa"}.get(tag.split("-")[0], tag.split("-")[0])
        if code in languages():
            return languages()[code]
    return languages()[SOURCE_LANGUAGE]


def _language_or_404(code: str) -> Language:
    if code not in languages():
        raise HTTPException(404)
    return languages()[code]


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """A static file; kept by the device for a year, since its URL changes with its content."""
    return static_answer(STATIC, name)


@router.get("/", response_class=HTMLResponse)
def first_view(site: Site, accept_language: Annotated[str | None, Header()] = None) -> str:
    """The languages in their own script, and the chat: somebody may just write."""
    return _chat(site, preferred_language(accept_language), path="/", choose_language=True)


@router.get("/robots.txt", response_class=Response)
def robots() -> Response:
    """Search engines may find the pages, not the API and not the desk."""
    return Response("User-agent: *\nDisallow: /api/\nDisallow: /desk\n", media_type="text/plain")


@router.get("/{code}/chat", response_class=HTMLResponse)
def chat(site: Site, code: str) -> str:
    """The chat in a chosen language."""
    return _chat(site, _language_or_404(code), path=f"/{code}/chat", choose_language=False)


def _chat(site: SiteServices, language: Language, *, path: str, choose_language: bool) -> str:
    facts = site.package.facts
    texts = {key: interface_plain(key, code=language.code, facts=facts) for key in chat_strings(language.code)}
    return render_page(
        site,
        "chat.html",
        language=language,
        path=path,
        choose_language=choose_language,
        themes=_themes(site, language.code),
        chat_data={
            "language": None if choose_language else language.code,
            "strings": texts,
            "device_idle_hours": site.device_idle_hours,
            "device_waiting_hours": site.device_waiting_hours,
            "quick_exit_url": site.quick_exit_url,
        },
    )


@router.get("/{code}", response_class=HTMLResponse)
def home(site: Site, code: str) -> str:
    """The themes."""
    language = _language_or_404(code)
    return render_page(
        site,
        "home.html",
        language=language,
        path=f"/{code}",
        themes=_themes(site, code),
        alternates=_alternates(""),
    )


@router.get("/{code}/{theme}", response_class=HTMLResponse)
def theme_page(site: Site, code: str, theme: str) -> str:
    """The topics of a theme, each with its short answer."""
    language = _language_or_404(code)
    if theme not in THEMES or not site.package.topics_of(theme):
        raise HTTPException(404)
    return render_page(
        site,
        "theme.html",
        language=language,
        path=f"/{code}/{theme}",
        theme={"id": theme, "title": _strings_of(site, code)(f"theme.{theme}")},
        topics=[_topic_row(site, topic.id, code) for topic in site.package.topics_of(theme)],
        alternates=_alternates(f"/{theme}"),
    )


@router.get("/{code}/{theme}/{slug}", response_class=HTMLResponse)
def topic_page(site: Site, code: str, theme: str, slug: str) -> str:
    """One topic in one language."""
    language = _language_or_404(code)
    terms = TermMarker(code)
    topic = site.package.topics.get(f"{theme}/{slug}")
    page = site.package.pages.get((f"{theme}/{slug}", code))
    if topic is None or page is None:
        raise HTTPException(404)
    return render_page(
        site,
        "page.html",
        language=language,
        path=f"/{code}/{topic.id}",
        theme={"id": theme, "title": _strings_of(site, code)(f"theme.{theme}")},
        topic={
            "id": topic.id,
            "title": page.title,
            "texts": [_text(site, page, situation, terms) for situation in page.texts],
            "terms": [_term(site, key, code) for key in terms.found],
            "related": [_link(site, other, code) for other in topic.related if (other, code) in site.package.pages],
            "sources": topic.sources,
            "reviewed_on": date_text(topic.reviewed_on, code),
            "review_by": date_text(topic.review_by, code),
            "approved": page.status == "approved",
            "stale": site.package.is_stale(page),
            "url": f"{site.url}/{code}/{topic.id}",
        },
        alternates=_alternates(f"/{topic.id}"),
    )


def _text(site: SiteServices, page: Page, situation: Situation | None, terms: TermMarker) -> dict[str, str | None]:
    text = page.texts[situation]
    return {
        "id": situation,
        "title": string(f"bot.situation_{situation}", page.language) if situation else None,
        "short_html": to_html(text.short_answer, code=page.language, facts=site.package.facts, terms=terms),
        "details_html": to_html(text.details, code=page.language, facts=site.package.facts, terms=terms),
    }


def _term(site: SiteServices, key: str, code: str) -> dict[str, str]:
    word = term(key, code)
    return {"id": key, "name": word.name, "html": to_html(word.explanation, code=code, facts=site.package.facts)}


def _themes(site: SiteServices, code: str) -> list[dict[str, str]]:
    title = _strings_of(site, code)
    return [
        {"id": theme, "title": title(f"theme.{theme}"), "url": f"/{code}/{theme}"}
        for theme in THEMES
        if site.package.topics_of(theme)
    ]


def _topic_row(site: SiteServices, topic: str, code: str) -> dict[str, str]:
    page = site.package.pages.get((topic, code)) or site.package.page(topic, SOURCE_LANGUAGE)
    first = next(iter(page.texts.values()))
    short = to_plain(first.short_answer, code=page.language, facts=site.package.facts)
    return {"id": topic, "title": page.title, "url": f"/{page.language}/{topic}", "short": short}


def _link(site: SiteServices, topic: str, code: str) -> dict[str, str]:
    return {"title": site.package.page(topic, code).title, "url": f"/{code}/{topic}"}


def _alternates(rest: str) -> list[dict[str, str]]:
    return [{**_language_row(each), "url": f"/{each.code}{rest}"} for each in languages().values()]
