"""Understanding: questions written apart from the package, in fourteen languages; danger first; honest not-knowing."""

import pytest

from knowledge.understand import Understander
from knowledge.understanding import LanguageFound, Outcome

SLEEPING_OUTSIDE = {
    "nl": "ik heb vanavond geen bed en het vriest",
    "fr": "je n'ai aucun endroit pour passer la nuit dehors il fait froid",
    "en": "no bed for me this night, it is raining, where do i go",
    "de": "wo kann ich heute nacht schlafen ich habe kein dach",
    "es": "no tengo donde dormir esta noche ayuda",
    "pt": "estou na rua, onde posso dormir hoje à noite",
    "ru": "мне негде ночевать сегодня, куда идти",
    "tr": "bu gece yatacak yerim yok nereye gideyim",
    "sq": "s'kam ku me fjet sonte jam jasht",
    "ar": "ما عندي مكان انام فيه الليلة والجو برد",
    "fa": "امشب جای خواب ندارم کجا بروم",
    "ps": "نن شپه د خوب ځای نه لرم چېرته لاړ شم",
    "so": "caawa meel aan seexdo ma haysto xaggee aadaa",
    "ti": "ሎሚ ለይቲ ዝድቅሰሉ ቦታ የብለይን ናበይ ክኸይድ",
}
WANTS_TO_DIE = {
    "nl": "ik wil niet meer leven",
    "fr": "je veux mourir",
    "en": "i want to end my life",
    "de": "ich will sterben",
    "es": "quiero morirme ya",
    "pt": "quero morrer",
    "ru": "я хочу умереть",
    "tr": "ölmek istiyorum",
    "sq": "dua të vdes",
    "ar": "بدي موت",
    "fa": "می‌خواهم بمیرم",
    "ps": "زه غواړم مړ شم",
    "so": "waxaan rabaa inaan dhinto",
    "ti": "ክመውት እደሊ ኣለኹ",
}


@pytest.mark.parametrize(("code", "text"), SLEEPING_OUTSIDE.items())
def test_sleeping_outside_finds_its_page_in_every_language(understander: Understander, code: str, text: str) -> None:
    understood = understander.understand(text)
    assert understood.language == code
    assert understood.outcome in {Outcome.ANSWER, Outcome.CHOICES}
    assert "reception/emergency-shelter" in understood.choices


@pytest.mark.parametrize(("code", "text"), WANTS_TO_DIE.items())
def test_who_wants_to_die_is_heard_in_every_language(understander: Understander, code: str, text: str) -> None:
    understood = understander.understand(text, code)
    assert understood.outcome is Outcome.DANGER
    assert understood.detail == "suicide"


@pytest.mark.parametrize("text", ["my phone died", "i am dying of laughter", "can i work", "waar is mijn advocaat"])
def test_sayings_and_questions_are_not_danger(understander: Understander, text: str) -> None:
    assert understander.understand(text).outcome is not Outcome.DANGER


@pytest.mark.parametrize(
    "text", ["delete", "wissen", "supprimer", "حذف", "پاک کن", "ደምስስ", "tirtir", "удалить", "sil", "borrar", "apagar"]
)
def test_delete_works_in_any_language_whatever_the_conversation_speaks(understander: Understander, text: str) -> None:
    for language in (None, "nl", "ti"):
        understood = understander.understand(text, language)
        assert (understood.outcome, understood.detail) == (Outcome.COMMAND, "delete")


@pytest.mark.parametrize("text", ["ok", "hello", "merci", "123", "😀", "?"])
def test_a_greeting_or_a_sign_never_changes_the_language(understander: Understander, text: str) -> None:
    assert understander.understand(text, "so").language == "so"


def test_a_real_question_in_another_language_changes_it(understander: Understander) -> None:
    assert understander.understand("وين بنام الليلة ما عندي مكان", "fr").language == "ar"


@pytest.mark.parametrize(
    "text",
    [
        "არ მაქვს დასაძინებელი ადგილი",
        "Я не маю де спати, допоможіть",
        "我今晚没有地方睡觉",
        "nina mtoto mgonjwa na sina daktari",
    ],
)
def test_a_language_we_do_not_have_is_known_as_such(understander: Understander, text: str) -> None:
    understood = understander.understand(text)
    assert understood.language is None
    assert understood.language_found is LanguageFound.NOT_OURS
    assert understood.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\ud83d", "\ufdfa" * 10_000, "a" * 100_000, "。。。", "١٢٣"])
def test_nothing_breaks_understanding(understander: Understander, text: str) -> None:
    assert understander.understand(text).outcome in set(Outcome)


@pytest.mark.parametrize(
    "message",
    [
        "mag ik werken in België",
        "can i work in belgium",
        "puis-je travailler en belgique",
        "هل يحق لي العمل في بلجيكا",
        "Belçika'da çalışabilir miyim",
        "ma ka shaqayn karaa beljamka",
        "ኣብ ቤልጅዩም ክሰርሕ ይኽእል ዶ",
    ],
)
def test_a_question_about_something_in_belgium_is_not_about_being_belgian(
    understander: Understander, message: str
) -> None:
    assert understander.understand(message).topics[0].topic == "future/right-to-work"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "i have been sent from one desk to another all week, please let me talk with a real person"),
        ("nl", "ik snap die brief niet en ik ben al drie keer geweest, mag ik iemand spreken alstublieft"),
        ("fr", "j'ai attendu toute la semaine et rien, je veux parler à quelqu'un"),
    ],
)
def test_a_call_for_a_person_inside_a_story_is_heard(understander: Understander, code: str, text: str) -> None:
    assert understander.understand(text, code).outcome is Outcome.PERSON
