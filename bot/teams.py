"""The teams of people behind Wegwijs, and which of them a topic belongs to."""

from enum import StrEnum


class Team(StrEnum):
    """A team that answers at the desk."""

    INFOPUNT = "infopunt"
    REACH_OUT = "reach-out"
    MEDICAL = "medical"
    RETURN = "return"


_AT_THE_DESK = frozenset(Team)


def team_of_topic(topic_team: str) -> Team:
    """Who answers for a topic at the desk: the Info Point also for centres, lawyers and emergency services."""
    return Team(topic_team) if topic_team in _AT_THE_DESK else Team.INFOPUNT
