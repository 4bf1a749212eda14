"""What a package must keep to be published: the writing rules, and all that the rest of Wegwijs builds on."""

from collections.abc import Iterator

from admin.check_canned_replies import check_canned_replies
from bot.replies import DANGER_PAGES
from bot.teams import OPENING_HOURS
from knowledge.check import check_package
from knowledge.check_glossary import check_glossary
from knowledge.pages import FACTS, Package, Problem, topic_path
from translations.check import check_texts


def broken_rules(package: Package, *, before: Package | None = None) -> list[Problem]:
    """What keeps this package from being published, by file and line; with the one `before`, what broke since."""
    problems = [problem for problem in check_package(package, before=before) if problem.blocks]
    return sorted({*problems, *broken_beside(package, before=before)})


def broken_beside(package: Package, *, before: Package | None = None) -> list[Problem]:
    """What breaks outside the pages: what the rest of Wegwijs builds on."""
    problems = list(_needed(package))
    if before is None or before.facts.keys() - package.facts.keys() or before.topics.keys() - package.topics.keys():
        problems += check_glossary(package)
        problems += _beside_the_package(package)
    return problems


def _needed(package: Package) -> Iterator[Problem]:
    """What answers danger, and when teams answer."""
    for danger, topics in DANGER_PAGES.items():
        for topic in topics:
            if topic not in package.topics:
                message = f"this topic answers danger ({danger}): it cannot go"
                yield Problem(path=topic_path(topic), line=1, message=message)
    for team, keys in OPENING_HOURS.items():
        for key in keys:
            if key not in package.facts or package.facts[key].kind != "hours":
                message = f"{key} says when {team} answers: it stays, as opening hours"
                yield Problem(path=FACTS, line=1, message=message)


def _beside_the_package(package: Package) -> Iterator[Problem]:
    facts = set(package.facts)
    for told in (*check_texts(facts), *check_canned_replies(facts)):
        place, _, message = told.partition(": ")
        yield Problem(path=place.partition(":")[0], line=1, message=message)
