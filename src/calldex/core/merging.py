"""Versions: what is newer wins key by key, a key that is absent removes nothing, a null that is given does.

The time of a copy is its source's own time of modification. A copy without one is as new as its arrival,
so it wins over what is there, but leaves the known time standing: an older copy with a time stays older.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from calldex.core.times import parse_instant

MERGED_INSIDE: Final = ("classifications", "tasks", "display_tasks")
"""The fields of a call whose lists two copies complete for each other."""

SAID_BY: Final = "said_by"
"""The member of a classification that a person of ours gave: who it was. No source knows of it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a value came from: the source, and the source's own time of it (None when it gave none)."""

    time: datetime | None
    source: str


def same_value(left: Any, right: Any) -> bool:
    """Whether two values say the same: instants compare as instants, numbers as numbers."""
    # Python takes 1 and true for equal, also inside lists and objects, so those are gone through.
    if left is right or (type(left) is type(right) and not isinstance(left, dict | list) and left == right):
        return True
    return not (isinstance(left, bool | None) or isinstance(right, bool | None)) and _means_the_same(left, right)


def _means_the_same(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_value(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_value, left, right))
    if isinstance(left, str) and isinstance(right, str):
        return _same_instant(left, right)
    return bool(left == right)


def _unchanged(there: Any, value: Any) -> bool:
    try:
        return same_value(there, value)
    except RecursionError:
        # What is nested too deeply to be compared is written again.
        return False


def _same_amount(there: Any, value: Any) -> bool:
    """Whether one is a number, the other text, and both are the same amount: an amount in both spellings."""
    if isinstance(there, bool) or isinstance(value, bool) or isinstance(there, str) == isinstance(value, str):
        return False
    return (
        isinstance(there, int | Decimal | str) and isinstance(value, int | Decimal | str) and _same_number(there, value)
    )


def _same_instant(left: str, right: str) -> bool:
    if not (left[:4].isdigit() and right[:4].isdigit()):
        return False
    try:
        return parse_instant(left) == parse_instant(right)
    except ValueError:
        return False


def _same_number(left: int | Decimal | str, right: int | Decimal | str) -> bool:
    try:
        return Decimal(left) == Decimal(right)
    except InvalidOperation:
        return False


def wins(new: datetime | None, old: Stamp | None, source: str | None = None) -> bool:
    """Whether a copy of the time ``new`` may overwrite a value with the stamp ``old``.

    At equal times two copies of one source are decided by their arrival; copies of different sources by the
    sources' names, so that it does not matter which came first. Without a ``source`` it is the stamp's.
    """
    if old is None or new is None or old.time is None:
        return True
    return new > old.time or (new == old.time and (source is None or source >= old.source))


def later(new: datetime | None, old: Stamp | None) -> datetime | None:
    """The time that stands after a copy of the time ``new`` has won."""
    if new is None:
        return old.time if old is not None else None
    return new


def merge_values(
    values: dict[str, Any],
    stamps: dict[str, Stamp],
    incoming: dict[str, Any],
    version: datetime | None,
    source: str,
    *,
    merged_inside: Iterable[str] = (),
) -> bool:
    """Merge what came into ``values`` and ``stamps``, in place; True when anything that is kept has changed.

    ``merged_inside`` names the keys whose values are lists that two copies complete for each other.
    """
    if not stamps:
        values.update(incoming)
        stamps.update(dict.fromkeys(incoming, Stamp(version, source)))
        return bool(incoming)
    changed = False
    inside = frozenset(merged_inside)
    for key, value in incoming.items():
        stamp = stamps.get(key)
        winning = wins(version, stamp, source)
        if key in inside and isinstance(values.get(key), list) and (isinstance(value, list) or value is None):
            merged: Any = _merged_inside(values[key], value, newer=winning)
        elif winning:
            merged = value
        else:
            continue
        if key in values and _same_amount(values[key], merged):
            # An amount written as text says its scale, which the same amount written as a number may not.
            if isinstance(merged, str):
                values[key] = merged
                changed = True
        elif key not in values or not _unchanged(values[key], merged):
            values[key] = merged
            changed = True
        if winning:
            new_stamp = Stamp(later(version, stamp), source)
            if stamp is None or stamp.time != new_stamp.time or (version is not None and stamp != new_stamp):
                stamps[key] = new_stamp
                changed = True
    return changed


def _merged_inside(current: list[Any], incoming: list[Any] | None, *, newer: bool) -> list[Any] | None:
    """A list completed by another copy; a newer null takes everything away but what people said."""
    if incoming is not None:
        return merge_lists(current, incoming, newer=newer)
    return [entry for entry in current if is_of_a_person(entry)] or None if newer else current


def is_of_a_person(entry: Any) -> bool:
    """Whether an entry of a list is what a person of ours said, beside what a source gave."""
    return isinstance(entry, dict) and isinstance(entry.get(SAID_BY), str)


def merge_lists(current: list[Any], incoming: list[Any], *, newer: bool) -> list[Any]:
    """Two copies of one list of objects: the newer decides which there are, each fills in what it alone knows.

    Objects with an id are paired by it, others by position. What a person said of the current copy stays behind the
    rest: a source that does not know of it cannot mean to take it away.
    """
    of_people = [entry for entry in current if is_of_a_person(entry)]
    if of_people:
        current = [entry for entry in current if not is_of_a_person(entry)]
        known = {entry.get("id") for entry in of_people}
        more = [entry for entry in incoming if is_of_a_person(entry) and entry.get("id") not in known]
        incoming = [entry for entry in incoming if not is_of_a_person(entry)]
        return [*merge_lists(current, incoming, newer=newer), *of_people, *more]
    leading, filling = (incoming, current) if newer else (current, incoming)
    by_id = {entry["id"]: entry for entry in filling if isinstance(entry, dict) and isinstance(entry.get("id"), str)}
    outcome: list[Any] = []
    for position, entry in enumerate(leading):
        if not isinstance(entry, dict):
            outcome.append(entry)
            continue
        partner = by_id.get(entry["id"]) if isinstance(entry.get("id"), str) else None
        if partner is None and position < len(filling) and isinstance(filling[position], dict):
            candidate = filling[position]
            if not (isinstance(candidate.get("id"), str) and isinstance(entry.get("id"), str)):
                partner = candidate
        merged = dict(entry)
        for key, value in (partner or {}).items():
            merged.setdefault(key, value)
        outcome.append(merged)
    return outcome
