"""What goes to a translation agency comes back the same, and what came back broken is refused with its place."""

import re
from collections.abc import Callable

import pytest
from lxml import etree

from admin.editing.drafts import draft_of, drafts
from admin.editing.exchange import MOST_BYTES
from admin.editing.from_agency import Import, RefusedPage, Why, read_back, take_back
from admin.editing.to_agency import aligned, sent_pages
from admin.editing.translation_flow import (
    Lack,
    OpenTranslation,
    as_it_will_be,
    open_translations,
    translation_of,
)
from admin.editing.xliff import NotXliff, Unreadable, read_xliff, written_xliff
from admin.tables import Staff
from knowledge.pages import Package, Page, read_package
from knowledge.served import ServedPackage
from wegwijs.storage import transaction

TOPIC, LANGUAGE = "procedure/appeal", "nl"
UNIT = f"{TOPIC}/{LANGUAGE}.md"
Changed = Callable[[str], str]


def nothing(_page: Page) -> Page | None:
    return None


def sent(package: Package, topic: str = TOPIC, language: str = LANGUAGE) -> str:
    todo = translation_of(package, topic, language)
    assert todo is not None
    return written_xliff(list(sent_pages(package, [todo], then=nothing))).decode()


def with_target(file: str, segment: str, change: Changed) -> str:
    """The file with the inside of one target changed."""
    pattern = rf'(<trans-unit[^>]* id="{segment}".*?<target[^>]*>)(.*?)(</target>)'
    made, count = re.subn(pattern, lambda found: found[1] + change(found[2]) + found[3], file, count=1, flags=re.DOTALL)
    assert count == 1
    return made


def refused(package: Package, file: str) -> list[tuple[str, Why, str]]:
    (page,) = read_xliff(file.encode())
    with pytest.raises(RefusedPage) as found:
        read_back(package, page)
    return [(each.segment, each.why, each.about) for each in found.value.refusals]


@pytest.mark.parametrize("language", ["ar", "ti", "nl"])
def test_the_whole_package_goes_out_and_comes_back_the_same(package: Package, language: str) -> None:
    pages = [each for each in open_translations(package, language) if each.lack is not Lack.STALE]
    assert len(pages) > 100
    returned = read_xliff(written_xliff(list(sent_pages(package, pages, then=nothing))))
    assert len(returned) == len(pages)
    for each, back in zip(pages, returned, strict=True):
        source, wording = read_back(package, back)
        assert each.page is not None
        assert source is each.source
        assert (wording.title, dict(wording.texts)) == (each.page.title, dict(each.page.texts))


def test_export_import_export_gives_the_same_file(package: Package) -> None:
    file = sent(package, language="ti")
    (page,) = read_xliff(file.encode())
    _, wording = read_back(package, page)
    standing = package.page(TOPIC, "ti")
    assert (wording.title, dict(wording.texts)) == (standing.title, dict(standing.texts))
    assert sent(package, language="ti") == file


def test_it_is_xliff_1_2_with_ids_states_and_notes(package: Package) -> None:
    root = etree.fromstring(sent(package).encode())
    ns = {"x": "urn:oasis:names:tc:xliff:document:1.2"}
    assert root.tag == f"{{{ns['x']}}}xliff"
    assert root.get("version") == "1.2"
    (file,) = root.findall("x:file", ns)
    assert (file.get("source-language"), file.get("target-language")) == ("en", "nl")
    assert file.get("original") == f"{UNIT}#{package.page(TOPIC, 'en').hash}"
    units = file.findall(".//x:trans-unit", ns)
    assert [unit.get("id") for unit in units[:4]] == ["title", "short_answer", "details-1", "details-2"]
    assert {unit.find("x:target", ns).get("state") for unit in units} == {"needs-review-translation"}
    assert "how many days to appeal" in units[0].findtext("x:note", namespaces=ns)
    facts = units[1].findall("x:source/x:x", ns)
    assert [fact.get("id") for fact in facts] == ["1", "2", "3", "4"]
    assert facts[1].get("equiv-text") == "30"
    assert "2: {{ fact:appeal.ordinary-days }}" in units[1].findtext("x:note", namespaces=ns)
    (link,) = file.findall(".//x:source/x:g[@equiv-text='topic:procedure/lawyer']", ns)
    assert link.text == "free lawyer"


@pytest.mark.parametrize(
    ("segment", "change", "why", "about"),
    [
        ("short_answer", lambda line: re.sub(r'<x id="2"[^>]*/>', "30", line), Why.LOST, "appeal.ordinary-days"),
        ("details-4", lambda line: re.sub(r"</?g[^>]*>", "", line), Why.LOST, "(topic:procedure/lawyer)"),
        ("short_answer", lambda line: line + "{{ fact:call.phone }}", Why.ADDED, "call.phone"),
        ("short_answer", lambda line: line.replace('id="2"', 'id="9"'), Why.UNKNOWN_CODE, "9"),
        ("details-2", lambda line: f"<bpt id='1'>&lt;b&gt;</bpt>{line}", Why.UNKNOWN_CODE, "<bpt>"),
        ("details-2", lambda _line: "", Why.NOT_TRANSLATED, ""),
        ("details-2", lambda _line: "# in", Why.MARK, "#"),
        ("details-2", lambda _line: "- een lijst", Why.MARK, "-"),
    ],
)
def test_a_line_that_lost_something_is_refused_with_its_id(
    package: Package, segment: str, change: Changed, why: Why, about: str
) -> None:
    ((place, found, said),) = refused(package, with_target(sent(package), segment, change))
    assert (place, found) == (segment, why)
    assert about in said


def test_a_placeholder_that_a_tool_wrote_out_is_taken(package: Package) -> None:
    as_text = with_target(
        sent(package),
        "short_answer",
        lambda line: re.sub(r'<x id="2"[^>]*/>', "<mrk mtype='seg'>{{ fact:appeal.ordinary-days }}</mrk>", line),
    )
    _, wording = read_back(package, read_xliff(as_text.encode())[0])
    assert dict(wording.texts) == dict(package.page(TOPIC, LANGUAGE).texts)


def test_what_is_for_another_text_page_or_language_is_refused(package: Package) -> None:
    file = sent(package)
    source = package.page(TOPIC, "en")
    assert refused(package, file.replace(source.hash, "0" * 16)) == [("", Why.OTHER_SOURCE, "")]
    assert refused(package, file.replace("procedure/appeal/nl", "procedure/nothing/nl")) == [("", Why.UNKNOWN_PAGE, "")]
    assert refused(package, file.replace("procedure/appeal/nl", "procedure/appeal/xx")) == [("", Why.UNKNOWN_PAGE, "")]
    assert refused(package, file.replace("procedure/appeal/nl", "procedure/appeal/en")) == [("", Why.UNKNOWN_PAGE, "")]
    assert refused(package, file.replace('target-language="nl"', 'target-language="fr"')) == [
        ("", Why.OTHER_LANGUAGE, "fr")
    ]
    pattern = r"<source>(.*?)</source>(.*?)<target([^>]*)>.*?</target>"
    copied = re.sub(pattern, r"<source>\1</source>\2<target\3>\1</target>", file, flags=re.DOTALL)
    assert refused(package, copied) == [("", Why.NOT_IN_LANGUAGE, "nl")]
    assert refused(package, file.replace('id="details-3"', 'id="details-99"')) == [
        ("details-99", Why.UNKNOWN_SEGMENT, ""),
        ("details-3", Why.NOT_TRANSLATED, ""),
    ]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"title,text", Unreadable.NOT_XML),
        (b"", Unreadable.NOT_XML),
        (b"<html/>", Unreadable.NOT_XLIFF),
        (b'<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0"/>', Unreadable.NOT_XLIFF),
        (b'<xliff version="1.2"/>', Unreadable.NOT_XLIFF),
        (b'<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"/>', Unreadable.NOT_XLIFF),
        (f"{LAUGHS}<xliff>&b;</xliff>".encode(), Unreadable.ENTITIES),
        (f"{OUTSIDE}<xliff>&a;</xliff>".encode(), Unreadable.ENTITIES),
        (f'<?xml version="1.0" encoding="utf-16"?>{LAUGHS}<xliff/>'.encode("utf-16"), Unreadable.ENTITIES),
        ("<xliff>é</xliff>".encode("latin-1"), Unreadable.NOT_UTF8),
        (b" " * (MOST_BYTES + 1), Unreadable.TOO_BIG),
        (b"<a>" * 100_000, Unreadable.NOT_XML),
    ],
)
def test_what_is_no_xliff_or_not_safe_is_refused(data: bytes, reason: Unreadable) -> None:
    with pytest.raises(NotXliff) as found:
        read_xliff(data)
    assert found.value.reason is reason


def taken(published: ServedPackage, file: str, by: Staff, *, replace: bool = False) -> Import:
    with transaction() as session:
        now = as_it_will_be(session, published.package)
        return take_back(session, now, read_xliff(file.encode()), by=by, replace=replace)


def test_the_good_pages_become_drafts_and_the_others_are_named(
    published: ServedPackage, package: Package, editor: Staff
) -> None:
    topics = [TOPIC, "procedure/lawyer", "procedure/dublin"]
    todo = [each for each in open_translations(package, LANGUAGE) if each.source.topic in topics]
    file = written_xliff(list(sent_pages(package, todo, then=nothing))).decode()
    better = file.replace(package.page(TOPIC, LANGUAGE).title, "Naar de rechter gaan")
    broken = better.replace(package.page("procedure/dublin", "en").hash, "0" * 16)
    result = taken(published, broken, editor)
    assert result.taken == (UNIT,)
    assert result.same == ("procedure/lawyer/nl.md",)
    assert [(each.page, each.why) for each in result.refused] == [("procedure/dublin/nl.md", Why.OTHER_SOURCE)]
    with transaction() as session:
        (draft,) = drafts(session)
        assert draft.fields is not None
        assert draft.fields["title"] == "Naar de rechter gaan"
        assert draft.fields["status"] == "draft"
        assert draft.fields["questions"] == list(package.page(TOPIC, LANGUAGE).questions)


def test_what_somebody_is_working_on_is_replaced_only_when_that_is_wanted(
    published: ServedPackage, package: Package, editor: Staff
) -> None:
    file = sent(package)
    title = package.page(TOPIC, LANGUAGE).title
    assert taken(published, file.replace(title, "Eerste"), editor).taken == (UNIT,)
    second = taken(published, file.replace(title, "Tweede"), editor)
    assert [each.why for each in second.refused] == [Why.HAS_DRAFT]
    assert taken(published, file.replace(title, "Tweede"), editor, replace=True).taken == (UNIT,)
    with transaction() as session:
        draft = draft_of(session, UNIT)
        assert draft is not None
        assert draft.fields is not None
        assert draft.fields["title"] == "Tweede"


def test_a_page_without_end_is_refused_and_the_others_are_taken(
    published: ServedPackage, package: Package, editor: Staff
) -> None:
    file = sent(package)
    endless = with_target(file, "short_answer", lambda line: line + " en zo voort" * 500)
    assert [(each.page, each.why) for each in taken(published, endless, editor).refused] == [(UNIT, Why.TOO_LONG)]
    # The same page twice in a file: the first is taken.
    title = package.page(TOPIC, LANGUAGE).title
    page = re.search("<file .*</file>", file, re.DOTALL)
    assert page is not None
    twice = file.replace(page[0], page[0].replace(title, "Eerste") + page[0].replace(title, "Tweede"))
    result = taken(published, twice, editor)
    assert result.taken == (UNIT,)
    assert [each.why for each in result.refused] == [Why.HAS_DRAFT]


def test_of_a_changed_source_only_what_changed_is_to_be_translated(package: Package) -> None:
    path = f"{TOPIC}/en.md"
    changed = read_package(
        {**package.sources, path: package.sources[path].replace("This does not stop a removal.", "It stops nothing.")},
        like=package,
    )
    todo = translation_of(changed, TOPIC, LANGUAGE)
    assert todo is not None
    assert todo.lack is Lack.STALE
    (page,) = sent_pages(changed, [todo], then=lambda _: package.page(TOPIC, "en"))
    open_ = [segment for segment in page.segments if segment.target is None]
    assert len(open_) == 1
    assert open_[0].before is not None
    assert "This does not stop a removal." in open_[0].before.source
    assert open_[0].before.target in package.page(TOPIC, LANGUAGE).texts[None].details


def test_a_page_that_is_missing_goes_out_without_translations_and_comes_in_as_a_draft(
    published: ServedPackage, package: Package, editor: Staff
) -> None:
    without = read_package({path: text for path, text in package.sources.items() if path != UNIT}, like=package)
    todo = translation_of(without, TOPIC, LANGUAGE)
    assert todo == OpenTranslation(source=package.page(TOPIC, "en"), language="nl", page=None, lack=Lack.MISSING)
    file = written_xliff(list(sent_pages(without, [todo], then=nothing))).decode()
    assert "<target" not in file
    full = sent(package)
    with transaction() as session:
        result = take_back(session, as_it_will_be(session, without), read_xliff(full.encode()), by=editor)
        assert result.taken == (UNIT,)
        now = as_it_will_be(session, without)
        made = now.package.page(TOPIC, LANGUAGE)
    assert dict(made.texts) == dict(package.page(TOPIC, LANGUAGE).texts)
    assert made.questions == ()


def test_nearly_every_translation_stands_line_beside_line_with_its_source(package: Package) -> None:
    pages = [page for page in package.pages.values() if page.language != "en" and not package.is_stale(page)]
    apart = [page.path for page in pages if aligned(package.page(page.topic, "en"), page) is None]
    assert len(apart) <= 3
