"""Rendering: facts go in, in each language's way; nothing an editor or a person writes becomes markup."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.facts import PLACEHOLDER, UnknownFact, date_text
from knowledge.pages import Package
from knowledge.rendering import to_html, to_plain
from translations.languages import languages

CODES = list(languages())


@pytest.mark.parametrize("code", CODES)
def test_every_page_renders_whole_in_its_language(package: Package, code: str) -> None:
    for page in package.pages_in(code):
        for text in (part for each in page.texts.values() for part in (each.short_answer, each.details)):
            html = to_html(text, code=code, facts=package.facts)
            plain = to_plain(text, code=code, facts=package.facts)
            for leftover in ("{{", "}}", "\ue000", "](", "topic:", "<script"):
                assert leftover not in html
                assert leftover not in plain


@given(st.text(max_size=200), st.sampled_from(CODES))
def test_no_text_becomes_active_html(package: Package, text: str, code: str) -> None:
    source = PLACEHOLDER.sub("", text).replace("\ue000", "")
    html = to_html(f"x {source}<script>alert(1)</script><img src=x onerror=y>", code=code, facts=package.facts).lower()
    assert "<script" not in html
    assert "<img src" not in html


@given(st.sampled_from(CODES), st.data())
def test_a_placeholder_always_gives_its_fact(package: Package, code: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(package.facts)))
    shown = package.facts[key].text(code)
    assert shown
    assert shown in to_plain(f"a {{{{ fact:{key} }}}} b", code=code, facts=package.facts)


def test_an_unknown_fact_is_an_error(package: Package) -> None:
    with pytest.raises(UnknownFact):
        to_html("{{ fact:no.such }}", code="nl", facts=package.facts)


def test_a_phone_number_can_be_dialled_and_keeps_its_direction(package: Package) -> None:
    html = to_html("{{ fact:samusocial.phone }}", code="ar", facts=package.facts)
    assert '<a href="tel:080099340"><bdi dir="ltr">0800 99 340</bdi></a>' in html
    assert "\u20660800 99 340\u2069" in to_plain("{{ fact:samusocial.phone }}", code="ar", facts=package.facts)


def test_facts_are_written_in_each_languages_way(package: Package) -> None:
    facts = package.facts
    assert facts["infopunt.hours"].text("nl") == "maandag tot en met vrijdag, 09:00 - 13:00 uur"
    assert facts["infopunt.hours"].text("fr") == "du lundi au vendredi, 09:00 - 13:00"
    assert facts["hub.registration-days"].text("en") == "Monday, Tuesday, Thursday and Friday"
    assert facts["pocket-money.adult"].text("en") == "about 8 euros"
    assert facts["school.nursery-age"].text("en") == "2.5"
    assert facts["school.nursery-age"].text("nl") == "2,5"
    assert date_text(date(2026, 6, 12), "nl") == "12 juni 2026"
    assert date_text(date(2026, 6, 12), "ar") == "12/06/2026"


@pytest.mark.parametrize("code", CODES)
def test_digits_are_western_everywhere(package: Package, code: str) -> None:
    for fact in package.facts.values():
        assert not any(digit.isdigit() and digit not in "0123456789" for digit in fact.text(code))
