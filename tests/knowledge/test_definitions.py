""" "What is a code 207?" is answered from the glossary; a question that wants more is not."""

import pytest

from knowledge.definitions import term_asked_for
from translations.glossary import glossary
from translations.languages import languages

ASKED = [
    ("What is a code 207?", "en", "code-207"),
    ("what does CGRA mean", "en", "cgrs"),
    ("Qu'est-ce que l'annexe 26 ?", "fr", "annex-26"),
    ("c quoi code 207", "fr", "code-207"),
    ("wat is een voogd", "nl", "guardian"),
    ("wat betekent annexe 26", "nl", "annex-26"),
    ("was bedeutet CGRA?", "de", "cgrs"),
    ("qué significa code 207", "es", "code-207"),
    ("o que é o CGRA", "pt", "cgrs"),
    ("что такое code 207", "ru", "code-207"),
    ("CGRA nedir", "tr", "cgrs"),
    ("cka osht code 207", "sq", "code-207"),
    ("شو يعني code 207", "ar", "code-207"),
    ("CGRA چیست؟", "fa", "cgrs"),
    ("code 207 څه شی دی", "ps", "code-207"),
    ("code 207 waa maxay", "so", "code-207"),
    ("code 207 እንታይ እዩ", "ti", "code-207"),
]


@pytest.mark.parametrize(("message", "language", "term"), ASKED)
def test_the_meaning_of_a_word_is_found(message: str, language: str, term: str) -> None:
    assert term_asked_for(message, language) == term
    assert term_asked_for(message, None) == term


@pytest.mark.parametrize("code", list(languages()))
def test_every_name_can_be_asked_for_in_its_language(code: str) -> None:
    asked = {"nl": "wat is {}", "fr": "c'est quoi {}", "en": "what is {}", "de": "was ist {}", "es": "que es {}"}
    asked |= {"pt": "o que é {}", "ru": "что такое {}", "tr": "{} nedir", "sq": "çfarë është {}", "ar": "ما هو {}"}
    asked |= {"fa": "{} چیست", "ps": "{} څه شی دی", "so": "{} waa maxay", "ti": "{} እንታይ እዩ"}
    for term in glossary(code).values():
        assert term_asked_for(asked[code].format(term.name), code) == term.id


@pytest.mark.parametrize(
    "message",
    ["what is love", "code 207", "what is the deadline for my appeal in dublin", "I got annex 26, what now", ""],
)
def test_a_question_that_wants_more_is_left_to_the_pages(message: str) -> None:
    assert term_asked_for(message, "en") is None
