"""The teams of people behind Wegwijs: which of them a topic belongs to, what they are called, when they are there."""

from collections.abc import Mapping
from enum import StrEnum

from translations.glossary import term


class Team(StrEnum):
    """A team that answers at the desk."""

    INFOPUNT = "infopunt"
    REACH_OUT = "reach-out"
    MEDICAL = "medical"
    RETURN = "return"


OPENING_HOURS: Mapping[Team, tuple[str, ...]] = {
    Team.INFOPUNT: ("infopunt.hours",),
    Team.RETURN: ("return-line.morning", "return-line.afternoon"),
    Team.REACH_OUT: (),
    Team.MEDICAL: (),
}
"""The facts that say when a team answers. None are known of Reach-Out and the medical point, nor where they stand."""

_AT_THE_DESK = frozenset(Team)
_TERMS = {
    Team.INFOPUNT: "info-point",
    Team.REACH_OUT: "reach-out",
    Team.MEDICAL: "refugee-medical-point",
    Team.RETURN: "return-desk",
}


def team_of_topic(topic_team: str) -> Team:
    """Who answers for a topic at the desk: the Info Point also for centres, lawyers and emergency services."""
    return Team(topic_team) if topic_team in _AT_THE_DESK else Team.INFOPUNT


def team_name(team: str, language: str) -> str:
    """What the glossary calls this team in this language."""
    return term(_TERMS[Team(team)], language).name
