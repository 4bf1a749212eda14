"""What there is of the package: a table of topics and languages, and what is still open."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from statistics import median

from knowledge.pages import Package, Page, Topic
from knowledge.readability import reading_ease
from knowledge.wording import running_text, word_count
from translations.languages import languages

_HEAD = "| topic | {codes} | words (en) | open questions | review by |"
_LEGEND = (
    "A cell is the status and the number of questions: d draft, r reviewed, a approved, * stale, - missing. "
    "! is a review that is due."
)


def package_report(package: Package, *, today: date) -> str:
    """The matrix of topics and languages, then one line per language, as Markdown."""
    return "\n".join([_LEGEND, "", *_matrix(package, today), "", *_by_language(package)])


def _matrix(package: Package, today: date) -> Iterator[str]:
    codes = list(languages())
    yield _HEAD.format(codes=" | ".join(codes))
    yield "|---" * (len(codes) + 4) + "|"
    for topic in package.topics.values():
        cells = [_cell(package, package.pages.get((topic.id, code))) for code in codes]
        yield f"| {topic.id} | {' | '.join(cells)} | {_words_of(package, topic)} | {_open(topic, today)} |"


def _cell(package: Package, page: Page | None) -> str:
    if page is None:
        return "-"
    return f"{page.status[0]}{'*' if package.is_stale(page) else ''}{len(page.questions)}"


def _words_of(package: Package, topic: Topic) -> str:
    page = package.pages.get((topic.id, "en"))
    return str(_words(page)) if page else "-"


def _open(topic: Topic, today: date) -> str:
    return f"{len(topic.open_questions)} | {topic.review_by}{'!' if topic.review_by < today else ''}"


def _words(page: Page) -> int:
    return sum(word_count(text.short_answer) + word_count(text.details) for text in page.texts.values())


def _by_language(package: Package) -> Iterator[str]:
    yield "| language | pages | questions | words | draft | reviewed | approved | stale | reading ease (median) |"
    yield "|---" * 9 + "|"
    for code in languages():
        yield _language_row(package, code, list(package.pages_in(code)))
    pages = list(package.pages.values())
    questions = sum(len(page.questions) for page in pages)
    unsettled = sum(len(topic.open_questions) for topic in package.topics.values())
    yield f"\n{len(pages)} pages of {len(package.topics)} topics, {questions} questions, {unsettled} open questions"


def _language_row(package: Package, code: str, pages: list[Page]) -> str:
    status = Counter(page.status for page in pages)
    eases = [reading_ease(running_text(text), code) for page in pages for text in page.texts.values()]
    known = [ease for ease in eases if ease is not None]
    cells = [
        code,
        len(pages),
        sum(len(page.questions) for page in pages),
        sum(_words(page) for page in pages),
        *(status[name] for name in ("draft", "reviewed", "approved")),
        sum(package.is_stale(page) for page in pages),
        f"{median(known):.0f}" if known else "no formula",
    ]
    return f"| {' | '.join(map(str, cells))} |"
