"""The readable pages: every topic in every language, without JavaScript, with source and date, honest about drafts."""

import re

import httpx
import pytest
from markupsafe import escape

from knowledge.pages import THEMES, Package, Situation
from tests.conftest import Service
from translations.interface import string
from translations.languages import languages

CODES = list(languages())


@pytest.fixture(scope="module")
def web(service: Service) -> httpx.Client:
    """A browser without JavaScript."""
    return httpx.Client(base_url=service.url, timeout=20)


@pytest.mark.parametrize("code", CODES)
def test_every_topic_has_a_page_with_source_date_and_status(web: httpx.Client, package: Package, code: str) -> None:
    for page in package.pages_in(code):
        html = web.get(f"/{code}/{page.topic}").text
        assert f'<html lang="{code}" dir="{languages()[code].direction.value}">' in html
        assert "<script>" not in html
        assert "style=" not in html
        assert string("web.source", code) in html
        assert string("web.reviewed_on", code) in html
        said = string("web.not_approved", code).split("{{")[0].strip()[:40]
        assert (said.replace("'", "&#39;") in html) is (page.status != "approved")


@pytest.mark.parametrize("code", CODES)
def test_home_and_themes_lead_to_every_topic(web: httpx.Client, package: Package, code: str) -> None:
    home = web.get(f"/{code}").text
    found = set()
    for theme in THEMES:
        assert f'href="/{code}/{theme}"' in home
        found |= set(re.findall(rf'href="/{code}/({theme}/[a-z0-9-]+)"', web.get(f"/{code}/{theme}").text))
    assert found == set(package.topics)


def test_links_inside_a_page_lead_to_pages(web: httpx.Client) -> None:
    html = web.get("/ti/reception/waiting-list").text
    links = set(re.findall(r'href="(/ti/[a-z0-9/-]+)"', html))
    assert len(links) > 4
    assert {web.get(link).status_code for link in links} == {200}


def test_the_first_view_is_small_and_asks_no_other_host(web: httpx.Client) -> None:
    first = web.get("/")
    assets = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', first.text))
    total = len(first.content) + sum(len(web.get(asset).content) for asset in assets)
    assert total <= 60_000
    quick_exit_only = set(re.findall(r'(?:src|href)="(https?://[^"]+)"', first.text))
    assert quick_exit_only <= {"https://www.meteo.be/"}


def test_the_browser_is_told_to_load_nothing_from_elsewhere_and_to_tell_nobody(web: httpx.Client) -> None:
    headers = web.get("/nl/chat").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_personal_is_never_kept_by_a_cache(web: httpx.Client) -> None:
    assert web.post("/api/conversations", json={}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "given"), [("ar-SY,en;q=0.5", "ar"), ("prs", "fa"), ("xx", "en"), (None, "en"), ("fr-BE", "fr")]
)
def test_the_first_view_speaks_the_browsers_language(web: httpx.Client, asked: str | None, given: str) -> None:
    html = web.get("/", headers={"Accept-Language": asked} if asked else {}).text
    assert f'<html lang="{given}"' in html
    positions = [html.find(f'href="/{code}/chat"') for code in CODES]
    assert all(position > 0 for position in positions)


@pytest.mark.parametrize("code", CODES)
def test_a_page_with_two_texts_shows_both_under_the_name_of_the_situation(web: httpx.Client, code: str) -> None:
    html = web.get(f"/{code}/health/pharmacy").text
    first, second = (html.index(f'id="{situation}"') for situation in Situation)
    inside, outside = (html.index(str(escape(string(f"bot.situation_{each}", code)))) for each in Situation)
    assert first < inside < second < outside
    assert html.count('<div class="short">') == 2


@pytest.mark.parametrize("code", CODES)
def test_every_marked_word_of_a_page_is_explained_on_it(web: httpx.Client, code: str) -> None:
    html = web.get(f"/{code}/procedure/refusal").text
    marked = re.findall(r'class="term" id="use-([a-z0-9-]+)" href="#term-\1"', html)
    assert marked
    assert len(set(marked)) == len(marked)
    assert re.findall(r'class="explained" id="term-([a-z0-9-]+)"', html) == marked
