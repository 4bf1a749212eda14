"""Why somebody waits and for whom: danger first, then what was asked, then where they are."""

from typing import Any

import pytest

from bot.conversations import Conversation
from bot.routing import OFFER_AFTER, Routing
from bot.teams import Team
from knowledge.pages import Package
from wegwijs.storage import now

ROUTING = Routing(
    teams={
        "health/dentist": Team.MEDICAL,
        "return/what-is-it": Team.RETURN,
        "reception/reach-out": Team.REACH_OUT,
        "future/school": Team.INFOPUNT,
        "procedure/lost-papers": Team.INFOPUNT,
    },
    needs_person=frozenset({"procedure/lost-papers"}),
)


def waiting(*, situation: str | None = None, town: str | None = None, **fields: Any) -> dict[str, Any]:
    conversation = Conversation(id="c", channel="web", token_hash="h", **fields)
    return ROUTING.waiting(conversation, situation=situation, town=town, since=now())


@pytest.mark.parametrize(
    ("fields", "team"),
    [
        ({}, "infopunt"),
        ({"topic": "future/school"}, "infopunt"),
        ({"topic": "a topic that is gone"}, "infopunt"),
        ({"topic": "health/dentist"}, "medical"),
        ({"topic": "return/what-is-it"}, "return"),
        ({"topic": "reception/reach-out"}, "reach-out"),
        ({"danger": "medical"}, "medical"),
        ({"danger": "violence"}, "infopunt"),
        ({"danger": "violence", "topic": "return/what-is-it", "situation": "out", "town": "Gent"}, "infopunt"),
        ({"situation": "out", "town": "Gent"}, "reach-out"),
        ({"situation": "out", "town": "Gent", "topic": "future/school"}, "reach-out"),
        ({"situation": "out", "town": "Gent", "topic": "health/dentist"}, "medical"),
        ({"situation": "out"}, "infopunt"),
        ({"situation": "in", "town": "Gent"}, "infopunt"),
        ({"situation": "not_told", "town": "Gent"}, "infopunt"),
    ],
)
def test_the_team_is_that_of_danger_then_of_the_topic_then_of_the_street(fields: dict[str, Any], team: str) -> None:
    assert waiting(**fields)["team"] == team


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "asked"),
        ({"misunderstood": OFFER_AFTER - 1}, "asked"),
        ({"misunderstood": OFFER_AFTER}, "misunderstood"),
        ({"topic": "procedure/lost-papers"}, "page"),
        ({"topic": "future/school"}, "asked"),
        ({"topic": "procedure/lost-papers", "danger": "suicide", "misunderstood": OFFER_AFTER}, "danger"),
    ],
)
def test_the_desk_is_told_why_somebody_waits(fields: dict[str, Any], reason: str) -> None:
    assert waiting(**fields)["reason"] == reason


def test_a_town_that_was_kept_before_is_not_lost() -> None:
    shared = Conversation(id="c", channel="web", token_hash="h", town="Gent")
    assert ROUTING.waiting(shared, situation="out", town=None, since=now())["town"] == "Gent"
    assert ROUTING.waiting(shared, situation="out", town="Luik", since=now())["town"] == "Luik"


def test_every_topic_of_the_package_has_a_team_at_the_desk(package: Package) -> None:
    routing = Routing.of(package)
    assert routing.teams.keys() == package.topics.keys()
    assert set(routing.teams.values()) == set(Team)
