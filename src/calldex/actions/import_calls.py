"""Calls come in: each is merged with what is known of it, its linked records likewise.

One batch is one transaction. What was written is a function of what had arrived, not of how it was batched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from calldex.actions.merging_calls import CallState
from calldex.actions.merging_records import Copies, MakeForm, ReadRecord
from calldex.actions.platform_names import join_by_platform
from calldex.core.calls import CallChange
from calldex.core.deriving import occurred_at
from calldex.core.errors import CalldexError
from calldex.core.ids import call_uuid, uuid_within
from calldex.store import call_writes
from calldex.store.calls import call_exists, lookup_form

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

Outcome = Literal["created", "updated", "unchanged"]


@dataclass(slots=True)
class Importing:
    """What a run of batches needs and remembers: how to read and show records, and which copies it has seen.

    ``seen`` maps a record to the digest of the copy merged last and the revision it left; the same copy again
    need not even be parsed. It is bounded, the oldest go first.
    """

    read_record: ReadRecord
    forms: Mapping[str, MakeForm]
    remember: int = 50_000
    seen: OrderedDict[UUID, tuple[bytes, int]] = field(default_factory=OrderedDict)


async def import_calls(
    database: Database, organization_id: int, importing: Importing, changes: Sequence[CallChange]
) -> list[Outcome | CalldexError]:
    """Write a batch of calls in one transaction; the outcome of each, in their order.

    A call that cannot be written (a linked record that is none, no time to stand at) has its error as its
    outcome, and nothing of it is kept; the others go in.
    """
    async with database.session() as session, session.transaction():
        await call_writes.lock_writes(session, organization_id)
        copies = await Copies.of(
            session, organization_id, importing.read_record, importing.seen, [change.linked for change in changes]
        )
        states = await _states(session, organization_id, changes)
        outcomes: list[Outcome | CalldexError] = []
        for change, state in zip(changes, states, strict=True):
            outcomes.append(_take(change, state, copies))
        await copies.write(session, organization_id, importing.forms)
        await _write(session, organization_id, states)
        pairs = zip(changes, states, strict=True)
        await join_by_platform(
            session, organization_id, [(change, state) for change, state in pairs if isinstance(state, CallState)]
        )
    importing.seen.update(copies.merged)
    while len(importing.seen) > importing.remember:
        importing.seen.popitem(last=False)
    return outcomes


def _take(change: CallChange, state: CallState | CalldexError, copies: Copies) -> Outcome | CalldexError:
    if isinstance(state, CalldexError):
        return state
    error = copies.error_of(change.linked)
    if error is not None:
        return error
    is_new = state.is_empty
    try:
        changed = state.merge(change)
    except CalldexError as refused:
        return refused
    changed |= copies.merge(change.linked)
    if is_new:
        return "created"
    return "updated" if changed else "unchanged"


async def _states(
    session: Session, organization_id: int, changes: Sequence[CallChange]
) -> list[CallState | CalldexError]:
    """What is known of the call of each change; two changes of one call share one state."""
    known = await call_writes.find_call_ids(
        session,
        organization_id,
        {lookup_form(name) for change in changes for name in (change.vendor_id, *change.other_ids.values())},
    )
    candidates = [_candidate(change, known.get(lookup_form(change.vendor_id), {})) for change in changes]
    stored = await call_writes.load_calls(
        session, organization_id, {call_id for call_id, _ in candidates if call_id is not None}
    )
    by_id: dict[UUID, CallState] = {}
    by_vendor_id: dict[tuple[str, str], CallState] = {}
    states: list[CallState | CalldexError] = []
    for change, (candidate, certain) in zip(changes, candidates, strict=True):
        call_id = candidate
        name = (change.source, lookup_form(change.vendor_id))
        state = by_vendor_id.get(name)
        if state is None and call_id is None:
            states.append(_timeless(change))
            continue
        if state is None and call_id is not None:
            taken = call_id in by_id or call_id in stored
            if taken and not certain:
                call_id = await _free_id(session, organization_id, change, by_id)
            state = by_id.get(call_id)
            if state is None:
                state = by_id[call_id] = CallState.of(call_id, stored.get(call_id))
            by_vendor_id[name] = state
            known_as = known.get(name[1], {})
            if change.source not in known_as:
                state.new_ids.append((name[1], change.source, call_id))
            _add_other_ids(change, known, state)
        if state is not None:
            states.append(state)
    return states


def _timeless(change: CallChange) -> CalldexError:
    try:
        occurred_at(change.values)
    except CalldexError as error:
        return error
    raise AssertionError("a call with a time has a candidate")  # pragma: no cover


def _candidate(change: CallChange, known: Mapping[str, UUID]) -> tuple[UUID | None, bool]:
    """The UUID of a change's call, and whether a call that has it already is surely the same one."""
    if change.source in known:
        return known[change.source], True
    if change.call_id is not None:
        # It was exported under this UUID, so a call that has it is the same one.
        return change.call_id, True
    within = uuid_within(change.vendor_id)
    if within is not None and known:
        # A UUID means the same call whichever source speaks of it.
        return next(iter(known.values())), True
    try:
        moment = occurred_at(change.values)
    except CalldexError:
        return None, False
    found = call_uuid(change.source, change.vendor_id, moment)
    return found, found == within


def _add_other_ids(change: CallChange, known: Mapping[str, Mapping[str, UUID]], state: CallState) -> None:
    """The ids at other sources that an exported call brings, but for those that are known already."""
    for source, vendor_id in change.other_ids.items():
        row = (lookup_form(vendor_id), source, state.id)
        if source not in known.get(row[0], {}) and row not in state.new_ids:
            state.new_ids.append(row)


async def _free_id(session: Session, organization_id: int, change: CallChange, taken: Mapping[UUID, CallState]) -> UUID:
    attempt = 1
    while True:
        call_id = call_uuid(change.source, change.vendor_id, occurred_at(change.values), attempt=attempt)
        if call_id not in taken and not await call_exists(session, organization_id, call_id):
            return call_id
        attempt += 1


async def _write(session: Session, organization_id: int, states: Sequence[CallState | CalldexError]) -> None:
    unique = {id(state): state for state in states if isinstance(state, CallState)}
    dirty = [state for state in unique.values() if state.changed]
    await call_writes.write_calls(
        session,
        organization_id,
        [state.row() for state in dirty],
        [state.stored for state in dirty if state.stored is not None],
    )
    await call_writes.write_call_ids(
        session, organization_id, [row for state in unique.values() if not state.is_empty for row in state.new_ids]
    )
