"""Classifications that a client gave without ids: the same one keeps its id, a new one gets one."""

from __future__ import annotations

from datetime import datetime

from calldex.core.ids import new_uuid, typed_id
from calldex.core.jsonbytes import encode, entries_of


def settle_classifications(there: bytes | None, given: bytes | None, now: datetime) -> bytes | None:
    """What was given, each with an id, its times and the word for what it is; one that is there stays as it is."""
    entries = entries_of(given)
    if given is None or not entries:
        return given
    known = entries_of(there)
    by_word = {entry.get("classification"): entry for entry in known}
    settled = []
    for entry in entries:
        if entry in known:
            settled.append(entry)
            continue
        before = by_word.get(entry.get("classification"), {})
        made = {
            "id": before.get("id") or typed_id("cls", new_uuid(now)),
            "classification": None,
            "created_at": before.get("created_at") or now,
            "modified_at": before.get("modified_at") or now,
            "object": "classification",
        }
        settled.append({**made, **entry})
    return encode(settled)
