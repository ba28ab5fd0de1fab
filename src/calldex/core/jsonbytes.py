"""JSON in and out without a float: fractions are Decimal, and come out with the digits they came in with."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import msgspec

encode = msgspec.json.Encoder(decimal_format="number").encode
"""Compact JSON bytes; instants as RFC 3339 in UTC, Decimal as a number."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decode(raw: bytes) -> Any:
    """Parsed JSON with Decimal for every number that has a fraction or an exponent.

    Raises MsgspecError, also for a number that is too large to be one.
    """
    try:
        return _decoder.decode(raw)
    except ArithmeticError:
        raise msgspec.ValidationError("Number out of range") from None


_HALF_PAIR: Final = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")


def what_is_wrong(mistake: Exception, raw: bytes) -> str:
    """Why JSON cannot be read, in the decoder's words.

    The decoder takes half of a surrogate pair near the end for JSON that ends too early, so that has its own.
    """
    words = str(mistake).removeprefix("JSON is malformed: ")
    if words == "Input data was truncated":
        return "a text holds half of a surrogate pair" if _HALF_PAIR.search(raw) else "it ends too early"
    return words


def compact(raw: bytes) -> bytes:
    """The same JSON without blanks between its parts."""
    return msgspec.json.format(raw, indent=-1)


def understood(raw: bytes | None) -> Any:
    """Parsed JSON that a source gave; None for silence, and for what cannot be read."""
    try:
        return None if raw is None else decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None


def members_of(raw: bytes | None) -> dict[str, Any]:
    """The members of a JSON object; none of anything else that a source may have given."""
    found = understood(raw)
    return found if isinstance(found, dict) else {}


def entries_of(raw: bytes | None) -> list[dict[str, Any]]:
    """The objects of a JSON array; none of anything else that a source may have given."""
    found = understood(raw)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
