"""Recognising the language of short messages, romanised ones too."""

import pytest

from knowledge.understand import Understander

MESSAGES = [
    ("nl", "mag ik hier werken of niet"),
    ("fr", "est ce que je peux travailler"),
    ("de", "darf ich hier arbeiten"),
    ("es", "puedo trabajar aquí sin papeles"),
    ("pt", "eu posso trabalhar aqui na bélgica"),
    ("sq", "a mund të punoj këtu"),
    ("tr", "burada çalışabilir miyim"),
    ("so", "ma shaqayn karaa halkan joogitaankayga"),
    ("ru", "можно ли мне работать"),
    ("ar", "هل يمكنني العمل هنا"),
    ("ar", "wayn bnam el leile ma 3andi mkan"),
    ("fa", "آیا می‌توانم اینجا کار کنم"),
    ("fa", "man emshab jay khab nadaram"),
    ("ps", "ایا زه دلته کار کولی شم"),
    ("ps", "za nan shpa cherta khob wokram"),
    ("ti", "ኣብዚ ክሰርሕ እኽእል ዶ"),
    ("ti", "lomi leyti abey kdekis"),
]


@pytest.mark.parametrize(("code", "text"), MESSAGES)
def test_a_short_message_is_recognised(understander: Understander, code: str, text: str) -> None:
    assert understander.understand(text).language == code


def test_romanised_arabic_is_answered_in_arabic(understander: Understander) -> None:
    assert understander.understand("ana ma 3andi mkan nam fih", "fr").language == "ar"
