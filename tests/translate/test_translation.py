"""Installed packages translate, through English and back; what may have gone wrong is said."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.translate.tiny import PLACES, make_package
from translations.machine.installation import Installation
from translations.machine.packages import Pair
from translations.machine.process import TranslationFailed
from translations.machine.translation import MachineTranslation, NoTranslation, Why


async def test_a_text_is_translated_and_shown_back(machine: MachineTranslation) -> None:
    done = await machine.translate("Kom morgen om 10 uur. Breng papieren.", "nl", "en")
    assert (done.text, done.through) == ("Come tomorrow at 10 hours. Bring papers.", ())
    assert done.back == "Kom morgen om 10 uur. Breng papieren."
    assert not done.numbers_changed


async def test_without_a_direct_package_it_goes_through_english_and_says_so(machine: MachineTranslation) -> None:
    done = await machine.translate("Kom morgen", "nl", "ar")
    assert (done.text, done.through, done.back) == ("تعال غدا", ("en",), "Kom morgen")


async def test_what_the_person_wrote_is_translated_without_a_way_back(machine: MachineTranslation) -> None:
    done = await machine.translate("تعال غدا", "ar", "nl", preview=False)
    assert (done.text, done.back) == ("Kom morgen", None)


async def test_lines_and_bullets_stay(machine: MachineTranslation) -> None:
    done = await machine.translate("Kom morgen\n\n- Breng papieren.\n- Kom\n", "nl", "en")
    assert done.text == "Come tomorrow\n\n- Bring papers.\n- Come\n"


@pytest.mark.parametrize("text", [" \n", "02 793 82 40", "https://fedasil.be 👍"])
async def test_a_text_without_words_stays_as_it_is(machine: MachineTranslation, text: str) -> None:
    assert (await machine.translate(text, "nl", "en")).text == text


async def test_a_changed_number_is_a_warning(tmp_path: Path) -> None:
    file = make_package(tmp_path, "nl", "en", {"om": "at", "10": "11"})
    await Installation(tmp_path / "translate").install(file)
    machine = MachineTranslation(folder=tmp_path / "translate", idle_seconds=60)
    done = await machine.translate("om 10", "nl", "en")
    assert (done.text, done.lost, done.added, done.numbers_changed) == ("at 11", ("10",), ("11",), True)
    assert done.back is None  # there is no package back
    await machine.stop()


async def test_a_pair_that_is_not_installed_is_refused_with_those_that_are(machine: MachineTranslation) -> None:
    assert machine.pairs() == {Pair("nl", "en"), Pair("en", "nl"), Pair("ar", "en"), Pair("en", "ar")}
    with pytest.raises(NoTranslation) as refused:
        await machine.translate("Kom", "nl", "tr")
    assert (refused.value.why, refused.value.alternatives) == (Why.NOT_INSTALLED, ("en", "ar"))


async def test_what_is_not_safe_is_refused_although_a_package_lies_there(packages: Path, tmp_path: Path) -> None:
    file = make_package(tmp_path, "en", "ps", {"Come": "راشه"})
    folder = tmp_path / "translate"
    folder.mkdir()
    for place in packages.iterdir():
        (folder / place.name).symlink_to(place)
    os.system(f"cd {folder} && unzip -q {file}")  # noqa: S605 - as an operator might
    machine = MachineTranslation(folder=folder, idle_seconds=60)
    assert Pair("en", "ps") in machine.pairs()
    with pytest.raises(NoTranslation) as refused:
        await machine.translate("Come", "en", "ps")
    assert (refused.value.why, refused.value.alternatives) == (Why.NOT_SAFE, ("nl", "ar"))


async def test_each_of_many_at_once_gets_its_own(machine: MachineTranslation) -> None:
    numbers = range(20)
    done = await asyncio.gather(*(machine.translate(f"Kom om {number}", "nl", "en") for number in numbers))
    assert [one.text for one in done] == [f"Come at {number}" for number in numbers]


async def test_who_goes_away_leaves_no_answer_to_the_next(machine: MachineTranslation) -> None:
    await machine.translate("Kom", "nl", "en")
    gone = asyncio.create_task(machine.translate("Breng papieren.", "nl", "en"))
    await asyncio.sleep(0)  # it has written its text
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (await machine.translate("Kom morgen", "nl", "en")).text == "Come tomorrow"


async def test_models_leave_memory_when_idle_and_come_back(packages: Path) -> None:
    machine = MachineTranslation(folder=packages, idle_seconds=0.05)
    await machine.translate("Kom", "nl", "en", preview=False)
    assert machine.is_loaded
    for _ in range(100):
        await asyncio.sleep(0.05)
        if not machine.is_loaded:
            break
    assert not machine.is_loaded
    assert (await machine.translate("Kom", "nl", "en")).text == "Come"
    await machine.stop()


async def test_a_process_that_was_killed_is_begun_again(machine: MachineTranslation) -> None:
    await machine.translate("Kom", "nl", "en")
    process = machine._process._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert (await machine.translate("Kom", "nl", "en")).text == "Come"


async def test_a_process_that_dies_over_a_text_is_a_failure(machine: MachineTranslation) -> None:
    await machine.translate("Kom", "nl", "en")
    process = machine._process._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    asking = asyncio.create_task(machine.translate("Kom", "nl", "en"))
    await asyncio.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(TranslationFailed, match="died"):
        await asking
    assert (await machine.translate("Kom", "nl", "en")).text == "Come"


async def test_what_takes_too_long_is_given_up(packages: Path) -> None:
    machine = MachineTranslation(folder=packages, idle_seconds=60, longest_seconds=0.001)
    with pytest.raises(TranslationFailed, match="more than"):
        await machine.translate("Kom", "nl", "en")
    assert not machine.is_loaded


async def test_a_failure_never_quotes_the_text(machine: MachineTranslation) -> None:
    with pytest.raises(TranslationFailed) as failed:
        await machine.translate("Kom " * (PLACES + 1), "nl", "en")
    assert str(failed.value) == "RuntimeError"


async def test_what_the_libraries_write_stays_in_the_folder_of_packages(packages: Path, tmp_path: Path) -> None:
    for place in packages.iterdir():
        (tmp_path / place.name).symlink_to(place)
    (tmp_path / ".argos").unlink()
    machine = MachineTranslation(folder=tmp_path, idle_seconds=60)
    await machine.translate("Kom", "nl", "en")
    await machine.stop()
    assert (tmp_path / ".argos/argos-translate").is_dir()  # in the home folder, if it were not told otherwise
