"""Canned replies: one meaning in fourteen languages, its blanks filled in the person's, found by staff in theirs."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin import canned_replies
from admin.canned_replies import (
    INTERFACE_LANGUAGES,
    BlankKind,
    BlankNotFilled,
    UnknownCannedReply,
    groups,
    search,
    text,
)
from admin.check_canned_replies import check_canned_replies
from bot.teams import Team
from knowledge.pages import Package
from translations.languages import Direction, languages

VALUES = {
    BlankKind.DATE: "2026-11-24",
    BlankKind.TIME: "14:30",
    BlankKind.TEAM: "medical",
    BlankKind.LANGUAGE: "ti",
    BlankKind.TOPIC: "procedure/lawyer",
    BlankKind.PLACE: "Havenlaan 100, 1000 Brussel",
    BlankKind.FIRST_NAME: "Ana",
}
APPOINTMENT = {"date": "2026-11-24", "time": "14:30", "place": "Havenlaan 100, 1000 Brussel"}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the files, to be spoilt; they are read anew, and again when the test is over."""
    folder = tmp_path / "canned"
    shutil.copytree(canned_replies.FOLDER, folder)
    monkeypatch.setattr(canned_replies, "FOLDER", folder)
    forget()
    yield folder
    forget()


def forget() -> None:
    for cached in (canned_replies.groups, canned_replies.canned_replies, canned_replies.wording):
        cached.cache_clear()


def change(path: Path, old: str, new: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")


def test_every_meaning_is_there_in_every_language_and_keeps_the_rules(package: Package) -> None:
    assert check_canned_replies(set(package.facts)) == []
    assert len(canned_replies.canned_replies()) >= 45
    assert len(languages()) == 14


@pytest.mark.parametrize("code", languages())
def test_every_reply_reads_without_an_open_blank_in_every_language(code: str, package: Package) -> None:
    for reply in canned_replies.canned_replies().values():
        blanks = {blank: VALUES[kind] for blank, kind in reply.blanks.items()}
        said = text(reply.id, code, blanks, package=package)
        assert "{" not in said
        assert "}" not in said
        assert not re.search(r"[\u0660-\u0669\u06f0-\u06f9]", said), "digits are dialled and copied: 0-9 only"


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("nl", "dinsdag 24 november 2026"),
        ("fr", "mardi 24 novembre 2026"),
        ("en", "Tuesday 24 November 2026"),
        ("de", "Dienstag, 24. November 2026"),
        ("es", "martes 24 de noviembre de 2026"),
        ("pt", "terça-feira, 24 de novembro de 2026"),
        ("ru", "вторник, 24 ноября 2026\u202fг."),
        ("tr", "24 Kasım 2026 Salı"),
        ("sq", "e martë, 24 nëntor 2026"),
        ("ar", "الثلاثاء 24/11/2026"),
        ("fa", "سه\u200cشنبه 24/11/2026"),
        ("ps", "سه شنبه 24/11/2026"),
        ("ti", "ሰሉስ 24/11/2026"),
        ("so", "Talaado 24/11/2026"),
    ],
)
def test_a_day_has_its_weekday_and_is_written_as_people_write_it(code: str, day: str, package: Package) -> None:
    said = text("appointment", code, APPOINTMENT, package=package)
    assert day in said
    assert "14:30" in said


@pytest.mark.parametrize("code", languages())
def test_an_address_keeps_its_direction_in_text_that_runs_from_right_to_left(code: str, package: Package) -> None:
    said = text("appointment", code, APPOINTMENT, package=package)
    isolated = "\u2068Havenlaan 100, 1000 Brussel\u2069" in said
    assert isolated == (languages()[code].direction is Direction.RTL)
    assert "Havenlaan 100, 1000 Brussel" in said


def test_a_team_a_language_and_a_page_are_named_in_the_persons_language(package: Package) -> None:
    assert "l'équipe médicale" in text("transferred", "fr", {"team": "medical"}, package=package)
    assert "tigrigna" in text("interpreter_asked", "fr", {"language": "ti"}, package=package)
    assert "ትግርኛ" in text("interpreter_asked", "ti", {"language": "ti"}, package=package)
    assert "Koerdisch" in text("interpreter_asked", "nl", {"language": "ku"}, package=package)
    title = package.page("procedure/lawyer", "so").title
    assert title in text("page_sent", "so", {"topic": "procedure/lawyer"}, package=package)


@pytest.mark.parametrize("team", Team)
def test_every_team_has_a_name_of_its_own_in_every_language(team: Team) -> None:
    for code in languages():
        names = canned_replies.wording(code).teams
        assert list(names.values()).count(names[team]) == 1, code


@pytest.mark.parametrize("code", languages())
def test_the_emergency_number_is_the_fact_and_stands_in_no_text(code: str, package: Package) -> None:
    assert "112" not in canned_replies.wording(code).texts["call_112_now"]
    assert str(package.facts["emergency.phone"].value) in text("call_112_now", code, {}, package=package)


@pytest.mark.parametrize(
    ("reply", "blank", "value"),
    [
        ("appointment", "date", "31/11/2026"),
        ("appointment", "date", "2026-11-31"),
        ("appointment", "time", "25:00"),
        ("appointment", "time", "half three"),
        ("appointment", "place", " \n\u2069 "),
        ("appointment", "place", "Please come quickly. " * 10),
        ("transferred", "team", "police"),
        ("interpreter_asked", "language", "klingon"),
        ("page_sent", "topic", "procedure/no-such-page"),
        ("greeting", "name", ""),
    ],
)
def test_a_wrong_value_is_refused_and_the_blank_is_named(reply: str, blank: str, value: str, package: Package) -> None:
    values = {**APPOINTMENT, blank: value}
    with pytest.raises(BlankNotFilled, match=f"{reply}: {blank}") as caught:
        text(reply, "nl", values, package=package)
    assert caught.value.blank == blank


def test_a_missing_value_is_refused_and_the_blank_is_named(package: Package) -> None:
    with pytest.raises(BlankNotFilled) as caught:
        text("appointment", "nl", {"date": "2026-11-24", "place": "Gent"}, package=package)
    assert caught.value.blank == "time"


def test_what_staff_type_is_never_read_as_a_blank_a_fact_or_a_change_of_direction(package: Package) -> None:
    place = "{time} {{ fact:emergency.phone }} \u2069\u202eGent\n2"
    said = text("appointment", "ar", {**APPOINTMENT, "place": place}, package=package)
    assert "\u2068{time} {{ fact:emergency.phone }} Gent 2\u2069" in said


def test_a_reply_that_does_not_exist_is_an_error(package: Package) -> None:
    with pytest.raises(UnknownCannedReply):
        text("lottery_won", "nl", {}, package=package)


@pytest.mark.parametrize(
    ("query", "interface_language", "first"),
    [
        ("tolk", "nl", "interpreter_arranged"),
        ("INTERPRÈTE demandé", "fr", "interpreter_asked"),
        ("interprete DEMANDE", "fr", "interpreter_asked"),
        ("salut info", "fr", "greeting"),
        ("infop afspr", "nl", "come_to_infopunt_on"),
        ("112", "nl", "call_112_now"),
        ("ambulance", "fr", "call_112_now"),
        ("avocat gratuit", "fr", "how_to_get_lawyer"),
        ("promise", "en", "cannot_promise"),
        ("envelop", "nl", "keep_papers"),
        ("demandez-le-moi", "fr", "translation_may_err"),
        ("gsm", "nl", "update_contact_details"),
    ],
)
def test_staff_find_a_meaning_by_its_name_its_keywords_and_its_text(
    query: str, interface_language: str, first: str
) -> None:
    assert search(query, interface_language)[0].id == first


def test_a_name_comes_before_a_keyword_and_a_keyword_before_a_word_of_the_text() -> None:
    found = [reply.id for reply in search("adres", "nl", limit=20)]
    assert found[0] == "appointment", "in its name"
    assert found.index("appointment") < found.index("where_are_you"), "only in its text"


def test_no_more_than_the_limit_is_found_and_nothing_for_a_word_that_stands_nowhere() -> None:
    assert len(search("a", "fr", limit=3)) == 3
    assert search("xylofoon", "nl") == []


@pytest.mark.parametrize("interface_language", INTERFACE_LANGUAGES)
def test_without_a_query_all_are_shown_group_by_group(interface_language: str) -> None:
    shown = search(" ?", interface_language, limit=1)
    assert len(shown) == len(canned_replies.canned_replies())
    in_order = list(dict.fromkeys(reply.group for reply in shown))
    assert in_order == list(groups())
    assert [reply.group for reply in shown] == sorted((reply.group for reply in shown), key=in_order.index)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{date}", "maandag", "appointment_moved: blanks time, must be date, time, once each"),
        ("{date}", "{date}, {date}", "appointment_moved: blanks date, date, time, must be date, time, once each"),
        ("is verplaatst", "is verplaatst, bel 0800 32 746", "appointment_moved: literal figure '0800 32 746'"),
        ("is verplaatst", "kost nu 25 euro", "appointment_moved: literal figure '25'"),
        ("is verplaatst", "is verplaatst, bel {{ fact:infopunt.phone }}", "appointment_moved: facts infopunt.phone"),
        ("is verplaatst", "is " + "heel ver weg " * 25 + "verplaatst", "characters, at most 300"),
        ("is verplaatst", "is " + "ver weg " * 10 + "verplaatst", "sentence of 24 words, at most 22"),
        ("Uw afspraak is verplaatst. Ze is nu op", "تغيّر وقت موعدك. هو الآن يوم", "not in the script of Dutch"),
    ],
)
def test_a_text_that_breaks_a_rule_is_named_with_its_line(
    copy: Path, package: Package, old: str, new: str, problem: str
) -> None:
    path = copy / "nl.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith("  appointment_moved:"))
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new, 1)
    path.write_text("\n".join(lines), encoding="utf-8")
    found = check_canned_replies(set(package.facts), language="nl")
    assert any(problem in line and line.startswith(f"admin/canned/nl.yaml:{number + 1}:") for line in found), found


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("ps", "  closing:", "  closed:", "admin/canned/ps.yaml:1: missing text closing"),
        ("ps", "  closing:", "  closed:", "unknown text closed"),
        ("ti", "  medical:", "  doctors:", "no name for the team medical"),
        ("tr", "{weekday}", "", "day needs {weekday} and {date}, once each"),
        ("so", "texts:", "text:", "cannot be read: 'texts'"),
        ("nl", "fact:emergency.phone", "fact:emergency.telephone", "unknown fact emergency.telephone"),
        ("meanings", "[hello,", "[off,", "YAML reads a keyword as False"),
        ("meanings", 'en: "Greeting: Info Point"', 'en: ""', "greeting has no name or no keywords in en"),
        ("meanings", "group: return", "group: back", "return_no_pressure: unknown group back"),
        ("meanings", 'fr: "Autres"', 'fr: ""', "other has no name in fr"),
    ],
)
def test_what_is_missing_or_unreadable_is_named(
    copy: Path, package: Package, file: str, old: str, new: str, problem: str
) -> None:
    change(copy / f"{file}.yaml", old, new)
    assert any(problem in line for line in check_canned_replies(set(package.facts)))


def test_a_language_without_a_file_and_a_file_in_another_language_are_named(copy: Path, package: Package) -> None:
    (copy / "so.yaml").unlink()
    shutil.copy(copy / "fa.yaml", copy / "ps.yaml")
    found = check_canned_replies(set(package.facts))
    assert any("admin/canned/so.yaml:1: cannot be read" in line for line in found)
    assert "admin/canned/ps.yaml:1: the texts are not in Pashto" in found
