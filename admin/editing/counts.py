"""How often pages are asked for and how often they help, for the matrix."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import func, select
from sqlmodel import Session, col

from bot.counts import TopicCount

LOOKED_AT = timedelta(days=30)
ENOUGH_SAID = 5
"""Of fewer people who said something no share is shown."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How often something was answered, helped, and was not what was asked."""

    answered: int = 0
    helped: int = 0
    not_meant: int = 0

    @property
    def helped_share(self) -> float | None:
        """Which part of those who said something it helped, 0 to 1; None when too few did."""
        said = self.helped + self.not_meant
        return self.helped / said if said >= ENOUGH_SAID else None

    def __add__(self, other: "Asked") -> "Asked":
        return Asked(
            answered=self.answered + other.answered,
            helped=self.helped + other.helped,
            not_meant=self.not_meant + other.not_meant,
        )


def asked_by_page(session: Session, *, today: date) -> dict[tuple[str, str], Asked]:
    """The sums of the last 30 days, by topic and language; nothing for what nobody asked."""
    since = (today - LOOKED_AT).isoformat()
    page = col(TopicCount.topic), col(TopicCount.language)
    figures = col(TopicCount.answered), col(TopicCount.helped), col(TopicCount.not_meant)
    query = select(*page, *(func.sum(figure) for figure in figures)).where(col(TopicCount.day) >= since).group_by(*page)
    return {
        (topic, language): Asked(answered=int(answered), helped=int(helped), not_meant=int(not_meant))
        for topic, language, answered, helped, not_meant in session.execute(query).all()
    }


def asked_by_topic(by_page: dict[tuple[str, str], Asked]) -> dict[str, Asked]:
    """The same by topic, all languages together."""
    in_order = sorted(by_page)
    return {
        topic: sum((by_page[page] for page in pages), Asked())
        for topic, pages in groupby(in_order, key=lambda page: page[0])
    }
