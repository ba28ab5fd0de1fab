"""Calls that are one because they name the same call of the voice platform.

A source that mirrors a platform's calls has ids of its own for them and knows the platform's id besides. Events
of the platform know only the latter, and may come before or after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from calldex.actions.merging_calls import CallState
from calldex.actions.record_events import PLATFORM, join_calls
from calldex.core.calls import CallChange
from calldex.core.deriving import LONGEST_WORD
from calldex.core.jsonbytes import decode
from calldex.store import call_writes
from calldex.store.calls import lookup_form

if TYPE_CHECKING:
    from calldex.store.database import Session


async def join_by_platform(
    session: Session, organization_id: int, written: Sequence[tuple[CallChange, CallState]]
) -> None:
    """Register the platform's ids of calls that were just written, and join calls that turn out to be one.

    One source never means one call by two ids of its own, so two calls of a source stay two, whatever they say.
    """
    named = [
        (name, change, state) for change, state in written if (name := _platform_id(change)) and not state.is_empty
    ]
    if not named:
        return
    known = await call_writes.find_call_ids(session, organization_id, {name for name, _, _ in named})
    new: dict[str, UUID] = {}
    pairs: list[tuple[UUID, UUID, str]] = []
    for name, change, state in named:
        other = _other(known.get(name, {}), change.source) or new.get(name)
        if other is None:
            new[name] = state.id
        elif other != state.id:
            pairs.append((state.id, other, change.source))
    await call_writes.write_call_ids(session, organization_id, [(name, PLATFORM, call) for name, call in new.items()])
    if pairs:
        await _join(session, organization_id, pairs)


async def _join(session: Session, organization_id: int, pairs: Sequence[tuple[UUID, UUID, str]]) -> None:
    stored = await call_writes.load_calls(session, organization_id, {call for pair in pairs for call in pair[:2]})
    known_to = {call: set(decode(found.row["vendor_ids"])) for call, found in stored.items()}
    joined = []
    for one, other, source in pairs:
        if one in known_to and other in known_to and source not in known_to[other]:
            known_to[other].add(source)
            joined.append((one, other))
    if joined:
        await join_calls(session, organization_id, joined)


def _platform_id(change: CallChange) -> str | None:
    given = change.values.get("platform_call_id")
    return lookup_form(given) if isinstance(given, str) and 0 < len(given) <= LONGEST_WORD else None


def _other(known: Mapping[str, UUID], source: str) -> UUID | None:
    """The call that has this id on a platform; an id that the source itself uses for a call is another matter."""
    named = [call for of, call in sorted(known.items()) if of != source]
    return named[0] if named else None
