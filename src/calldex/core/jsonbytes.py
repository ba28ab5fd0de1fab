"""JSON in and out without a float: fractions are Decimal, and come out with the digits they came in with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

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


def compact(raw: bytes) -> bytes:
    """The same JSON without blanks between its parts."""
    return msgspec.json.format(raw, indent=-1)
