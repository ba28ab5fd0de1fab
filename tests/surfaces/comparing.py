"""Comparing what went in with what came out, by the rules of the data: instants as instants, numbers as numbers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any


def differences(given: Any, answered: Any, path: str = "") -> list[str]:
    """Where two JSON values differ: keys, their order, values, the order of arrays. Empty when nowhere."""
    if isinstance(given, dict) and isinstance(answered, dict):
        if list(given) != list(answered):
            return [f"{path}: keys {list(given)} became {list(answered)}"]
        return [found for key in given for found in differences(given[key], answered[key], f"{path}.{key}")]
    if isinstance(given, list) and isinstance(answered, list):
        if len(given) != len(answered):
            return [f"{path}: {len(given)} entries became {len(answered)}"]
        return [
            found
            for place, (one, other) in enumerate(zip(given, answered, strict=True))
            for found in differences(one, other, f"{path}[{place}]")
        ]
    return [] if _same(given, answered) else [f"{path}: {given!r} became {answered!r}"]


def _same(given: Any, answered: Any) -> bool:
    if isinstance(given, bool) or isinstance(answered, bool) or given is None or answered is None:
        return given is answered
    if isinstance(given, int | Decimal) and isinstance(answered, int | Decimal):
        # Digits are money's scale, so 1077.330 must not become 1077.33.
        return str(given) == str(answered)
    if isinstance(given, str) and isinstance(answered, str):
        return given == answered or (_instant(given) is not None and _instant(given) == _instant(answered))
    return False


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
