"""Events become calls: those that share a name are one call, and a call is folded from all of its events.

What stands in the end depends on which events there are and never on their order, their number of copies or how
they were batched. Only the call's UUID is decided by the first event that is heard, because it must not change
afterwards; of two calls that turn out to be one, the smaller UUID stays and the other keeps leading to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.actions.folding_calls import absorb, copied, is_changed, overlay, strip
from calldex.actions.merging_calls import CallState
from calldex.actions.merging_records import Copies, MakeForm, ReadRecord
from calldex.core.deriving import check_lengths, occurred_at
from calldex.core.events import CallEvent
from calldex.core.folding import Fold, fold, standing
from calldex.core.ids import call_uuid, typed_id, uuid_within
from calldex.core.jsonbytes import encode
from calldex.store import call_events, call_writes
from calldex.store.call_events import StoredEvent
from calldex.store.calls import call_exists, lookup_form

if TYPE_CHECKING:
    from calldex.store.database import Session

PLATFORM: Final = "platform"
"""The source under which a call is known by the id that the voice platform gave it, when another source says so."""

FORMER: Final = "former"
"""The source under which a call is known by the ids of ours that it had before it turned out to be another one."""

_NAMELESS: Final = UUID(int=0)

_WORTH: Final = 1000

_UNMISTAKABLE: Final = 32
"""An id of so many characters is nobody's counter: it means the same call whichever source speaks of it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """How the linked records of events are read, by source, and which forms records get."""

    readers: Mapping[str, ReadRecord]
    forms: Mapping[str, MakeForm]


@dataclass(slots=True)
class _Group:
    """Calls and new events that are one call."""

    calls: set[UUID] = field(default_factory=set)
    events: list[StoredEvent] = field(default_factory=list)
    names: set[tuple[str, str]] = field(default_factory=set)


async def record_events(
    session: Session, organization_id: int, recording: Recording, events: Sequence[CallEvent]
) -> int:
    """Take events in, inside the caller's transaction; how many of them were not known before.

    Raises InvalidRequest for an event whose text is too long to be looked up.
    """
    for event in events:
        for name in event.names:
            check_lengths(name, event.values)
    await call_writes.lock_writes(session, organization_id)
    stored = {found.digest: found for found in map(call_events.stored_form, events)}
    known = await call_events.known_digests(session, organization_id, stored.keys())
    new = [found for digest, found in stored.items() if digest not in known]
    if not new:
        return 0
    await _record_linked(session, organization_id, recording, events)
    by_name = await call_writes.find_call_ids(
        session, organization_id, {lookup_form(name) for found in new for name in found.event.names}
    )
    await _settle(session, organization_id, _groups(new, by_name), by_name)
    return len(new)


async def join_calls(session: Session, organization_id: int, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Make one call of each pair, inside a transaction that holds the organization's write lock."""
    await _settle(session, organization_id, _united([_Group(set(pair)) for pair in pairs]), {})


def _groups(new: Sequence[StoredEvent], by_name: Mapping[str, Mapping[str, UUID]]) -> list[_Group]:
    groups = []
    for found in new:
        event = found.event
        names = {(event.source, lookup_form(name)) for name in event.names}
        calls = {call for _, name in names for call in _meant(name, event.source, by_name.get(name, {}))}
        calls |= {within for _, name in names if (within := uuid_within(name)) is not None}
        groups.append(_Group(calls, [found], names))
    return _united(groups)


def _meant(name: str, source: str, known: Mapping[str, UUID]) -> list[UUID]:
    """The calls that a source means by a name."""
    sources = known if len(name) >= _UNMISTAKABLE else {source, PLATFORM} & known.keys()
    return [known[one] for one in sources]


def _united(groups: Iterable[_Group]) -> list[_Group]:
    """The groups, those that share a call or a name made one."""
    owner: dict[Any, _Group] = {}
    for group in groups:
        united = group
        for key in [*group.calls, *_joining(group.names)]:
            other = owner.get(key)
            if other is not None and other is not united:
                small, large = sorted((other, united), key=lambda one: len(one.names) + len(one.calls))
                large.calls |= small.calls
                large.events += small.events
                large.names |= small.names
                owner.update(dict.fromkeys([*small.calls, *_joining(small.names)], large))
                united = large
        owner.update(dict.fromkeys([*united.calls, *_joining(united.names)], united))
    return list({id(group): group for group in owner.values()}.values())


def _joining(names: Iterable[tuple[str, str]]) -> list[Any]:
    return [name if len(name) >= _UNMISTAKABLE else (source, name) for source, name in names]


async def _settle(
    session: Session, organization_id: int, groups: Sequence[_Group], by_name: Mapping[str, Mapping[str, UUID]]
) -> None:
    """Fold every group, write the calls that come out changed, and move what belonged to calls that are gone."""
    wanted = {call for group in groups for call in group.calls}
    stored = await call_writes.load_calls(session, organization_id, wanted)
    heard = await call_events.events_of_calls(session, organization_id, stored.keys())
    there = [sorted(group.calls & stored.keys()) for group in groups]
    states: list[CallState] = []
    new: list[StoredEvent] = []
    shortened: list[StoredEvent] = []
    for group, calls in zip(groups, there, strict=True):
        before = [found for call in calls for found in heard[call]]
        now = _fold([*group.events, *before])
        states.append(_folded([CallState.of(call, stored[call]) for call in calls], heard, now))
        new += [_standing(now, found) for found in group.events]
        shortened += [left for found in before if _is_worth(found, left := _standing(now, found))]
    await _name_new(session, organization_id, [state for state in states if state.id == _NAMELESS])
    moves = [(gone, calls[0]) for calls in there for gone in calls[1:]]
    await call_writes.write_calls(
        session,
        organization_id,
        [state.row() for state in states if state.changed],
        [stored[call] for state, calls in zip(states, there, strict=True) if state.changed for call in calls],
    )
    ids = [
        (name, source, state.id)
        for group, state in zip(groups, states, strict=True)
        for source, name in group.names
        if source not in by_name.get(name, {})
    ]
    if moves:
        await call_events.move_rows(session, organization_id, moves)
        ids += [(name, FORMER, kept) for gone, kept in moves for name in (str(gone), typed_id("call", gone))]
    await call_writes.write_call_ids(session, organization_id, ids)
    owners = [state.id for group, state in zip(groups, states, strict=True) for _ in group.events]
    await call_events.write_events(session, organization_id, zip(owners, new, strict=True))
    await call_events.shorten_events(session, organization_id, shortened)


def _folded(there: Sequence[CallState], heard: Mapping[UUID, list[StoredEvent]], now: Fold) -> CallState:
    """The call that these calls are with all of their events, told whether that is a change."""
    state = copied(there[0]) if there else CallState.of(_NAMELESS, None)
    for place, call in enumerate(there):
        part = state if place == 0 else copied(call)
        strip(part, _fold(heard[call.id]))
        if place > 0:
            absorb(state, part)
    overlay(state, now)
    state.changed = len(there) != 1 or is_changed(state, there[0])
    return state


def _fold(events: Iterable[StoredEvent]) -> Fold:
    return fold((found.digest, found.event) for found in events)


def _standing(now: Fold, found: StoredEvent) -> StoredEvent:
    return StoredEvent(found.digest, standing(now, found.digest, found.event))


def _is_worth(found: StoredEvent, left: StoredEvent) -> bool:
    """Whether so much of an event is gone that it should be written: mostly a transcript that has grown since."""
    return _weight(found) - _weight(left) > _WORTH


def _weight(found: StoredEvent) -> int:
    texts = sum(len(value) for value in found.event.values.values() if isinstance(value, str | bytes))
    return texts + (len(encode(found.event.kept)) if found.event.kept else 0)


async def _name_new(session: Session, organization_id: int, states: Sequence[CallState]) -> None:
    """Give the new calls their UUIDs: each follows from the call's id at its source and its time."""
    wanted = [_candidate(state, 0) for state in states]
    taken = set(await call_writes.load_calls(session, organization_id, wanted)) if wanted else set()
    for state, candidate in zip(states, wanted, strict=True):
        attempt, call_id = 0, candidate
        while call_id in taken or (attempt and await call_exists(session, organization_id, call_id)):
            attempt += 1
            call_id = _candidate(state, attempt)
        taken.add(call_id)
        state.id = call_id


def _candidate(state: CallState, attempt: int) -> UUID:
    return call_uuid(state.source, state.vendor_ids[state.source], occurred_at(state.values), attempt=attempt)


async def _record_linked(
    session: Session, organization_id: int, recording: Recording, events: Sequence[CallEvent]
) -> None:
    """Keep the records around the events. A record that cannot be read stops none of them."""
    for source, reader in recording.readers.items():
        linked = [event.linked for event in events if event.source == source and event.linked]
        if linked:
            copies = await Copies.of(session, organization_id, reader, {}, linked)
            for group in linked:
                if copies.error_of(group) is None:
                    copies.merge(group)
            await copies.write(session, organization_id, recording.forms)
