"""Sends what is queued for one messenger: in order per conversation, at the messenger's pace, each part once."""

import asyncio
import secrets

from sqlmodel import Session, col, select, update

from bot.conversations import Conversation
from channels.carrier import Carrier, NotSent, Part, Refused, WindowClosed
from channels.claim_loop import ClaimLoop
from channels.metrics import SENDINGS
from channels.outbound import (
    SENDER_DIED,
    UNDER_WAY,
    Claim,
    Delivery,
    DeliveryState,
    claim_deliveries,
    ended,
    try_again,
)
from wegwijs.logs import logger
from wegwijs.storage import transaction

log = logger(__name__)

POLL_SECONDS = 0.5
AT_ONCE = 30
_WRITE_TRIES = 5
_OUT_OF_REACH = frozenset({"no_connection", "wrong_token"})


class Sender:
    """Claims deliveries of one messenger and sends them until it is cancelled."""

    def __init__(self, carrier: Carrier) -> None:
        self.id = secrets.token_hex(16)
        self.carrier = carrier
        self.reaches = True
        """Whether the last sending found its provider, and was let in."""
        self._loop = ClaimLoop(
            carrier.name, claim=self._claim, work=self._deliver, at_once=AT_ONCE, poll_seconds=POLL_SECONDS
        )

    def wake(self) -> None:
        """Say that there may be something to send."""
        self._loop.wake()

    async def run(self) -> None:
        """Send until cancelled."""
        await self._loop.run()

    def _claim(self, places: int) -> list[Claim]:
        with transaction() as session:
            return claim_deliveries(
                session, channel=self.carrier.name, pace=self.carrier.pace, sender=self.id, places=places
            )

    async def _deliver(self, claim: Claim) -> None:
        delivery = claim.delivery
        if delivery.id is None or delivery.part is None or claim.conversation.handle is None:
            await self._write(delivery, DeliveryState.FAILED, error="nobody_to_send_to")
            return
        part = Part.of(delivery.part)
        try:
            provider_id = await self.carrier.send(claim.conversation.handle, part, reference=str(delivery.id))
        except NotSent as problem:
            self.reaches = problem.error not in _OUT_OF_REACH
            SENDINGS.labels(self.carrier.name, "again").inc()
            await self._write(delivery, DeliveryState.QUEUED, error=problem.error, after=problem.after)
        except WindowClosed as problem:
            await self._write(delivery, DeliveryState.WINDOW_CLOSED, error=problem.error)
        except Refused as problem:
            await self._write(delivery, DeliveryState.FAILED, error=problem.error)
        except Exception as error:
            log.warning("delivery_outcome_unknown", channel=self.carrier.name, id=delivery.id)
            await self._write(delivery, DeliveryState.UNKNOWN, error=type(error).__name__)
        else:
            self.reaches = True
            await self._write(delivery, DeliveryState.SENT, provider_id=provider_id)

    async def _write(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        provider_id: str | None = None,
        error: str | None = None,
        after: float | None = None,
    ) -> None:
        """Write the outcome down, as long as the database lets us; after the lease it counts as unknown."""
        if state is not DeliveryState.QUEUED:
            SENDINGS.labels(self.carrier.name, state.value).inc()
        for number in range(_WRITE_TRIES):
            try:
                await asyncio.to_thread(
                    self._write_once, delivery.id or 0, state, provider_id=provider_id, error=error, after=after
                )
            except Exception:
                log.exception("outcome_not_written", channel=self.carrier.name, id=delivery.id)
                await asyncio.sleep(2.0**number)
            else:
                return

    def _write_once(
        self, delivery_id: int, state: DeliveryState, *, provider_id: str | None, error: str | None, after: float | None
    ) -> None:
        with transaction() as session:
            delivery = session.get(Delivery, delivery_id)
            if delivery is None:  # the conversation was erased meanwhile
                return
            written = (
                try_again(delivery, after=after, error=error)
                if state is DeliveryState.QUEUED
                else ended(delivery, state, provider_id=provider_id, error=error)
            )
            # A status that overtook us, "delivered" or "read", says more than ours.
            ours = (col(Delivery.state) == DeliveryState.SENDING) | (col(Delivery.error) == SENDER_DIED)
            session.exec(update(Delivery).where(col(Delivery.id) == delivery_id, ours).values(written))
            session.exec(
                update(Delivery)
                .where(col(Delivery.id) == delivery_id, col(Delivery.provider_id).is_(None))
                .values(provider_id=provider_id)
            )
            _forget_handle_of_erased(session, delivery.conversation_id)


def _forget_handle_of_erased(session: Session, conversation_id: str) -> None:
    """The last word to a person who had everything erased has gone out: now we forget where it went."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None or conversation.handle is None or conversation.handle_hash is not None:
        return
    under_way = select(Delivery.id).where(
        Delivery.conversation_id == conversation_id, col(Delivery.state).in_(UNDER_WAY)
    )
    if session.exec(under_way).first() is None:
        conversation.handle = None
        session.add(conversation)
