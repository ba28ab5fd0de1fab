"""Deliveries that wait are read and their events recorded; what cannot be processed waits, whole, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from calldex.actions.record_events import Recording, record_events
from calldex.core.errors import CalldexError
from calldex.core.events import CallEvent, Heard
from calldex.store import deliveries
from calldex.store.deliveries import Settled, WaitingDelivery
from calldex.store.outages import is_outage

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

Parse = Callable[[bytes, str | None], Heard]
"""What the body of a delivery means, from its bytes and its content type."""

BATCH: Final = 100
TRIES: Final = 8
_FIRST_WAIT: Final = timedelta(seconds=1)
_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Processing:
    """How the deliveries of each sender are read, and how their events are recorded."""

    parsers: Mapping[str, Parse]
    recording: Recording


class _Trouble(Exception):
    """One of a batch could not be processed, so each is tried on its own."""

    def __init__(self, taken: Sequence[WaitingDelivery]) -> None:
        super().__init__()
        self.taken = taken


async def process_deliveries(database: Database, processing: Processing, limit: int = BATCH) -> int:
    """Process what is due, of one organization and at most ``limit``; how many deliveries were taken.

    A batch is one transaction. When it cannot be done, each of its deliveries gets a transaction of its own; one
    that still cannot be done is put off, longer each time, and given up after TRIES. An outage of the database
    is raised, and counts as nobody's try.
    """
    try:
        return await _process_together(database, processing, limit)
    except _Trouble as trouble:
        for delivery in trouble.taken:
            await _process_alone(database, processing, delivery)
        return len(trouble.taken)


async def _process_together(database: Database, processing: Processing, limit: int) -> int:
    async with database.session() as session:
        # Mostly there is nothing, which is not worth a transaction.
        return await _take_and_process(session, processing, limit) if await deliveries.any_due(session) else 0


async def _take_and_process(session: Session, processing: Processing, limit: int) -> int:
    async with session.transaction():
        taken = await deliveries.take_deliveries(session, limit)
        if not taken:
            return 0
        try:
            await _process(session, processing, taken)
        except Exception as error:
            if is_outage(error):
                raise
            raise _Trouble(taken) from error
        return len(taken)


async def _process_alone(database: Database, processing: Processing, delivery: WaitingDelivery) -> None:
    organization_id = delivery.organization_id
    try:
        async with database.session() as session, session.transaction():
            again = await deliveries.take_delivery(session, organization_id, delivery.id)
            if again is not None:
                await _process(session, processing, [again])
            return
    except Exception as error:
        if is_outage(error):
            raise
        reason = _reason(error)
        hopeless = isinstance(error, CalldexError)
    async with database.session() as session:
        if hopeless or delivery.attempts + 1 >= TRIES:
            await deliveries.settle_deliveries(session, organization_id, [Settled(delivery.id, "failed", None, reason)])
        else:
            wait = _FIRST_WAIT * 4**delivery.attempts
            await deliveries.put_off(session, organization_id, delivery.id, wait, reason)


async def _process(session: Session, processing: Processing, taken: Sequence[WaitingDelivery]) -> None:
    """All of one organization, in the transaction that took them."""
    organization_id = taken[0].organization_id
    settled: list[Settled] = []
    events: list[CallEvent] = []
    for delivery in taken:
        parse = processing.parsers.get(delivery.sender)
        if parse is None:
            reason = f'This Calldex has no sender "{delivery.sender}".'
            settled.append(Settled(delivery.id, "failed", None, reason))
            continue
        heard = parse(delivery.body, delivery.content_type)
        events += heard.events
        state: deliveries.State = "done" if heard.meaning == "used" else heard.meaning
        settled.append(Settled(delivery.id, state, _short(heard.name) or None, _short(heard.reason)))
    if events:
        await record_events(session, organization_id, processing.recording, events)
    await deliveries.settle_deliveries(session, organization_id, settled)


def _reason(error: Exception) -> str:
    if isinstance(error, CalldexError):
        return _short(error.message) or error.code
    return _short(f"{type(error).__name__}: {error}") or type(error).__name__


def _short(text: str | None) -> str | None:
    # The reason may quote what was delivered, and the database cannot keep every character.
    return None if text is None else text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:_LONGEST_REASON]
