"""Folding: what all events of a call say together, whatever the order in which they were heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from calldex.core.events import CallEvent
from calldex.core.jsonbytes import decode, encode
from calldex.core.merging import MERGED_INSIDE, Stamp, merge_lists

_LEAST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of what is only supposed: whatever anybody says wins over it."""


@dataclass(slots=True)
class Fold:
    """What stands when the events have been taken in order: values with their stamps, and the keys kept.

    ``vendor_ids`` are the ids by which the sources know the call, ``names`` all pairs of a source and an id.
    ``last`` tells for each value and kept key the digest of the event that said it last.
    """

    values: dict[str, Any] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept_stamps: dict[tuple[str, str], Stamp] = field(default_factory=dict)
    vendor_ids: dict[str, str] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    source: str = ""
    last: dict[str | tuple[str, str], bytes] = field(default_factory=dict)


def fold(events: Iterable[tuple[bytes, CallEvent]]) -> Fold:
    """The fold of events, each with its digest.

    Their order is that of time, source, rank and digest: the first two are what stamps tell, so that a fold and
    another source's facts are decided by the same rule; the others tell events of one source and moment apart.
    """
    ordered = sorted(events, key=lambda pair: _place(*pair))
    result = Fold()
    for digest, event in ordered:
        stamp = Stamp(event.time, event.source)
        for name, value in event.values.items():
            result.values[name] = joined(result.values.get(name), value) if name in MERGED_INSIDE else value
            result.stamps[name] = stamp
            result.last[name] = digest
        for under, entries in event.kept.items():
            result.kept.setdefault(under, {}).update(entries)
            result.kept_stamps.update(((under, key), stamp) for key in entries)
            result.last.update(((under, key), digest) for key in entries)
        result.vendor_ids.setdefault(event.source, event.names[0])
        result.names.update((event.source, name) for name in event.names)
    if ordered:
        result.source = min(result.vendor_ids)
        _suppose_time(result, ordered[0][1].time)
    return result


def standing(result: Fold, digest: bytes, event: CallEvent) -> CallEvent:
    """What of an event still counts: later events can only take more of it away, and never give any back."""
    kept = {
        under: {key: value for key, value in entries.items() if result.last[under, key] == digest}
        for under, entries in event.kept.items()
    }
    return replace(
        event,
        values={
            name: value
            for name, value in event.values.items()
            # Lists are completed from all that were ever given.
            if result.last[name] == digest or name in MERGED_INSIDE
        },
        kept={under: entries for under, entries in kept.items() if entries},
    )


def joined(older: bytes | None, newer: bytes | None) -> bytes | None:
    """Two lists in JSON, completed from each other; the newer decides which entries there are."""
    if older is None or newer is None:
        return newer
    lists = decode(older), decode(newer)
    if not (isinstance(lists[0], list) and isinstance(lists[1], list)):
        return newer
    return encode(merge_lists(*lists, newer=True))


def _place(digest: bytes, event: CallEvent) -> tuple[datetime, str, int, bytes]:
    return event.time, event.source, event.rank, digest


def _suppose_time(result: Fold, first: datetime) -> None:
    """A call has to stand at some time: where no event says one, at that of the first event."""
    if result.values.get("started_at") is None and result.values.get("created_at") is None:
        result.values["created_at"] = first
        result.stamps["created_at"] = Stamp(_LEAST, result.source)
