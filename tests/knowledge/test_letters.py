"""Words and letters: which samples are alike, and which label's texts tell most of a message."""

import numpy as np
import pytest

from knowledge.letters import Counts, Letters

TEXTS = ["where can i sleep tonight", "i need a bed", "may i work here", "how do i find work", "waar kan ik slapen"]
LANGUAGES = ["en", "en", "en", "en", "nl"]
SLEEPING, WORKING = 0, 1
LABEL_OF = np.array([SLEEPING, SLEEPING, WORKING, WORKING, SLEEPING])
PAGES = ["There is a night shelter in Brussels.", "You may work after four months."]


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(
        Counts.of([*TEXTS, *PAGES]),
        languages=[*LANGUAGES, "en", "en"],
        label_of=np.append(LABEL_OF, [SLEEPING, WORKING]),
        labels=2,
        samples=len(TEXTS),
    )


@pytest.mark.parametrize(
    ("message", "label"),
    [("can i sleep here tonigt", SLEEPING), ("finding works", WORKING), ("ik wil slapen", SLEEPING)],
)
def test_a_misspelt_message_is_nearest_to_its_label(letters: Letters, message: str, label: int) -> None:
    assert int(np.argmax(letters.nearest(Counts.of([message])))) == label


def test_what_only_the_page_says_is_known_of_its_topic(letters: Letters) -> None:
    scores = letters.scores(Counts.of(["is there a shelter"]), ["en"])[0]
    assert int(np.argmax(scores[:, 1])) == SLEEPING


def test_without_a_language_the_texts_of_all_are_asked(letters: Letters) -> None:
    scores = letters.scores(Counts.of(["slapen"]), [None])[0]
    assert int(np.argmax(scores[:, 1])) == SLEEPING
    assert not letters.scores(Counts.of(["slapen"]), ["en"])[0][:, 1].any()


def test_a_message_of_unknown_letters_is_near_to_nothing(letters: Letters) -> None:
    assert not letters.scores(Counts.of(["ქართული"]), ["en"]).any()
