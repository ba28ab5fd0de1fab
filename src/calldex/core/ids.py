"""Ids: UUIDv7 for calls, typed ids for surfaces that want a prefix, stable UUIDs for linked records.

A typed id is the TypeID form: a prefix, an underscore and the 26 characters of the UUID in Crockford's
base 32, lower case (github.com/jetify-com/typeid, version 0.3).
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from hashlib import blake2b
from typing import Final
from uuid import UUID

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUE = {letter: number for number, letter in enumerate(_ALPHABET)}
_TYPED = re.compile(r"[a-z](?:[a-z_]*[a-z])?_([0-7][0-9a-hjkmnp-tv-z]{25})\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")

LAST_ID: Final = UUID(int=(1 << 128) - 1)
"""No id is after this one, and none of ours is this one."""

_RANDOM_BITS = 74
_RANDOM_MASK = (1 << _RANDOM_BITS) - 1


def typed_id(prefix: str, value: UUID) -> str:
    """``typed_id("call", uuid)`` is ``call_`` and 26 characters; it sorts as the UUID does."""
    number = value.int
    letters = [""] * 26
    for place in range(25, -1, -1):
        letters[place] = _ALPHABET[number & 31]
        number >>= 5
    return f"{prefix}_{''.join(letters)}"


def uuid_of_typed(text: str) -> UUID | None:
    """The UUID inside a typed id of any prefix, or None when the text has not that form."""
    match = _TYPED.fullmatch(text)
    if match is None:
        return None
    number = 0
    for letter in match[1]:
        number = number << 5 | _VALUE[letter]
    return UUID(int=number)


def parse_uuid(text: str) -> UUID | None:
    """The UUID that the text spells with hyphens, in any letter case, or None."""
    return UUID(text) if _UUID.fullmatch(text) else None


def uuid_within(text: str) -> UUID | None:
    """The UUID that a vendor's id spells, plainly or as a typed id of version 7."""
    plain = parse_uuid(text)
    if plain is not None:
        return plain
    typed = uuid_of_typed(text)
    return typed if typed is not None and typed.version == 7 else None


def _uuid7(moment: datetime, bits: int) -> UUID:
    milliseconds = max(0, int(moment.timestamp() * 1000)) & ((1 << 48) - 1)
    upper, lower = bits >> 62, bits & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | upper << 64 | 2 << 62 | lower)


def new_uuid(moment: datetime) -> UUID:
    """A random UUIDv7 whose time is ``moment``."""
    return _uuid7(moment, int.from_bytes(os.urandom(10), "big") & _RANDOM_MASK)


def call_uuid(source: str, vendor_id: str, moment: datetime, *, attempt: int = 0) -> UUID:
    """The UUIDv7 of a call that came from a source under an id of its own.

    The same call gets the same UUID wherever it is imported. An id that already is a UUIDv7, plain or typed,
    is taken as it is. Any other UUID lends its leading bits, so that calls of one instant keep the order of
    their vendor's ids; other text is hashed. ``attempt`` counts up when the outcome is already taken.
    """
    within = uuid_within(vendor_id)
    if within is not None and within.version == 7 and attempt == 0:
        return within
    if within is not None and attempt == 0:
        number = within.int
        bits = (number >> 80) << 26 | (number >> 64 & 0xFFF) << 14 | (number >> 48 & 0x3FFF)
    else:
        digest = blake2b(f"{source}\0{vendor_id}\0{attempt}".encode(), digest_size=10).digest()
        bits = int.from_bytes(digest, "big") & _RANDOM_MASK
    return _uuid7(moment, bits)


def record_uuid(source: str, kind: str, vendor_id: str) -> UUID:
    """Our UUID of a linked record: always the same one for the same source, kind and vendor's id.

    A vendor's id that is a UUID means the same record whatever source speaks of it.
    """
    plain = parse_uuid(vendor_id)
    name = f"{kind}\0{plain}" if plain is not None else f"{kind}\0{source}\0{vendor_id}"
    digest = bytearray(blake2b(name.encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


SOURCES = ("stuut", "skipcall", "whippy", "native")
"""The sources whose ids a filter looks for when it is given an id that is no UUID."""


def record_candidates(kind: str, text: str) -> tuple[UUID, ...]:
    """Every UUID that a client may mean by an id: the vendor's id under each source, our UUID, our typed id."""
    found = [record_uuid(source, kind, text) for source in SOURCES]
    ours = parse_uuid(text) or uuid_of_typed(text)
    if ours is not None:
        found.append(ours)
    return tuple(dict.fromkeys(found))
