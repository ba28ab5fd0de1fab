"""Stamps as they are stored: groups of keys that share a time and a source, as small JSON.

A call's keys are bits of a mask over FIELDS, in hexadecimal. A linked record's keys are listed, but for the
largest group, which is null and stands for every key of the body that no other group names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from calldex.core.calls import FIELDS
from calldex.core.merging import Stamp
from calldex.core.times import parse_instant

_BIT = {name: 1 << place for place, name in enumerate(FIELDS)}


def _groups(stamps: dict[str, Stamp]) -> list[tuple[Stamp, list[str]]]:
    by_stamp: dict[Stamp, list[str]] = {}
    previous: Stamp | None = None
    keys: list[str] = []
    for key, stamp in stamps.items():
        if stamp is not previous:
            keys = by_stamp.setdefault(stamp, [])
            previous = stamp
        keys.append(key)
    return sorted(by_stamp.items(), key=lambda group: -len(group[1]))


def dump_call_stamps(stamps: dict[str, Stamp]) -> bytes:
    """``[[time, source, mask], ...]`` of the fields of a call that were given."""
    return msgspec.json.encode(
        [[stamp.time, stamp.source, f"{sum(_BIT[key] for key in keys):x}"] for stamp, keys in _groups(stamps)]
    )


def load_call_stamps(raw: bytes) -> dict[str, Stamp]:
    """The stamp of every field of a call that was given; a field without one never was."""
    stamps: dict[str, Stamp] = {}
    for time, source, mask in msgspec.json.decode(raw):
        stamp, bits = _stamp(time, source), int(mask, 16)
        stamps.update((name, stamp) for name, bit in _BIT.items() if bits & bit)
    return stamps


def dump_record_stamps(stamps: dict[str, Stamp]) -> bytes:
    """``[[time, source, null], [time, source, [key, ...]], ...]`` of the keys of a record's body."""
    return msgspec.json.encode(
        [
            [stamp.time, stamp.source, None if place == 0 else keys]
            for place, (stamp, keys) in enumerate(_groups(stamps))
        ]
    )


def load_record_stamps(raw: bytes, body_keys: Iterable[str]) -> dict[str, Stamp]:
    """The stamp of every key of a record's body."""
    stamps: dict[str, Stamp] = {}
    for time, source, keys in msgspec.json.decode(raw):
        stamp = _stamp(time, source)
        stamps.update(dict.fromkeys(body_keys if keys is None else keys, stamp))
    return stamps


def _stamp(time: Any, source: str) -> Stamp:
    return Stamp(parse_instant(time) if time is not None else None, source)
