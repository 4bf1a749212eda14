"""What the rest of Wegwijs builds on cannot be published away."""

from collections.abc import Callable

import pytest

from admin.editing.rules import broken_rules
from admin.editing.units import fact_unit, with_units
from knowledge.pages import Package, read_package


def without_topic(package: Package, topic: str) -> dict[str, str]:
    return {path: text for path, text in package.sources.items() if not path.startswith(f"{topic}/")}


def without_fact(package: Package, key: str) -> dict[str, str]:
    return with_units(package.sources, {fact_unit(key): None})


def other_kind(package: Package, key: str) -> dict[str, str]:
    return with_units(package.sources, {fact_unit(key): f'{key}: {{value: "always", source: "s", date: 2026}}\n'})


@pytest.mark.parametrize(
    ("change", "what", "told"),
    [
        (without_topic, "health/suicidal-thoughts", "answers danger"),
        (without_topic, "procedure/appeal", "procedure/appeal"),
        (without_fact, "infopunt.hours", "says when infopunt answers"),
        (other_kind, "infopunt.hours", "as opening hours"),
        (without_fact, "emergency.phone", "unknown fact emergency.phone"),
    ],
)
def test_what_something_else_needs_stays(
    package: Package, change: Callable[[Package, str], dict[str, str]], what: str, told: str
) -> None:
    changed = read_package(change(package, what), like=package)
    problems = [str(problem) for problem in broken_rules(changed, before=package)]
    assert any(told in problem for problem in problems), problems


def test_the_package_itself_can_be_published(package: Package) -> None:
    assert broken_rules(package, before=package) == []
