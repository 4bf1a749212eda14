"""Every reply fits into what each messenger carries, and reads in the right direction there."""

from itertools import product

import pytest

from bot.replies import Button, Rendered, Renderer, Reply
from channels.messenger import carrier as messenger
from channels.numbered_choice import number_in
from channels.opt_out import WORDS, is_wish
from channels.parts import RIGHT_TO_LEFT_MARK, cut
from channels.places import nearest_town
from channels.telegram import carrier as telegram
from channels.whatsapp import carrier as whatsapp
from channels.whatsapp.carrier import _interactive
from knowledge.pages import Package
from translations.languages import languages
from wegwijs.storage import now

KEYS = ("notice", "menu", "ask_language", "ask_town", "ask_consent", "unknown", "waiting", "not_our_language")
ADDRESS = "https://wegwijs.example"


def replies(package: Package) -> list[Rendered]:
    renderer = Renderer(package=package, url=ADDRESS)
    moment = now()
    asked = [Reply(key) for key in KEYS]
    asked += [Reply("notice_channel", {"channel": name}) for name in ("telegram", "whatsapp", "messenger")]
    asked += [Reply("ask_location", {"town": "Gent"}), Reply("location_kept", {"town": "Gent"})]
    asked += [Reply(key, {"topic": topic}) for topic, key in product(package.topics, ("answer", "more", "related"))]
    asked += [Reply("theme", {"theme": theme}) for theme in {topic.theme for topic in package.topics.values()}]
    asked += [Reply("danger", {"danger": kind}) for kind in ("medical", "suicide", "child", "sexual")]
    return [renderer.render(reply, language=code, moment=moment) for code in languages() for reply in asked]


def test_every_reply_fits_every_messenger(package: Package) -> None:
    for rendered in replies(package):
        for part in telegram.parts(rendered, url=ADDRESS):
            assert 0 < len(part.text) <= 4096
            assert all(len(payload.encode()) <= 64 for _, payload in part.buttons), rendered.key
        for part in whatsapp.parts(rendered, url=ADDRESS):
            assert 0 < len(part.text) <= (1024 if part.buttons else 4096), rendered.key
            assert len(part.buttons) <= 10
        for part in messenger.parts(rendered, url=ADDRESS):
            assert 0 < len(part.text) <= 2000
            assert len(part.buttons) <= 10
            assert all(len(label) <= 20 for label, _ in part.buttons)


def test_what_has_no_room_for_buttons_is_chosen_by_number(package: Package) -> None:
    languages_asked = Renderer(package=package).render(Reply("ask_language"), language="fr", moment=now())
    (part,) = whatsapp.parts(languages_asked, url=None)
    assert part.buttons == ()
    assert "1. Nederlands" in part.text
    assert "14. " in part.text


def test_up_to_three_short_choices_are_buttons_and_up_to_ten_a_list() -> None:
    def shown(*labels: str) -> dict[str, object]:
        buttons = tuple(Button(label=label, payload="menu") for label in labels)
        rendered = Rendered(key="menu", language="en", text="Choose.", html="", buttons=buttons)
        return _interactive(whatsapp.parts(rendered, url=None)[-1])

    assert shown("Yes", "No")["type"] == "button"
    assert shown("Yes", "No", "Perhaps", "Later")["type"] == "list"
    long = shown("A title that is longer than a button", "No")
    assert long["type"] == "list"
    row = long["action"]["sections"][0]["rows"][0]  # type: ignore[index]
    assert len(row["title"]) <= 24
    assert row["description"] == "A title that is longer than a button"


def test_every_line_of_a_right_to_left_language_says_so(package: Package) -> None:
    answer = Renderer(package=package).render(
        Reply("answer", {"topic": "reception/emergency-shelter"}), language="ar", moment=now()
    )
    (part,) = telegram.parts(answer, url=ADDRESS)
    assert all(line.startswith(RIGHT_TO_LEFT_MARK) for line in part.text.split("\n") if line.strip())
    assert f"{ADDRESS}/ar/reception/emergency-shelter" in part.text


@pytest.mark.parametrize("text", ["x" * 9000, "word " * 2000, "A sentence. " * 900, "one\n\n" * 1500, "ሰላም። " * 2000])
def test_a_long_text_is_cut_without_losing_a_word(text: str) -> None:
    pieces = cut(text, 4096)
    assert all(0 < len(piece) <= 4096 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        (" 12. ", 12),
        ("٣", 3),
        ("۴", 4),
        ("#2", 2),
        ("3)", 3),
        ("three", None),
        ("3 children", None),
        ("", None),
        ("123", None),
        ("²", None),
    ],
)
def test_a_number_is_a_choice_only_when_the_message_says_nothing_else(text: str, number: int | None) -> None:
    assert number_in(text) == number


def test_the_word_for_no_more_messages_is_known_however_it_is_written() -> None:
    assert set(WORDS) == set(languages())
    assert all(is_wish(word) for word in ("STOP", "Stop!", "arret", "СТОП", "توقف", " unsubscribe "))
    assert not any(is_wish(word) for word in ("stop the transfer", "can i stop my procedure", "", None))


@pytest.mark.parametrize(
    ("latitude", "longitude", "town"),
    [
        (51.05, 3.72, "Gent"),
        (50.846, 4.352, "Brussel"),
        (50.63, 5.57, "Liège"),
        (48.85, 2.35, None),
        (0.0, 0.0, None),
        (200.0, 4.0, None),
    ],
)
def test_of_a_place_only_the_nearest_belgian_town_is_known(latitude: float, longitude: float, town: str | None) -> None:
    assert nearest_town(latitude, longitude) == town


def test_on_telegram_the_two_buttons_about_an_answer_stand_side_by_side(package: Package) -> None:
    answer = Reply("answer", {"topic": "future/school", "may_be_rated": "yes"})
    (part,) = telegram.parts(Renderer(package=package).render(answer, language="ps", moment=now()), url=None)
    keyboard = telegram._keyboard(part.buttons)
    assert keyboard is not None
    kinds = [[str(button.callback_data).partition(":")[0] for button in row] for row in keyboard.inline_keyboard]
    assert kinds == [["more"], ["helped_page", "not_meant"]]
