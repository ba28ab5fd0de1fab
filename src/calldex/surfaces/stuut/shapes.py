"""The objects of Stuut's documents as tables: one table checks what comes in, takes linked records out of it,
prints what goes out in the documented order, and describes it in OpenAPI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import RecordChange
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.ids import parse_uuid, record_uuid
from calldex.core.jsonbytes import encode
from calldex.core.splicing import Form, hole, only_inside_invoice
from calldex.core.times import is_instant, parse_instant

SOURCE: Final = "stuut"

Show = Callable[[Any, Mapping[str, Any]], Any]
"""Prints a value; the second argument is the object that it stands in."""


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand under a key. ``type`` is a word of _CHECKS, or ``one``, ``many``, ``linked``."""

    type: str
    shape: Shape | None = None
    record: str | None = None
    inside_invoice: bool = False
    only_inside_invoice: bool = False
    show: Show | None = None


_NEEDS_NO_CHECK: Final[dict[str, frozenset[type]]] = {
    "text": frozenset({str}),
    "number": frozenset({int, Decimal}),
    "flag": frozenset({bool}),
    "mapping": frozenset({dict}),
    "anything": frozenset({str, int, Decimal, bool, dict, list}),
}
"""The Python types of values that are right as they are, for the types of fields that most keys have."""


@dataclass(frozen=True)
class Shape:
    """An object: its name in the documents, and its keys in the documented order."""

    name: str
    fields: dict[str, Field]

    @cached_property
    def plain(self) -> dict[str, frozenset[type]]:
        """For each key the types of values that need no closer look."""
        return {key: _NEEDS_NO_CHECK.get(known.type, frozenset()) for key, known in self.fields.items()}

    @cached_property
    def empty(self) -> dict[str, Any]:
        """The object of which nothing is known: null everywhere, and arrays of objects empty."""
        return {key: [] if known.type in ("many", "anythings") else None for key, known in self.fields.items()}

    @cached_property
    def printed_otherwise(self) -> frozenset[str]:
        """The keys whose values are not printed as they are kept."""
        return frozenset(key for key, known in self.fields.items() if known.shape is not None or known.show is not None)


TEXT: Final = Field("text")
NUMBER: Final = Field("number")
FLAG: Final = Field("flag")
FLAG_INSIDE_INVOICE: Final = Field("flag", only_inside_invoice=True)
INSTANT: Final = Field("instant")
DAY: Final = Field("text")
ANYTHING: Final = Field("anything")
ANYTHINGS: Final = Field("anythings")
MAPPING: Final = Field("mapping")
TEXTS: Final = Field("texts")
NUMBERS: Final = Field("numbers")


def one(shape: Shape) -> Field:
    """An object that belongs to the one around it."""
    return Field("one", shape)


def many(shape: Shape) -> Field:
    """An array of objects that belong to the one around it; an empty one when nothing was said."""
    return Field("many", shape)


def linked(record: str, shape: Shape, *, inside_invoice: bool = False) -> Field:
    """An object that is a record of its own: kept once, and shown wherever it is named."""
    return Field("linked", shape, record, inside_invoice=inside_invoice)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


_CHECKS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "text": (lambda value: isinstance(value, str), "text"),
    "number": (_is_number, "a number"),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "instant": (lambda value: isinstance(value, str) and is_instant(value), "an ISO 8601 time with a zone"),
    "anything": (lambda _: True, ""),
    "anythings": (lambda value: isinstance(value, list), "an array"),
    "mapping": (lambda value: isinstance(value, dict), "an object"),
    "texts": (
        lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
        "an array of text",
    ),
    "numbers": (
        lambda value: isinstance(value, list) and all(map(_is_number, value)),
        "an array of numbers",
    ),
    "amount in text": (
        lambda value: isinstance(value, str) and amount(value) is not None,
        "a decimal amount in text",
    ),
    "one": (lambda value: isinstance(value, dict), "an object"),
    "linked": (lambda value: isinstance(value, dict), "an object"),
    "many": (
        lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
        "an array of objects",
    ),
}


def amount(value: Any) -> Decimal | None:
    """A finite amount, from a number or from text; None when it is neither."""
    if _is_number(value):
        return Decimal(value)
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = Decimal(value)
    except ArithmeticError:
        return None
    return found if found.is_finite() else None


def problem(path: tuple[str | int, ...], expected: str, given: Any) -> Problem:
    """A value of the wrong kind, named by its path inside the call."""
    shown = encode(given).decode() if not isinstance(given, bytes) else given.decode(errors="replace")
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    dotted = ".".join(map(str, path))
    return Problem(("call", *path), f"{dotted}: {expected} is expected, and {shown} was given", "type", given)


@dataclass(slots=True)
class Taking:
    """Takes objects apart: collects what is wrong, and the linked records that it finds inside."""

    shapes: Mapping[str, Shape]
    reserved: frozenset[str] = frozenset()
    """Keys that this version does not know and another one reads as objects: they are kept under another name."""
    problems: list[Problem] = field(default_factory=list)
    records: list[RecordChange] = field(default_factory=list)

    def object(self, shape: Shape, value: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
        """The object with every linked record inside replaced by its UUID; unknown keys stay."""
        plain, reserved = shape.plain, self.reserved
        outcome: dict[str, Any] = {}
        for key, given in value.items():
            types = plain.get(key)
            if types is None:
                outcome[f"unread.{key}" if key in reserved else key] = given
            elif given is None or type(given) in types:
                outcome[key] = given
            else:
                outcome[key] = self._checked(shape.fields[key], given, (*path, key))
        return outcome

    def _checked(self, known: Field, given: Any, path: tuple[str | int, ...]) -> Any:
        check, expected = _CHECKS[known.type]
        if not check(given):
            self.problems.append(problem(path, expected, given))
            return None
        if known.type == "linked" and known.record is not None:
            return self.linked(known.record, given, path)
        if known.type == "one" and known.shape is not None:
            return self.object(known.shape, given, path)
        if known.type == "many" and known.shape is not None:
            return [self.object(known.shape, entry, (*path, place)) for place, entry in enumerate(given)]
        return given

    def linked(self, kind: str, value: Mapping[str, Any], path: tuple[str | int, ...]) -> Any:
        """The UUID of a linked record, which is kept aside; an object without an id stays where it is."""
        vendor_id = value.get("id")
        body = self.object(self.shapes[kind], value, path)
        if not isinstance(vendor_id, str) or not vendor_id:
            return body
        record = record_uuid(SOURCE, kind, vendor_id)
        self.records.append(RecordChange(record, kind, SOURCE, vendor_id, version_of(body), body))
        return str(record)

    def finish(self) -> None:
        """Raises InvalidRequest when anything was wrong."""
        if self.problems:
            raise InvalidRequest(problems=tuple(self.problems))


def version_of(body: Mapping[str, Any]) -> datetime | None:
    """The source's own time of an object: when it was changed, else, since it never was, when it was made."""
    for key in ("modified_at", "created_at"):
        given = body.get(key)
        if isinstance(given, str):
            return parse_instant(given)
    return None


def form_of(shape: Shape, body: Mapping[str, Any]) -> Form:
    """The JSON of a record, every documented key in its order, with holes for the records inside it."""
    refs: list[UUID] = []
    whole = printed(shape, body, refs)
    if not any(known.only_inside_invoice for known in shape.fields.values()):
        return Form(encode(whole), tuple(dict.fromkeys(refs)))
    pieces: list[bytes] = []
    for key, known in shape.fields.items():
        # The comma goes with a key that is left out at times; such a key is never the last one.
        piece = encode({key: whole[key]})[1:-1] + b","
        pieces.append(only_inside_invoice(piece) if known.only_inside_invoice else piece)
    return Form(b"{" + b"".join(pieces)[:-1] + b"}", tuple(dict.fromkeys(refs)))


def printed(shape: Shape, body: Mapping[str, Any], refs: list[UUID]) -> dict[str, Any]:
    """An object ready for encoding: every documented key in its order, holes for linked records."""
    outcome = shape.empty.copy()
    otherwise = shape.printed_otherwise
    for key, value in body.items():
        if key in outcome:
            if value is None or key not in otherwise:
                outcome[key] = value
            else:
                outcome[key] = _printed(shape.fields[key], value, body, refs)
    return outcome


def _printed(known: Field, value: Any, body: Mapping[str, Any], refs: list[UUID]) -> Any:
    if known.shape is None:
        return known.show(value, body) if known.show is not None else value
    # A body can come from another source, which promises nothing of its make: what does not fit is not shown.
    if known.type == "many":
        entries = value if isinstance(value, list) else []
        return [printed(known.shape, entry, refs) for entry in entries if isinstance(entry, dict)]
    if isinstance(value, dict):
        return printed(known.shape, value, refs)
    record = parse_uuid(value) if known.type == "linked" and isinstance(value, str) else None
    if record is None:
        return None
    refs.append(record)
    return msgspec.Raw(hole(record, inside_invoice=known.inside_invoice))


_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": ["string", "null"]},
    "number": {"type": ["number", "null"]},
    "flag": {"type": ["boolean", "null"]},
    "instant": {"type": ["string", "null"], "format": "date-time"},
    "anything": {},
    "anythings": {"type": ["array", "null"], "items": {}},
    "mapping": {"type": ["object", "null"]},
    "texts": {"type": ["array", "null"], "items": {"type": "string"}},
    "numbers": {"type": ["array", "null"], "items": {"type": "number"}},
    "amount in text": {"type": ["string", "null"]},
}


def schemas(shape: Shape) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON Schema of a shape and of every shape inside it, by name."""
    properties: dict[str, Any] = {}
    for key, known in shape.fields.items():
        if known.shape is None:
            properties[key] = _SCHEMAS[known.type]
            continue
        yield from schemas(known.shape)
        reference = {"$ref": f"#/components/schemas/{known.shape.name}"}
        if known.type == "many":
            properties[key] = {"type": ["array", "null"], "items": reference}
        else:
            properties[key] = {"anyOf": [reference, {"type": "null"}]}
    required = [key for key, known in shape.fields.items() if not known.only_inside_invoice]
    yield shape.name, {"type": "object", "properties": properties, "required": required}
