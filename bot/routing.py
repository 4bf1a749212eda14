"""Why somebody waits for a person, and for which team."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.conversations import Conversation, State
from bot.teams import Team, team_of_topic
from knowledge.pages import Package, Situation

OFFER_AFTER = 3
"""So many messages in a row that were not understood, and the bot offers a person."""


class Reason(StrEnum):
    """Why a conversation is on the desk's list."""

    ASKED = "asked"
    DANGER = "danger"
    MISUNDERSTOOD = "misunderstood"
    PAGE = "page"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Who answers for which topic, and the topics that a person must look at together with the reader."""

    teams: Mapping[str, Team] = field(default_factory=dict)
    needs_person: frozenset[str] = frozenset()

    @classmethod
    def of(cls, package: Package) -> "Routing":
        """As the topics of the package say."""
        topics = package.topics.values()
        return cls(
            teams={topic.id: team_of_topic(topic.team) for topic in topics},
            needs_person=frozenset(topic.id for topic in topics if topic.needs_person),
        )

    def waiting(
        self, conversation: Conversation, *, situation: str | None, town: str | None, since: datetime
    ) -> dict[str, Any]:
        """What changes in a conversation that begins to wait."""
        town = town or conversation.town
        return {
            "state": State.WAITING,
            "reason": self._reason(conversation).value,
            "team": self.team(conversation, situation=situation, town=town).value,
            "town": town,
            "waiting_since": since,
            "misunderstood": 0,
        }

    def team(self, conversation: Conversation, *, situation: str | None, town: str | None) -> Team:
        """Danger first, then the team of what was asked last, then Reach-Out for who is outside and says where.

        Danger goes to the Info Point, which is there on most days, but a medical one to the medical point.
        """
        if conversation.danger is not None:
            return Team.MEDICAL if conversation.danger == "medical" else Team.INFOPUNT
        of_topic = self.teams.get(conversation.topic or "", Team.INFOPUNT)
        if of_topic is not Team.INFOPUNT:
            return of_topic
        return Team.REACH_OUT if situation == Situation.OUT and town else Team.INFOPUNT

    def _reason(self, conversation: Conversation) -> Reason:
        if conversation.danger is not None:
            return Reason.DANGER
        if conversation.misunderstood >= OFFER_AFTER:
            return Reason.MISUNDERSTOOD
        return Reason.PAGE if conversation.topic in self.needs_person else Reason.ASKED
