"""The public page on quality: the last scorecard of understanding, in plain words."""

from typing import Annotated, Any

from babel import Locale
from babel.numbers import format_decimal
from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from channels.web.pages import Site, SiteServices, preferred_language, render_page
from channels.web.quality.texts import QualityTexts, quality_texts
from knowledge.evaluation.figures import GROUPS, Figures
from knowledge.evaluation.scorecard import Scorecard
from knowledge.facts import date_text
from knowledge.pages import SOURCE_LANGUAGE
from translations.languages import languages

router = APIRouter(include_in_schema=False)


@router.get("/quality", response_class=HTMLResponse)
def quality_in_a_language_of_the_reader(site: Site, accept_language: Annotated[str | None, Header()] = None) -> str:
    """The page in the first language of the browser; in English when it is not written in that one."""
    code = preferred_language(accept_language).code
    return _page(site, code if code in quality_texts() else SOURCE_LANGUAGE)


@router.get("/{code}/quality", response_class=HTMLResponse)
def quality(site: Site, code: str) -> str:
    """The page in a chosen language."""
    if code not in quality_texts():
        raise HTTPException(404)
    return _page(site, code)


def _page(site: SiteServices, code: str) -> str:
    texts, card = quality_texts()[code], site.scorecard
    return render_page(
        site,
        "quality.html",
        language=languages()[code],
        path=f"/{code}/quality",
        texts=texts,
        lead=texts.lead.format(languages=len(languages())),
        measured=_measured(site, card, texts, code) if card else [],
        tables=[_table(card, group, texts, code) for group in GROUPS] if card else [],
        alternates=[
            {"code": other, "name": languages()[other].name, "url": f"/{other}/quality"} for other in quality_texts()
        ],
    )


def _measured(site: SiteServices, card: Scorecard, texts: QualityTexts, code: str) -> list[str]:
    """What was measured and when, and how to read it; a paragraph each."""
    messages = _number(card.everything.messages, code)
    found, alarms = card.everything.danger_found, card.everything.false_alarms
    paragraphs = [
        texts.measured.format(date=date_text(card.measured_on, code), messages=messages),
        texts.apart,
        texts.reading,
        texts.few.format(danger=_number(found.whole, code), calm=_number(alarms.whole, code)),
    ]
    return [*paragraphs, texts.changed] if card.package != site.package.fingerprint else paragraphs


def _table(card: Scorecard, group: str, texts: QualityTexts, code: str) -> dict[str, Any]:
    """A table of the page: what its figures mean, and a row for all messages and for each language."""
    names = GROUPS[group]
    by_name = {_language_name(each, code): figures for each, figures in card.languages.items()}
    asked = _number(card.everything.first.whole, code)
    return {
        "id": group,
        "title": texts.groups[group].title,
        "intro": texts.groups[group].intro.format(asked=asked),
        "figures": [texts.figures[name] for name in names],
        "rows": [
            _row(texts.all, card.everything, names, code),
            *(_row(name, by_name[name], names, code) for name in sorted(by_name)),
        ],
    }


def _row(name: str, figures: Figures, names: tuple[str, ...], code: str) -> dict[str, Any]:
    return {"name": name, "cells": [_number(figures.value(each), code) for each in ("messages", *names)]}


def _language_name(language: str, code: str) -> str:
    """What readers of the page call a language; its code when they have no name for it."""
    return str(Locale.parse(code).languages.get(language, language)).capitalize()


def _number(value: float | None, code: str) -> str:
    if value is None:
        return "-"
    return str(format_decimal(value, format="#,##0" if isinstance(value, int) else "#,##0.0", locale=code))
