"""What an editor reads of a message holds no number in any script, no name and no address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.editing.masking import Masks, common_words
from knowledge.pages import Package


@pytest.fixture(scope="module")
def masks(package: Package) -> Masks:
    return Masks(package)


LANGUAGES = st.sampled_from(["ar", "ti", "fa", "nl", "ru", None])
DIGITS = st.characters(categories=["Nd", "Nl", "No"])
NOISE = st.characters(exclude_categories=["Cs"])


@given(text=st.lists(st.one_of(DIGITS, NOISE), max_size=60).map("".join), language=LANGUAGES)
def test_no_digit_of_any_script_survives(masks: Masks, text: str, language: str | None) -> None:
    assert not any(map(str.isnumeric, masks.masked(text, language)))


@given(word=st.text(st.characters(categories=["Lo"]), min_size=1, max_size=12), language=LANGUAGES)
def test_in_a_script_without_capitals_no_word_survives_that_the_package_does_not_have(
    masks: Masks, word: str, language: str | None
) -> None:
    strange = f"{word}ቈቈ{word}"  # no word of any language
    assert strange not in masks.masked(strange, language)


NUMBERS = [
    ("en", "call me on +32 488 12 34 56 please", "call me on [number] please"),
    ("nl", "mijn nummer is 0488.12.34.56", "mijn nummer is [number]"),
    ("fr", "mon dossier est 12/345678", "mon dossier est [number]"),
    ("en", "my file SP1234567 please", "my file [number] please"),
    ("ar", "رقم ملفي ٨١٢٣٤٥٦", "رقم ملفي [number]"),
    ("fa", "شماره من ۰۴۸۸۱۲۳۴۵۶", "شماره من [number]"),
    ("ti", "ቁጽሪ ፲፪፫፬", "ቁጽሪ [number]"),
]
NAMES = [
    ("en", "my name is ahmed hassan and i need a lawyer", {"ahmed", "hassan"}),
    ("en", "Please help Grace Mugabe", {"Grace", "Mugabe"}),
    ("fr", "je m'appelle Aminata et je veux un avocat", {"Aminata"}),
    ("ru", "меня зовут Иван Петров", {"Иван", "Петров"}),
    ("ar", "اسمي محمد علي واريد محامي", {"محمد", "علي"}),
    ("ti", "ሽመይ ተስፋይ እዩ", {"ተስፋይ"}),
    ("ps", "زما نوم احمد دی", {"احمد"}),
    ("so", "magacaygu waa Cabdi Xasan", {"Cabdi", "Xasan"}),
    ("en", "ahmed is my brother", {"ahmed"}),
    ("nl", "ik ken Bart De Smedt", {"Bart", "Smedt"}),
]
STREETS = [
    ("fr", "j'habite rue de la Loi 16 à Bruxelles", {"Loi", "loi"}),
    ("nl", "ik woon in de Kruisstraat 5", {"Kruisstraat"}),
    ("en", "i live 12 baker street", {"baker"}),
    ("tr", "Atatürk Caddesi 5", {"Atatürk"}),
    ("ar", "أنا ساكن شارع القانون رقم ١٦", {"القانون"}),
    ("de", "Hauptstraße 12", {"Hauptstraße"}),
]
ADDRESSES_IN_THE_NET = [
    ("write to ahmed@example.org", "[e-mail]"),
    ("see https://t.me/ahmed", "[link]"),
    ("www.example.org", "[link]"),
    ("i am @ahmed_92", "[e-mail]"),
    ("example.org/ahmed", "[link]"),
]


@pytest.mark.parametrize(("language", "text", "shown"), NUMBERS)
def test_a_number_of_a_phone_or_a_file_is_masked(masks: Masks, language: str, text: str, shown: str) -> None:
    assert masks.masked(text, language) == shown


@pytest.mark.parametrize(("language", "text", "secrets"), [*NAMES, *STREETS])
def test_a_name_and_a_street_are_masked(masks: Masks, language: str, text: str, secrets: set[str]) -> None:
    shown = masks.masked(text, language)
    assert not any(secret in shown for secret in secrets), shown


@pytest.mark.parametrize(("text", "mask"), ADDRESSES_IN_THE_NET)
def test_an_address_in_the_net_is_masked(masks: Masks, text: str, mask: str) -> None:
    shown = masks.masked(text, "en")
    assert mask in shown
    assert "ahmed" not in shown
    assert "example" not in shown


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "where can i sleep tonight"),
        ("fr", "je dors dans la rue avec ma fille"),
        ("fa", "در خیابان می‌خوابم کجا بروم"),
        ("nl", "kan ik werken in Gent"),
        ("ti", "ኣበይ ክድቅስ እኽእል"),
    ],
)
def test_what_the_package_itself_says_stays_readable(masks: Masks, language: str, text: str) -> None:
    assert masks.masked(text, language) == text


def test_who_writes_in_capitals_only_is_read_like_anybody_else(masks: Masks) -> None:
    assert masks.masked("WHERE CAN I SLEEP, ZUBAIDA", "en") == "where can i sleep, [...]"


def test_a_mask_that_somebody_types_is_not_taken_for_one(masks: Masks) -> None:
    assert masks.masked("[name]", "en") == "name"


def test_a_word_of_several_people_stays_and_that_of_two_does_not(masks: Masks) -> None:
    said = [("a", "can i fly a drone"), ("b", "my drone zzyx"), ("c", "drone law"), ("a", "zzyx"), ("b", "zzyx")]
    common = common_words(said)
    assert masks.masked("drone zzyx", "en", common=common) == "drone [...]"
    assert "zzyx" not in common  # three messages, of two people


def test_a_capital_is_a_name_however_many_people_write_it(masks: Masks) -> None:
    common = common_words((str(number), "i know Zubaida") for number in range(9))
    assert masks.masked("i know Zubaida", "en", common=common) == "i know [name]"
