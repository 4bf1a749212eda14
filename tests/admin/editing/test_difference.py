"""What changed in a text is shown word by word, and nothing of either text is lost in it."""

import time

from hypothesis import given
from hypothesis import strategies as st

from admin.editing.difference import Piece, PieceKind, difference

GONE, NEW, SAME = PieceKind.GONE, PieceKind.NEW, PieceKind.SAME

texts = st.lists(st.sampled_from(["je", "naar", "{{ fact:a.b }}", "مكتب", "ቤት።", ".", " ", "\n\n", "112"])).map("".join)


def shown(before: str, after: str) -> list[tuple[PieceKind, str]]:
    return [(piece.kind, piece.text) for piece in difference(before, after)]


@given(before=texts, after=texts)
def test_both_texts_can_be_read_back_from_their_difference(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind is not NEW) == before
    assert "".join(piece.text for piece in pieces if piece.kind is not GONE) == after
    assert all(piece.text for piece in pieces)


@given(text=texts)
def test_the_same_text_has_no_difference(text: str) -> None:
    assert difference(text, text) == ([Piece(SAME, text)] if text else [])


def test_one_word_in_the_place_of_another_is_one_change() -> None:
    assert shown("Bel ons vandaag.", "Bel ons morgen.") == [
        (SAME, "Bel ons "),
        (GONE, "vandaag"),
        (NEW, "morgen"),
        (SAME, "."),
    ]


def test_words_in_a_row_are_one_change_and_not_one_each() -> None:
    assert shown("ga naar het loket", "ga met de trein") == [
        (SAME, "ga "),
        (GONE, "naar het loket"),
        (NEW, "met de trein"),
    ]


def test_a_placeholder_changes_whole() -> None:
    assert shown("Bel {{ fact:infopunt.phone }} nu", "Bel {{ fact:infopunt.free }} nu") == [
        (SAME, "Bel "),
        (GONE, "{{ fact:infopunt.phone }}"),
        (NEW, "{{ fact:infopunt.free }}"),
        (SAME, " nu"),
    ]


def test_a_long_text_that_changes_all_over_is_compared_at_once() -> None:
    before = " ".join(f"{number % 40} {number}" for number in range(2_500))
    begun = time.process_time()
    difference(before, " ".join(reversed(before.split())))
    assert time.process_time() - begun < 5
