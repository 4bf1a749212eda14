"""Whatever the machine makes of the words, facts and links come through to the letter."""

import re
from dataclasses import replace

import pytest

from admin.editing.exchange import lines_of
from admin.editing.machine_wording import Translate, machine_wording
from admin.editing.segments import kept, split
from knowledge.pages import Package, Page, Text
from translations.machine.process import TranslationFailed


def translator(*, numbers: str = "copied") -> Translate:
    """Turns each word around; numbers are copied, lost, or written another way."""

    async def translate(text: str) -> str:
        if numbers != "copied":
            text = re.sub(r"\d{4}", {"lost": "", "spaced": "7 301", "doubled": "7301 7301"}[numbers], text)
        return re.sub(r"[^\W\d]+", lambda word: word[0][::-1], text)

    return translate


def page(package: Package, details: str, short_answer: str = "Good day.") -> Page:
    like = package.page("procedure/appeal", "en")
    texts = {None: Text(short_answer=short_answer, details=details)}
    return Page(
        topic=like.topic, language="en", title="The title", status="draft", translated_from=None, questions=(),
        texts=texts, path=like.path, source="",
    )  # fmt: skip


@pytest.mark.parametrize("numbers", ["copied", "lost", "spaced", "doubled"])
async def test_every_page_keeps_its_facts_links_and_form(package: Package, numbers: str) -> None:
    for source in list(package.pages_in("en"))[::10]:
        wording = await machine_wording(source, "nl", translator(numbers=numbers))
        for situation, text in source.texts.items():
            made = wording.texts[situation]
            assert split(made.details)[0] == split(text.details)[0]
            for theirs, ours in zip(split(text.details)[1], split(made.details)[1], strict=True):
                assert kept(ours) == kept(theirs)
            assert kept(made.short_answer) == kept(text.short_answer)


async def test_a_sentence_is_translated_whole_and_its_fact_and_link_stand_in_it(package: Package) -> None:
    source = page(package, "## Who\n\n- Pay {{ fact:a.b }} euro to [my lawyer](topic:x/y) **now**.")
    made = (await machine_wording(source, "nl", translator())).texts[None]
    assert made.short_answer == "dooG yad."
    assert made.details == "## ohW\n\n- yaP {{ fact:a.b }} orue ot [ym reywal](topic:x/y) **won**."


async def test_when_a_number_gets_lost_the_words_around_the_fact_are_translated_apart(package: Package) -> None:
    source = page(package, "Pay {{ fact:a.b }} euro to [the {{ fact:c }} desk](topic:x/y).")
    made = (await machine_wording(source, "nl", translator(numbers="lost"))).texts[None]
    assert made.details == "yaP {{ fact:a.b }} orue ot [eht {{ fact:c }} ksed](topic:x/y)."


async def test_a_machine_that_loses_a_line_gives_nothing(package: Package) -> None:
    async def loses(text: str) -> str:
        return text.replace("\n", " ")

    with pytest.raises(TranslationFailed):
        await machine_wording(page(package, "Some words."), "nl", loses)


async def test_titles_and_lines_go_in_one_text_and_come_back_in_their_places(package: Package) -> None:
    source = package.page("procedure/appeal", "en")
    wording = await machine_wording(source, "nl", translator())
    assert wording.title == "laeppA ta eht truoc (LLAC)"
    made = replace(source, texts=wording.texts, title=wording.title)
    assert list(lines_of(made)) == list(lines_of(source))
