"""A golden conversation in each of the fourteen languages, against the running service with the real Rasa."""

import pytest

from bot.replies import DANGER_PAGES
from knowledge.pages import Package, Situation
from knowledge.rendering import to_plain
from tests.conftest import Chat, Service, keys
from tests.knowledge.test_understand import SLEEPING_OUTSIDE, WANTS_TO_DIE
from translations.glossary import term
from translations.glossary import topics as glossary_topics
from translations.interface import string
from translations.languages import languages

CODES = list(languages())
SHELTER = "reception/emergency-shelter"
WHAT_IS_CODE_207 = {
    "nl": "wat is een code 207?",
    "fr": "c'est quoi un code 207",
    "en": "what is a code 207?",
    "de": "was ist ein code 207",
    "es": "qué es un code 207",
    "pt": "o que é um code 207",
    "ru": "что такое code 207",
    "tr": "code 207 nedir",
    "sq": "çfarë është code 207",
    "ar": "ما هو code 207",
    "fa": "code 207 چیست",
    "ps": "code 207 څه شی دی",
    "so": "code 207 waa maxay",
    "ti": "code 207 እንታይ እዩ",
}


def labels(reply: dict[str, object]) -> list[str]:
    buttons = reply["buttons"]
    assert isinstance(buttons, list)
    return [button["label"] for button in buttons]


@pytest.mark.parametrize("code", CODES)
def test_a_whole_conversation(service: Service, package: Package, code: str) -> None:
    chat = Chat(service.url, code)
    (notice,) = chat.read()["messages"]  # type: ignore[misc, attr-defined]
    assert notice["key"] == "notice"
    assert notice["language"] == code

    chat.say(SLEEPING_OUTSIDE[code])
    answered = chat.say(button=f"topic:{SHELTER}")
    assert keys(answered) == ["answer", "related"]
    page = package.page(SHELTER, code)
    assert answered[0]["text"] == to_plain(page.texts[None].short_answer, code=code, facts=package.facts)
    assert answered[0]["page"] == f"/{code}/{SHELTER}"
    assert answered[0]["direction"] == languages()[code].direction.value
    assert labels(answered[1]) == [package.page(topic, code).title for topic in package.topics[SHELTER].related[:3]]

    (more,) = chat.say(button="more")
    assert more["text"] == to_plain(page.texts[None].details, code=code, facts=package.facts)

    (consent,) = chat.say(button="person")
    assert consent["text"] == string("bot.ask_consent", code)
    inside = chat.say(button="topic:future/school")
    assert keys(inside) == ["answer", "form_goes_on", "ask_consent"]
    (town,) = chat.say(string("button.yes", code))
    assert town["key"] == "ask_town"
    (waiting,) = chat.say("Gent")
    assert waiting["key"] == "waiting"
    assert package.facts["infopunt.hours"].text(code) in str(waiting["text"])
    assert chat.state == "waiting"

    (stopped,) = chat.say(button="stop_waiting")
    assert stopped["key"] == "waiting_stopped"
    assert chat.state == "bot"

    assert keys(chat.say(button="delete")) == ["ask_delete"]
    assert keys(chat.say(string("button.yes", code))) == ["deleted"]
    messages = chat.http.get(f"{chat.path}/messages", headers=chat.headers).json()["messages"]
    assert [message["key"] for message in messages] == ["deleted"]


@pytest.mark.parametrize("code", CODES)
def test_a_first_question_without_a_chosen_language(service: Service, code: str) -> None:
    chat = Chat(service.url)
    replies = chat.say(SLEEPING_OUTSIDE[code])
    assert replies[0]["key"] == "notice"
    assert {reply["language"] for reply in replies} == {code}
    offered = [replies[1]["topic"], *(button["payload"] for button in replies[1]["buttons"])]  # type: ignore[attr-defined]
    assert SHELTER in offered or f"topic:{SHELTER}" in offered


@pytest.mark.parametrize("code", CODES)
def test_danger_gives_help_at_once_and_goes_on_top_of_the_desk(service: Service, package: Package, code: str) -> None:
    chat = Chat(service.url, code)
    chat.read()
    danger, offer = chat.say(WANTS_TO_DIE[code])
    page = package.page(DANGER_PAGES["suicide"][0], code)
    assert to_plain(page.texts[None].short_answer, code=code, facts=package.facts) in str(danger["text"])
    assert (danger["key"], offer["key"]) == ("danger", "danger_person")


@pytest.mark.parametrize("code", CODES)
def test_under_an_answer_one_tap_says_that_it_helped_or_that_it_was_not_the_question(
    service: Service, package: Package, code: str
) -> None:
    chat = Chat(service.url, code)
    chat.read()
    (answer, _related) = chat.say(button=f"topic:{SHELTER}")
    helped, not_meant = (string(f"button.{name}", code) for name in ("helped_page", "not_meant"))
    assert labels(answer) == [string("button.more", code), helped, not_meant]
    assert keys(chat.say(button=f"helped_page:{SHELTER}")) == ["helped_thanks"]
    (sorry,) = chat.say(button=f"not_meant:{SHELTER}")
    assert sorry["text"] == string("bot.not_meant", code)
    assert labels(sorry)[-2:] == [string("button.menu", code), string("button.person", code)]
    assert chat.say(button="more")[0]["topic"] == SHELTER  # Rasa has missed nothing


def test_who_was_answered_past_their_question_is_offered_the_next_best_pages(service: Service) -> None:
    chat = Chat(service.url, "en")
    chat.read()
    (answer, *_) = chat.say("can i work as asylum seeker")
    assert answer["key"] == "answer"
    (sorry,) = chat.say(button=f"not_meant:{answer['topic']}")
    payloads = [button["payload"] for button in sorry["buttons"]]  # type: ignore[attr-defined]
    assert f"topic:{answer['topic']}" not in payloads
    assert payloads[0].startswith("topic:")


def test_a_tap_under_an_answer_leaves_the_open_question_of_a_form_as_it_is(service: Service) -> None:
    chat = Chat(service.url, "en")
    chat.read()
    chat.say(button=f"topic:{SHELTER}")
    chat.say(button="person")
    assert keys(chat.say(button=f"not_meant:{SHELTER}")) == ["helped_thanks"]
    inside = chat.say(button="topic:future/school")
    assert labels(inside[0]) == [string("button.more", "en")]
    assert keys(chat.say(button="yes")) == ["ask_town"]
    assert keys(chat.say(button="skip_town")) == ["waiting"]
    assert chat.post(button=f"helped_page:{SHELTER}", label="x").status_code == 202
    assert keys(chat.say(button="stop_waiting")) == ["waiting_stopped"]


def test_the_menu_leads_from_themes_to_topics_to_an_answer(service: Service, package: Package) -> None:
    chat = Chat(service.url, "fr")
    (menu,) = chat.say(button="menu")[-1:]
    payloads = [button["payload"] for button in menu["buttons"]]  # type: ignore[attr-defined]
    assert payloads[0] == "theme:procedure"
    assert len(payloads) == 7
    (theme,) = chat.say(button="theme:health")
    topics = [button["payload"] for button in theme["buttons"]][:-1]  # type: ignore[attr-defined]
    assert topics == [f"topic:{topic.id}" for topic in package.topics_of("health")]
    assert keys(chat.say(button=topics[0]))[0] == "answer"


def test_more_under_an_older_answer_means_that_answer(service: Service, package: Package) -> None:
    chat = Chat(service.url, "nl")
    chat.say(button="topic:procedure/lawyer")
    chat.say(button="topic:future/school")
    (more,) = chat.say(button="more:procedure/lawyer")
    assert more["topic"] == "procedure/lawyer"


def test_the_language_can_be_changed_by_name(service: Service) -> None:
    chat = Chat(service.url, "nl")
    chat.read()
    (ask,) = chat.say(button="language")
    assert labels(ask) == [language.name for language in languages().values()]
    (changed,) = chat.say(button="language:ti")
    assert changed["text"] == string("bot.language_changed", "ti")
    assert chat.say("?")[0]["language"] == "ti"


def test_consent_refused_means_nobody_reads_it(service: Service) -> None:
    chat = Chat(service.url, "en")
    chat.say(button="person")
    assert keys(chat.say("no")) == ["handover_refused"]
    assert chat.state == "bot"


def test_the_bot_is_silent_while_a_person_waits_except_for_danger_and_delete(service: Service) -> None:
    chat = Chat(service.url, "en")
    for step in ("person", "yes", "skip_town"):
        chat.say(button=step)
    assert chat.state == "waiting"
    assert chat.post(text="can i work").status_code == 202
    assert keys(chat.say("i want to end my life")) == ["danger"]
    assert chat.state == "waiting"
    assert keys(chat.say("delete")) == ["ask_delete"]
    assert keys(chat.say("no")) == ["delete_kept"]
    assert chat.state == "waiting"


def test_who_is_not_understood_three_times_is_offered_a_person(service: Service) -> None:
    chat = Chat(service.url, "en")
    chat.read()
    assert [keys(chat.say(words)) for words in ("blorf", "xq zzt wub", "qwrtz plmk vbn")] == [
        ["unknown"],
        ["unknown"],
        ["offer_person", "ask_consent"],
    ]
    assert keys(chat.say(button="yes")) == ["ask_town"]
    assert keys(chat.say("Gent")) == ["waiting"]


def test_under_an_answer_that_needs_a_person_one_tap_asks_for_one(service: Service) -> None:
    chat = Chat(service.url, "ti")
    replies = chat.say(button="topic:safety-and-identity/lost-documents")
    assert keys(replies) == ["answer", "page_needs_person", "related"]
    assert labels(replies[1]) == [string("button.person", "ti")]
    assert keys(chat.say(button="person")) == ["ask_consent"]


def test_the_team_that_answers_is_that_of_what_was_asked(service: Service) -> None:
    chat = Chat(service.url, "en")
    for button in ("topic:return/what-is-it", "person", "yes", "skip_town"):
        replies = chat.say(button=button)
    assert keys(replies) == ["waiting"]
    assert string("bot.waiting_team", "en", team="return desk") in str(replies[0]["text"])


def test_a_language_we_do_not_have_is_answered_in_the_languages_of_the_country(service: Service) -> None:
    chat = Chat(service.url)
    (reply,) = chat.say("Я не маю де спати, допоможіть будь ласка")
    for code in ("nl", "fr", "de"):
        assert string("bot.not_our_language", code) in str(reply["text"])
        assert string("button.person", code) in labels(reply)
    assert keys(chat.say(button="person:fr"))[-1] == "ask_consent"


def test_a_question_asked_before_its_language_is_known_is_answered_once_it_is(service: Service) -> None:
    chat = Chat(service.url)
    (ask,) = chat.say("207")
    assert ask["key"] == "ask_language"
    replies = chat.say(button="language:nl")
    assert "language_changed" in keys(replies)
    more = chat.read()["messages"] or chat.say("?")
    assert more


@pytest.mark.parametrize("code", CODES)
def test_what_depends_on_a_reception_place_is_asked_once(service: Service, package: Package, code: str) -> None:
    chat = Chat(service.url, code)
    chat.read()
    (question,) = chat.say(button="topic:health/pharmacy")
    assert question["key"] == "ask_situation"
    outside = string("button.situation_out", code)
    assert outside in labels(question)
    answered = chat.say(button="situation:out:health/pharmacy")
    page = package.page("health/pharmacy", code)
    expected = to_plain(page.texts[Situation.OUT].short_answer, code=code, facts=package.facts)
    assert answered[0]["text"] == expected
    (more,) = chat.say(button="more")
    assert more["text"] == to_plain(page.texts[Situation.OUT].details, code=code, facts=package.facts)
    # A topic for people in a centre is answered by its counterpart for people outside.
    counterpart = chat.say(button="topic:health/doctor-in-centre")
    assert (counterpart[0]["key"], counterpart[0]["topic"]) == ("answer", "health/care-outside-reception")
    related = package.topics["health/care-outside-reception"].related[:3]
    assert labels(counterpart[1]) == [package.page(topic, code).title for topic in related]


def test_a_typed_no_answers_the_question_about_a_reception_place(service: Service) -> None:
    chat = Chat(service.url, "fr")
    chat.read()
    assert keys(chat.say(button="topic:health/dentist")) == ["ask_situation"]
    answered = chat.say("non")
    assert (answered[0]["key"], answered[0]["topic"]) == ("answer", "health/dentist")


@pytest.mark.parametrize("code", CODES)
def test_the_meaning_of_a_word_comes_from_the_glossary(service: Service, package: Package, code: str) -> None:
    chat = Chat(service.url, code)
    chat.read()
    (explained,) = chat.say(WHAT_IS_CODE_207[code])
    assert explained["key"] == "term"
    said = term("code-207", code)
    assert to_plain(said.explanation, code=code, facts=package.facts) in str(explained["text"])
    assert labels(explained) == [package.page(glossary_topics()["code-207"], code).title]
