"""A call between its events and its other sources: the part that events gave is taken out and put in anew."""

from __future__ import annotations

from dataclasses import replace

from calldex.actions.merging_calls import CallState
from calldex.core.folding import Fold, joined
from calldex.core.life import WAITING
from calldex.core.merging import MERGED_INSIDE, Stamp, same_value, wins


def strip(state: CallState, before: Fold) -> None:
    """Take out what the call's events had given, and leave what imports and writes said."""
    for name, stamp in before.stamps.items():
        if state.stamps.get(name) == stamp and same_value(state.values[name], before.values[name]):
            del state.stamps[name], state.values[name]
    for under, key in before.kept_stamps:
        entries = state.kept.get(under, {})
        if key in entries and same_value(entries[key], before.kept[under][key]):
            del entries[key]
    state.kept = {under: entries for under, entries in state.kept.items() if entries}
    for source, vendor_id in before.vendor_ids.items():
        if state.vendor_ids.get(source) == vendor_id:
            del state.vendor_ids[source]
    if state.vendor_ids and state.source not in state.vendor_ids:
        state.source = next(iter(state.vendor_ids))


def absorb(state: CallState, other: CallState) -> None:
    """Take in what the sources of another call said, which turned out to be this one, and what was noted of it."""
    state.notes = sorted([*state.notes, *other.notes], key=lambda note: note.id)
    said = state.as_said(other.values)
    for name, stamp in other.stamps.items():
        if name in said and (name not in state.stamps or _newer(stamp, state.stamps[name])):
            _put(state, name, said[name], stamp)
    if other.values.get("decided_at") is not None and state.values.get("status") == WAITING:
        _put(state, "status", other.values["status"], other.stamps["status"])
    for under, entries in other.kept.items():
        mine = state.kept.setdefault(under, {})
        for key, value in entries.items():
            mine.setdefault(key, value)
    if not state.vendor_ids:
        state.source = other.source
    for source, vendor_id in other.vendor_ids.items():
        state.vendor_ids.setdefault(source, vendor_id)


def overlay(state: CallState, now: Fold) -> None:
    """Put in what the call's events give: newer wins key by key, against each key's own time."""
    before, said = dict(state.stamps), state.as_said(now.values)
    for name, stamp in now.stamps.items():
        mine = state.stamps.get(name)
        if name in said and (mine is None or mine.time is None or _newer(stamp, mine)):
            _put(state, name, said[name], stamp)
    for (under, key), stamp in now.kept_stamps.items():
        there = state.kept.setdefault(under, {})
        if key not in there or wins(stamp.time, _newest(before, stamp.source)):
            there[key] = now.kept[under][key]
    if not state.vendor_ids:
        state.source = now.source
    for source, vendor_id in now.vendor_ids.items():
        state.vendor_ids.setdefault(source, vendor_id)


def is_changed(state: CallState, before: CallState) -> bool:
    """Whether the two states of a call say different things."""
    return (
        state.stamps != before.stamps
        or state.kept != before.kept
        or state.vendor_ids != before.vendor_ids
        or state.source != before.source
        or any(not same_value(value, before.values[name]) for name, value in state.values.items())
    )


def copied(state: CallState) -> CallState:
    """A state that can be changed without changing this one."""
    return replace(
        state,
        vendor_ids=dict(state.vendor_ids),
        values=dict(state.values),
        stamps=dict(state.stamps),
        kept={under: dict(entries) for under, entries in state.kept.items()},
        notes=list(state.notes),
    )


def _put(state: CallState, name: str, value: object, stamp: Stamp) -> None:
    older = state.values.get(name)
    if name in MERGED_INSIDE and isinstance(older, bytes) and isinstance(value, bytes):
        value = joined(older, value)
    state.values[name], state.stamps[name] = value, stamp


def _newer(one: Stamp, other: Stamp) -> bool:
    if one.time is None or other.time is None:
        return one.time is not None
    return (one.time, one.source) > (other.time, other.source)


def _newest(stamps: dict[str, Stamp], source: str) -> Stamp | None:
    times = [stamp.time for stamp in stamps.values() if stamp.source == source and stamp.time is not None]
    return Stamp(max(times), source) if times else None
