""" "In Belgium" tells no topics apart, and must not pull every question to the page on Belgian nationality."""

import pytest

from knowledge.country import without_country


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("mag ik werken in België", "mag ik werken"),
        ("can i work in belgium?", "can i work ?"),
        ("puis-je travailler en Belgique", "puis-je travailler"),
        ("darf ich in Belgien arbeiten", "darf ich arbeiten"),
        ("¿puedo trabajar en Bélgica?", "¿puedo trabajar ?"),
        ("posso trabalhar na Bélgica", "posso trabalhar"),
        ("можно работать в Бельгии", "можно работать"),
        ("Belçika'da çalışabilir miyim", "çalışabilir miyim"),
        ("a mund të punoj në Belgjikë", "a mund të punoj"),
        ("هل يحق لي العمل في بلجيكا", "هل يحق لي العمل"),
        ("آیا می‌توانم در بلژیک کار کنم", "آیا می‌توانم کار کنم"),
        ("په بلجیم کې کار کولی شم", "کار کولی شم"),
        ("ma ka shaqayn karaa Beljamka", "ma ka shaqayn karaa"),
        ("ኣብ ቤልጅዩም ክሰርሕ ይኽእል ዶ", "ክሰርሕ ይኽእል ዶ"),
    ],
)
def test_the_country_is_left_out(message: str, rest: str) -> None:
    assert without_country(message) == rest


@pytest.mark.parametrize("message", ["how do i become belgian", "Belgium", "in belgië", "belgisch paspoort", ""])
def test_what_tells_topics_apart_stays(message: str) -> None:
    assert without_country(message) == message
