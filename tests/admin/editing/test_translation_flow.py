"""A change in a source shows at once which translations lag behind, and what a person does about one is a draft."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from admin.editing.drafts import DraftChangedMeanwhile, draft_of, save_draft
from admin.editing.forms import fields_of
from admin.editing.published import Publishing, publish
from admin.editing.translation_flow import (
    Lack,
    NoSuchTranslation,
    NotASpeaker,
    NotWhole,
    Now,
    TranslationIsStale,
    Wording,
    approve,
    as_it_will_be,
    keep,
    machine_made,
    open_counts,
    open_translations,
    put_in,
    source_of,
    source_then,
    target_languages,
    translation_of,
)
from admin.tables import Staff
from knowledge.pages import Package, read_package
from knowledge.served import ServedPackage
from wegwijs.storage import transaction

TOPIC = "procedure/appeal"
ENGLISH, DUTCH, TIGRINYA = (f"{TOPIC}/{code}.md" for code in ("en", "nl", "ti"))


@pytest.fixture
def session(published: ServedPackage) -> Iterator[Session]:
    """One transaction for the whole test."""
    with transaction() as opened:
        yield opened


def now(session: Session, package: Package) -> Now:
    return as_it_will_be(session, package)


def change(session: Session, package: Package, unit: str, *, revision: int = 0, **fields: object) -> None:
    """Somebody types in a page."""
    before = now(session, package).package.sources[unit]
    save_draft(session, unit, fields_of(unit, before) | fields, revision=revision, by=1, sources=package.sources)


def lack(session: Session, package: Package, language: str = "nl") -> Lack | None:
    found = translation_of(now(session, package).package, TOPIC, language)
    return found.lack if found else None


def draft_status(session: Session, unit: str = DUTCH) -> str:
    draft = draft_of(session, unit)
    assert draft is not None
    assert draft.fields is not None
    return str(draft.fields["status"])


def test_every_page_lacks_at_most_one_thing(package: Package) -> None:
    for language in target_languages():
        found = list(open_translations(package, language))
        assert sum(open_counts(package, language).values()) == len(found)
        stale = {each.source.topic for each in found if each.lack is Lack.STALE}
        assert stale == {page.topic for page in package.pages_in(language) if package.is_stale(page)}
    in_theme = list(open_translations(package, "nl", theme="health"))
    assert {each.source.topic.split("/")[0] for each in in_theme} == {"health"}


def test_the_languages_somebody_speaks_come_first() -> None:
    assert target_languages(["ti", "fr"])[:2] == ["fr", "ti"]
    assert "en" not in target_languages(["en"])


def test_the_draft_of_a_source_makes_its_translations_stale_before_anything_is_published(
    session: Session, package: Package, editor: Staff
) -> None:
    assert lack(session, package) is Lack.UNREVIEWED
    change(session, package, ENGLISH, title="Going to court")
    assert {lack(session, package, code) for code in target_languages()} == {Lack.STALE}
    assert package.is_stale(package.page(TOPIC, "nl")) is False


def test_a_page_that_is_not_there_is_missing(session: Session, package: Package) -> None:
    without = read_package({path: text for path, text in package.sources.items() if path != DUTCH}, like=package)
    assert lack(session, without) is Lack.MISSING
    with pytest.raises(NoSuchTranslation):
        source_of(package, TOPIC, "en")
    with pytest.raises(NoSuchTranslation):
        source_of(package, "procedure/nothing", "nl")


def test_what_is_kept_is_stale_no_more_and_says_the_same(session: Session, package: Package, editor: Staff) -> None:
    change(session, package, ENGLISH, title="Going to court")
    keep(session, now(session, package), TOPIC, "nl", by=editor, revision=0)
    assert lack(session, package) is Lack.UNREVIEWED
    kept = now(session, package).package.page(TOPIC, "nl")
    assert kept.hash == package.page(TOPIC, "nl").hash
    assert kept.questions == package.page(TOPIC, "nl").questions
    with pytest.raises(DraftChangedMeanwhile):
        keep(session, now(session, package), TOPIC, "nl", by=editor, revision=7)


def test_the_text_a_translation_was_made_from_is_found_among_the_versions(
    session: Session, package: Package, editor: Staff
) -> None:
    old = package.page(TOPIC, "en")
    changed = read_package(
        {**package.sources, ENGLISH: package.sources[ENGLISH].replace("Appeal at the court", "Going to court")},
        like=package,
    )
    publish(session, changed, Publishing(why="x"))
    page = changed.page(TOPIC, "nl")
    assert changed.is_stale(page)
    found = source_then(session, page)
    assert found is not None
    assert (found.title, found.hash) == (old.title, old.hash)


def test_a_text_that_was_only_ever_a_draft_is_found_no_more(session: Session, package: Package, editor: Staff) -> None:
    change(session, package, ENGLISH, title="A passing thought")
    keep(session, now(session, package), TOPIC, "nl", by=editor, revision=0)
    change(session, package, ENGLISH, revision=1, title="A better one")
    assert lack(session, package) is Lack.STALE
    assert source_then(session, now(session, package).package.page(TOPIC, "nl")) is None


def test_only_a_speaker_approves_and_only_what_is_not_stale(session: Session, package: Package, editor: Staff) -> None:
    assert editor.speaks == ["nl", "fr"]
    with pytest.raises(NotASpeaker):
        approve(session, now(session, package), TOPIC, "ti", by=editor, revision=0)
    assert draft_of(session, TIGRINYA) is None
    approve(session, now(session, package), TOPIC, "nl", by=editor, revision=0)
    assert draft_status(session) == "approved"
    assert lack(session, package) is None
    change(session, package, ENGLISH, title="Going to court")
    with pytest.raises(TranslationIsStale):
        approve(session, now(session, package), TOPIC, "nl", by=editor, revision=1)


def test_half_a_page_is_not_approved(session: Session, package: Package, editor: Staff) -> None:
    fields = fields_of(DUTCH, package.sources[DUTCH]) | {"texts": {"": {"short_answer": "", "details": ""}}}
    save_draft(session, DUTCH, fields, revision=0, by=1, sources=package.sources)
    with pytest.raises(NotWhole):
        approve(session, now(session, package), TOPIC, "nl", by=editor, revision=1)


def test_the_approval_of_a_speaker_ends_when_another_says_it_is_still_right(
    session: Session, package: Package, editor: Staff
) -> None:
    change(session, package, DUTCH, status="approved")
    change(session, package, TIGRINYA, status="approved")
    change(session, package, ENGLISH, title="Going to court")
    keep(session, now(session, package), TOPIC, "nl", by=editor, revision=1)
    keep(session, now(session, package), TOPIC, "ti", by=editor, revision=1)
    assert draft_status(session, DUTCH) == "approved"
    assert draft_status(session, TIGRINYA) == "reviewed"


def test_what_the_machine_made_is_a_draft_and_known_as_such_until_a_person_changes_it(
    session: Session, package: Package, editor: Staff
) -> None:
    change(session, package, DUTCH, status="approved")
    page = package.page(TOPIC, "nl")
    wording = Wording(language="nl", title="Door de machine", texts=dict(page.texts))
    source = package.page(TOPIC, "en")
    put_in(session, now(session, package), source, wording, by=editor, revision=1, by_machine=True)
    assert draft_status(session) == "draft"
    assert machine_made(session, [now(session, package).package.page(TOPIC, "nl")]) == {DUTCH}
    assert machine_made(session, package.pages.values()) == set()
    change(session, package, DUTCH, revision=2, title="Door een mens")
    assert machine_made(session, [now(session, package).package.page(TOPIC, "nl")]) == set()
