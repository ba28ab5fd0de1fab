"""A call for programs: everything that is kept of it, and what each surface answers, as JSON to be read and copied."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import FIELDS, POINTERS, Call
from calldex.core.jsonbytes import encode
from calldex.store.calls import Columns
from calldex.store.record_names import RecordName
from calldex.web.context import ShownAs
from calldex.web.long_texts import piece_of

_DERIVED: Final = ("disposition", "voicemail", "has_recording", "has_transcript")
EVERYTHING: Final = Columns(*FIELDS, *POINTERS, "kept", "revision", *_DERIVED)
"""What ``record_of`` needs of a call."""


@dataclass(frozen=True, slots=True)
class ShownJson:
    """JSON for people. ``is_cut`` says that it goes on."""

    text: str
    is_cut: bool


def readable(body: bytes) -> ShownJson:
    """The JSON with every value on a line of its own, as far as a page shows it."""
    piece = piece_of(msgspec.json.format(body, indent=2).decode())
    return ShownJson(piece.text, piece.rest is not None)


def record_of(call: Call, names: Mapping[UUID, RecordName]) -> bytes:
    """Everything that is kept of a call, in our own words. Linked records stand as their names and ids."""

    def named(record: UUID) -> dict[str, Any]:
        found = names.get(record)
        more = {} if found is None else {"kind": found.kind, "id": found.id, "name": found.name}
        return {"uuid": str(record), **more}

    answer: dict[str, Any] = {
        "id": str(call.id),
        "ids": call.vendor_ids,
        "source": call.source,
        "revision": call.revision,
        "occurred_at": call.occurred_at,
    }
    for name, kind in FIELDS.items():
        value = getattr(call, name)
        if value is None:
            answer[name] = None
        elif kind == "json":
            answer[name] = msgspec.Raw(value)
        elif kind == "ref":
            answer[name] = named(value)
        else:
            answer[name] = [named(one) for one in value] if kind == "refs" else value
    answer |= {name: getattr(call, name) for name in _DERIVED}
    answer["kept"] = None if call.kept is None else msgspec.Raw(call.kept)
    return encode(answer)


def linked_by(call: Call) -> set[UUID]:
    """The linked records that a call points at."""
    refs = {record for name, kind in FIELDS.items() if kind == "ref" and (record := getattr(call, name)) is not None}
    return refs | set(call.invoices or ())


def curl(base: str, shown: ShownAs) -> str:
    """The command with which a program asks a surface for a call; the key is in a variable of the shell."""
    return f'curl -H "{shown.header} $KEY" {shlex.quote(base + shown.path)}'
