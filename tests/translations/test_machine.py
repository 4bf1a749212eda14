"""Machine translation where the extra is not installed, and what of it needs no model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translations.languages import UnknownLanguage, languages
from translations.machine.numbers import numbers
from translations.machine.packages import Pair, safe_pairs
from translations.machine.sentences import LONGEST, join, split
from translations.machine.translation import MachineTranslation, NoTranslation, Why
from wegwijs.settings import PROJECT

UNSAFE = ("ps", "so", "ti")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MachineTranslation:
    """Machine translation without the extra, installed here or not, with packages from Dutch to Arabic."""
    monkeypatch.setitem(sys.modules, "argostranslate", None)
    for source, target in (("nl", "en"), ("en", "nl"), ("en", "ar"), ("ar", "en")):
        put_package(tmp_path / f"{source}_{target}", source=source, target=target)
    return MachineTranslation(folder=tmp_path, idle_seconds=60)


def put_package(folder: Path, *, source: str, target: str) -> None:
    folder.mkdir()
    (folder / "metadata.json").write_text(
        json.dumps({"from_code": source, "to_code": target, "package_version": "1.9"}), encoding="utf-8"
    )


def wegwijs_without_the_extra(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; sys.modules['argostranslate'] = None; from wegwijs.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "translate", *arguments],
        env={**os.environ, "WEGWIJS_DATA_DIR": str(folder)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_without_the_extra_it_says_not_available(machine: MachineTranslation) -> None:
    assert not machine.can_translate("nl", "ar")
    assert machine.targets("nl") == ()
    with pytest.raises(NoTranslation, match="nl -> ar: not available") as refused:
        await machine.translate("Kom morgen.", "nl", "ar")
    assert refused.value.why is Why.NOT_AVAILABLE
    assert not machine.is_loaded


@pytest.mark.parametrize("code", UNSAFE)
@pytest.mark.parametrize("other", [code for code in languages() if code not in UNSAFE])
async def test_what_is_not_safe_is_refused_in_both_directions(
    machine: MachineTranslation, code: str, other: str
) -> None:
    for source, target in ((code, other), (other, code)):
        with pytest.raises(NoTranslation) as refused:
            await machine.translate("10", source, target)
        assert refused.value.why is Why.NOT_SAFE


def test_every_language_that_is_safe_is_so_in_both_directions_through_english() -> None:
    assert {str(pair) for pair in safe_pairs()} == {
        f"{source} -> {target}"
        for code in languages()
        if code not in {*UNSAFE, "en"}
        for source, target in ((code, "en"), ("en", code))
    }


def test_a_language_that_is_not_ours_is_an_error(machine: MachineTranslation) -> None:
    with pytest.raises(UnknownLanguage):
        machine.can_translate("nl", "zh")


def test_what_is_half_unpacked_or_no_package_is_not_installed(machine: MachineTranslation, tmp_path: Path) -> None:
    put_package(tmp_path / ".new", source="tr", target="en")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/metadata.json").write_text("[]", encoding="utf-8")
    assert machine.pairs() == {Pair("nl", "en"), Pair("en", "nl"), Pair("en", "ar"), Pair("ar", "en")}


def test_the_command_line_says_how_to_get_it_and_lists_the_pairs(tmp_path: Path) -> None:
    (tmp_path / "translate").mkdir()
    put_package(tmp_path / "translate/en_ps", source="en", target="ps")
    put_package(tmp_path / "translate/en_fa", source="en", target="fa")
    done = wegwijs_without_the_extra("pairs", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "not available. `make translate`" in lines[0]
    assert {"en -> fa  installed 1.9", "fa -> en  missing"} <= set(lines)
    assert "en -> ps  installed 1.9, not used: not marked as safe" in lines
    assert lines[-1].endswith("Pashto, Tigrinya, Somali")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nl"], 1, "not available. `make translate`"),
        (["nl", "xx"], 2, "no language of ours: xx"),
    ],
)
def test_the_command_line_installs_nothing_that_it_cannot_try(
    tmp_path: Path, arguments: list[str], status: int, said: str
) -> None:
    done = wegwijs_without_the_extra("install", *arguments, folder=tmp_path)
    assert done.returncode == status
    assert said in done.stderr
    assert not (tmp_path / "translate").exists()


@given(st.text(st.sampled_from("Aa1 .!?\n\t-•,؟።؛'\")é"), max_size=60) | st.text(max_size=60))
def test_a_text_put_together_again_is_the_text(text: str) -> None:
    assert join(*split(text)) == text


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Kom morgen. Breng papieren! Ja?", ["Kom morgen.", "Breng papieren!", "Ja?"]),
        ("Dr. Janssens komt om 14.30 uur. Tot dan.", ["Dr. Janssens komt om 14.30 uur.", "Tot dan."]),
        ("Breng papieren mee, bijv. een attest. Dank u.", ["Breng papieren mee, bijv. een attest.", "Dank u."]),
        ("Rue des Petits Carmes 15, av. Louise", ["Rue des Petits Carmes 15, av. Louise"]),
        ("Mee te brengen:\n- paspoort\n• foto's\n", ["Mee te brengen:", "paspoort", "foto's"]),
        ("هل تفهم؟ تعال غدا.", ["هل تفهم؟", "تعال غدا."]),
        ('Ze zei: "Kom." Daarna niets.', ['Ze zei: "Kom."', "Daarna niets."]),
        ("1. Kom morgen.\n2) Breng een foto.", ["Kom morgen.", "Breng een foto."]),
        ("Bel ons.\n02 793 82 40\ninfo@fedasil.be https://fedasil.be", ["Bel ons."]),
        (" \n ", []),
        ("", []),
    ],
)
def test_sentences_are_found(text: str, sentences: list[str]) -> None:
    assert split(text)[1] == sentences


def test_a_sentence_without_an_end_is_cut_between_words() -> None:
    text = "woord " * 200
    found = split(text)[1]
    assert max(map(len, found)) <= LONGEST
    assert set(" ".join(found).split(" ")) == {"woord"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("om 14.30 uur op 3/12", "في ١٤:٣٠ يوم ٣/١٢"),
        ("1.250 euro", "1,250 euros"),
        ("1 250 euros", "1250 EUR"),
        ("bel 02 793 82 40", "call 02 793 82 40."),
        ("schrijf naar info@fedasil.be.", "écrivez à Info@fedasil.be"),
        ("zie https://fedasilinfo.be/nl.", "see https://fedasilinfo.be/nl"),
        ("۱۲ روز", "12 days"),
    ],
)
def test_the_same_numbers_in_another_way_of_writing_are_the_same(before: str, after: str) -> None:
    assert numbers(before) == numbers(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("om 10 uur", "at 11 o'clock"),
        ("10 euro en 10 dagen", "10 euros and days"),
        ("om 10 uur", "at ten"),
        ("kom", "come at 9"),
        ("info@fedasil.be", "info@fedasil.com"),
        ("12 dagen", "1 2 days"),
    ],
)
def test_a_changed_lost_or_new_number_is_seen(before: str, after: str) -> None:
    assert numbers(before) != numbers(after)
