"""The page on quality: the last scorecard in plain words, without JavaScript, and honest when there is none."""

import re
from dataclasses import replace

import httpx
import pytest
from babel import Locale
from fastapi import FastAPI
from markupsafe import escape

from channels.web import pages
from channels.web.quality import page
from channels.web.quality.texts import quality_texts
from knowledge.evaluation.figures import GROUPS
from knowledge.evaluation.scorecard import Scorecard, last_scorecard
from knowledge.facts import date_text
from knowledge.pages import Package
from knowledge.served import ServedPackage
from translations.languages import languages

CODES = list(quality_texts())


@pytest.fixture(scope="module")
def card() -> Scorecard:
    """The scorecard that comes with the code."""
    found = last_scorecard()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def site(package: Package, card: Scorecard) -> pages.SiteServices:
    return pages.SiteServices(
        served=ServedPackage(package),
        scorecard=card,
        url="http://test",
        device_idle_hours=4,
        device_waiting_hours=96,
        quick_exit_url="https://www.meteo.be/",
    )


async def read(site: pages.SiteServices, path: str, *, accept_language: str | None = None) -> httpx.Response:
    """What a browser without JavaScript gets from a site without a chat."""
    app = FastAPI()
    app.state.site = site
    app.include_router(page.router)
    app.include_router(pages.router)
    headers = {"Accept-Language": accept_language} if accept_language else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as browser:
        return await browser.get(path, headers=headers)


def test_it_is_written_at_least_in_english_dutch_and_french() -> None:
    assert {"en", "nl", "fr"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_table_and_figure_is_explained(code: str) -> None:
    texts = quality_texts()[code]
    assert list(texts.groups) == list(GROUPS)
    assert list(texts.figures) == [name for names in GROUPS.values() for name in names]


@pytest.mark.parametrize("code", CODES)
async def test_every_language_has_its_row_in_every_table(site: pages.SiteServices, code: str) -> None:
    html = (await read(site, f"/{code}/quality")).text
    rows = re.findall(r'<th scope="row">(.+?)</th>', html)
    names = {str(Locale.parse(code).languages[each]).capitalize() for each in languages()}
    assert set(rows) == {*names, quality_texts()[code].all}
    assert all(rows.count(name) == len(GROUPS) for name in names)
    assert "<script>" not in html
    assert "style=" not in html


@pytest.mark.parametrize("code", CODES)
async def test_it_says_when_with_how_many_messages_and_that_they_were_written_apart(
    site: pages.SiteServices, card: Scorecard, code: str
) -> None:
    html = (await read(site, f"/{code}/quality")).text
    assert date_text(card.measured_on, code) in html
    assert re.search(rf"\b{card.everything.messages // 1000}[.,\s]?{card.everything.messages % 1000:03}\b", html)
    assert str(escape(quality_texts()[code].apart)) in html
    assert not re.search(r"\{\w+\}", html)


async def test_figures_are_written_as_the_language_writes_them(site: pages.SiteServices, card: Scorecard) -> None:
    share = card.everything.first.percent
    assert share is not None
    assert f"<td>{share:.1f}</td>" in (await read(site, "/en/quality")).text
    assert f"<td>{share:.1f}</td>".replace(".", ",") in (await read(site, "/nl/quality")).text


async def test_it_says_when_the_information_was_edited_after_the_test(
    site: pages.SiteServices, card: Scorecard, package: Package
) -> None:
    changed = quality_texts()["en"].changed
    same = replace(site, scorecard=card.model_copy(update={"package": package.fingerprint}))
    other = replace(site, scorecard=card.model_copy(update={"package": "another"}))
    assert changed not in (await read(same, "/en/quality")).text
    assert changed in (await read(other, "/en/quality")).text


async def test_before_the_first_measurement_it_says_so(site: pages.SiteServices) -> None:
    answer = await read(replace(site, scorecard=None), "/en/quality")
    assert answer.status_code == 200
    assert quality_texts()["en"].not_measured in answer.text
    assert "<table" not in answer.text


@pytest.mark.parametrize(
    ("asked", "given"), [("nl-BE,fr;q=0.5", "nl"), ("fr", "fr"), ("ar", "en"), ("xx", "en"), (None, "en")]
)
async def test_without_a_language_it_speaks_the_browsers_when_it_can(
    site: pages.SiteServices, asked: str | None, given: str
) -> None:
    html = (await read(site, "/quality", accept_language=asked)).text
    assert f'<html lang="{given}"' in html
    assert f"<h1>{quality_texts()[given].title}</h1>" in html


@pytest.mark.parametrize("code", list(languages()))
async def test_the_foot_of_every_page_leads_to_it_where_it_can_be_read(site: pages.SiteServices, code: str) -> None:
    foot = (await read(site, f"/{code}/health")).text
    assert (f'href="/{code}/quality"' in foot) is (code in CODES)
    assert (await read(site, f"/{code}/quality")).status_code == (200 if code in CODES else 404)
