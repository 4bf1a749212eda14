"""What people ask that no page answers: seen masked, when three ask it, as long as it is there."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from admin.editing import questions
from admin.editing.questions import Asked, Group, UnderWay, clear_marks
from bot.conversations import NotUnderstood
from bot.erasing import erase_conversation
from knowledge.pages import Package
from knowledge.sense import Sense
from knowledge.understand import Understander
from tests.admin.editing.asking import CAR, DOG, ask, begin
from tests.conftest import InThisProcess
from wegwijs.storage import transaction

pytestmark = pytest.mark.usefixtures("in_database")
KEPT = timedelta(days=30)


class Overheard(InThisProcess):
    """Understanding that remembers what it was given."""

    heard: list[str]

    async def senses(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Sense]:
        self.heard += texts
        await asyncio.sleep(0.01)  # as when another process does it
        return await super().senses(texts, languages)


@pytest.fixture
def understanding(understander: Understander) -> Overheard:
    overheard = Overheard(understander)
    object.__setattr__(overheard, "heard", [])
    return overheard


@pytest.fixture
def asked(understanding: Overheard, package: Package) -> Asked:
    return Asked(understanding, package=lambda: package, retention=KEPT, patience=60)


async def groups(asked: Asked) -> list[Group]:
    found = await asked.groups()
    assert not isinstance(found, UnderWay)
    return found


async def test_what_three_people_ask_in_three_languages_is_one_group(asked: Asked) -> None:
    ids = [ask(text, language) for language, text in CAR.items()]
    (group,) = await groups(asked)
    assert group.message_ids == ids
    assert group.by_language == {language: [text] for language, text in CAR.items()}
    assert (group.conversations, group.causes) == (4, [(NotUnderstood.UNKNOWN, None, 4)])
    assert len(group.nearest) == 3


async def test_what_two_people_ask_is_shown_to_nobody(asked: Asked) -> None:
    for language, text in list(CAR.items())[:2]:
        ask(text, language)
    assert await groups(asked) == []


async def test_three_messages_of_one_conversation_are_not_three(asked: Asked) -> None:
    one = begin("nl")
    for _ in range(3):
        ask(CAR["nl"], "nl", conversation=one)
    ask(CAR["fr"], "fr")
    assert await groups(asked) == []


async def test_different_questions_are_different_groups(asked: Asked) -> None:
    for lines in (CAR, DOG, DOG):
        for language, text in lines.items():
            ask(text, language)
    sizes = sorted(len(group.lines) for group in await groups(asked))
    assert sizes == [4, 4]


async def test_an_erased_conversation_is_gone_at_once(asked: Asked) -> None:
    erased = begin("nl")
    ask(CAR["nl"], "nl", conversation=erased)
    for language in ("fr", "en", "ru"):
        ask(CAR[language], language)
    assert "nl" in (await groups(asked))[0].by_language
    with transaction() as session:
        erase_conversation(session, erased)
    (group,) = await groups(asked)  # made a moment ago, and not made again
    assert "nl" not in group.by_language
    with transaction() as session:
        erase_conversation(session, group.lines[0].conversation_id)
    assert await groups(asked) == []


@pytest.mark.parametrize(("days", "number"), [(29, 1), (31, 0)])
async def test_a_question_goes_with_the_age_of_its_conversation(asked: Asked, days: int, number: int) -> None:
    for language, text in CAR.items():
        ask(text, language, conversation=begin(language, ago=timedelta(days=days)))
    assert len(await groups(asked)) == number


async def test_nothing_is_shown_of_somebody_who_cried_for_help(asked: Asked) -> None:
    for language, text in CAR.items():
        ask(text, language, conversation=begin(language, danger="violence"))
    for _ in range(3):
        ask("i want to kill myself", "en")  # not recognised when it was written
    assert await groups(asked) == []


async def test_only_what_is_masked_is_compared_and_each_line_once(asked: Asked, understanding: Overheard) -> None:
    for language, text in CAR.items():
        ask(f"{text} +32 488 12 34 56 Zubaida", language)
    ask(CAR["nl"] + " 0499", "nl")
    await groups(asked)
    assert len(understanding.heard) == 5
    assert not any("488" in text or "Zubaida" in text or "[" in text for text in understanding.heard)


async def test_what_is_dealt_with_comes_back_only_when_three_ask_again(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "_FRESH_SECONDS", 0.0)
    for language, text in CAR.items():
        ask(text, language)
    (group,) = await groups(asked)
    with transaction() as session:
        clear_marks(session, group.message_ids)
    assert await groups(asked) == []
    for language, text in CAR.items():
        ask(text, language)
    assert len(await groups(asked)) == 1


async def test_what_was_answered_is_not_among_them(asked: Asked) -> None:
    for language, text in CAR.items():
        ask(text, language, why=None)
    assert await groups(asked) == []


async def test_a_group_says_which_page_came_and_was_not_meant(asked: Asked) -> None:
    for language in ("nl", "fr", "en"):
        ask(CAR[language], language, why=NotUnderstood.NOT_MEANT, not_meant="future/driving-licence")
    (group,) = await groups(asked)
    assert group.causes == [(NotUnderstood.NOT_MEANT, "future/driving-licence", 3)]


async def test_while_it_takes_long_one_is_told_how_far_it_is(understanding: Overheard, package: Package) -> None:
    asked = Asked(understanding, package=lambda: package, retention=KEPT, patience=0.0)
    for number in range(40):
        ask(f"{CAR['nl']} {'werken ' * number}", "nl")
    told = []
    while isinstance(found := await asked.groups(), UnderWay):
        told.append(found)
        await asyncio.sleep(0.001)
    assert (told[0].done, told[-1].total) == (0, 40)
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert found[0].conversations >= 3


async def test_at_most_five_lines_of_a_language_are_shown(asked: Asked) -> None:
    for place in ("gent", "brussel", "antwerpen", "luik", "namen", "leuven", "mechelen"):
        ask(f"waar kan ik een auto kopen in {place}", "nl")
    assert sum(len(lines) for group in await groups(asked) for lines in group.by_language.values()) == 5
