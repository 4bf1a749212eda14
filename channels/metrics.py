"""What the service counts and times, for Prometheus and /health: never a word, a name or a handle."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, select

from bot.conversations import Author, Conversation, Message
from channels.outbound import TROUBLE, UNDER_WAY, Delivery
from wegwijs.storage import now, transaction

COUNTED = CollectorRegistry()
"""What the worker counts; it begins anew with its process, as Prometheus expects."""
STORED = CollectorRegistry()
"""What stands in the database."""
TURNS = Counter("wegwijs_turns", "Messages of persons that were worked off", ["channel"], registry=COUNTED)
PARKED = Counter("wegwijs_parked", "Messages parked after three tries", ["channel"], registry=COUNTED)
SENDINGS = Counter(
    "wegwijs_sendings", "Attempts to send, by what became of them", ["channel", "state"], registry=COUNTED
)
TURN_SECONDS = Histogram(
    "wegwijs_turn_seconds",
    "From a message stored to its replies written",
    ["channel"],
    buckets=(0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 2, 5, 10, 30, 60),
    registry=COUNTED,
)


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What waits to be worked off: how many messages, and how many seconds the oldest."""

    messages: int
    age: float


def backlog(session: Session) -> Backlog:
    """What waits now, on every replica together."""
    query = select(func.count(), func.min(Message.created_at)).where(
        Message.author == Author.PERSON, col(Message.processed_at).is_(None)
    )
    count, oldest = session.exec(query).one()
    return Backlog(messages=count, age=max(0.0, (now() - oldest).total_seconds()) if oldest is not None else 0.0)


def sendings_under_way(session: Session) -> dict[str, Backlog]:
    """What waits to be sent, by channel."""
    query = (
        select(Delivery.channel, func.count(), func.min(Delivery.created_at))
        .where(col(Delivery.state).in_(UNDER_WAY))
        .group_by(col(Delivery.channel))
    )
    moment = now()
    return {
        channel: Backlog(messages=count, age=max(0.0, (moment - oldest).total_seconds()))
        for channel, count, oldest in session.exec(query).all()
    }


class StoredState(Collector):
    """Gauges of what stands in the database, read when Prometheus asks."""

    def collect(self) -> list[GaugeMetricFamily]:
        """The gauges, at this moment."""
        waiting = GaugeMetricFamily("wegwijs_backlog_messages", "Messages that wait to be worked off")
        age = GaugeMetricFamily("wegwijs_backlog_age_seconds", "How long the oldest of them has waited")
        unsent = GaugeMetricFamily("wegwijs_unsent", "Parts of replies that wait to be sent", labels=["channel"])
        unsent_age = GaugeMetricFamily("wegwijs_unsent_age_seconds", "The oldest of them", labels=["channel"])
        trouble = GaugeMetricFamily(
            "wegwijs_sending_trouble", "Failed, window closed, or of unknown outcome", labels=["channel", "state"]
        )
        conversations = GaugeMetricFamily("wegwijs_conversations", "Conversations kept", labels=["channel", "state"])
        with transaction() as session:
            inbound = backlog(session)
            waiting.add_metric([], inbound.messages)
            age.add_metric([], inbound.age)
            for channel, outbound in sendings_under_way(session).items():
                unsent.add_metric([channel], outbound.messages)
                unsent_age.add_metric([channel], outbound.age)
            for channel, state, count in session.exec(
                select(Delivery.channel, Delivery.state, func.count())
                .where(col(Delivery.state).in_(TROUBLE))
                .group_by(col(Delivery.channel), col(Delivery.state))
            ).all():
                trouble.add_metric([channel, str(state)], count)
            for channel, kept_state, count in session.exec(
                select(Conversation.channel, Conversation.state, func.count()).group_by(
                    col(Conversation.channel), col(Conversation.state)
                )
            ).all():
                conversations.add_metric([channel, str(kept_state)], count)
        return [waiting, age, unsent, unsent_age, trouble, conversations]

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing before it is asked: the database may not be there yet."""
        return []


STORED.register(StoredState())
