"""Fixtures of deliveries, and what the events of one call come to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

from calldex.core.events import CallEvent, Heard
from calldex.core.folding import Fold, fold
from calldex.ingest.verdicts import Verdict

NOW = datetime(2026, 3, 12, 15, 30, tzinfo=UTC)
URL = "https://calls.example.com/ingest/x/01jx"


def fixture(beside: str, name: str) -> bytes:
    """The bytes of a fixture in the folder ``fixtures`` beside a test file. A form has a line per parameter."""
    path = Path(beside).parent / "fixtures" / name
    raw = path.read_bytes()
    return b"&".join(raw.split()) if path.suffix == ".form" else raw


def event(heard: Heard) -> CallEvent:
    """The first event of a delivery that must be used."""
    assert heard.meaning == "used", heard
    return heard.events[0]


def outcome(deliveries: Iterable[Heard]) -> Fold:
    """What stands when every event has been taken."""
    events = [one for heard in deliveries for one in heard.events]
    return fold((repr(one).encode(), one) for one in events)


def same_in_every_order(deliveries: Sequence[Heard]) -> Fold:
    """What stands when every event has been taken, having seen that neither order nor repetition changes it."""
    expected = outcome(deliveries)
    for order in permutations(deliveries):
        for shuffled in (order, (*order, order[0])):
            found = outcome(shuffled)
            assert (found.values, found.kept, found.vendor_ids) == (expected.values, expected.kept, expected.vendor_ids)
    return expected


def loaded(value: Any) -> Any:
    """The JSON that a field holds as bytes."""
    assert isinstance(value, bytes)
    return json.loads(value)


def at(text: str) -> datetime:
    """An instant of the day on which all fixtures play."""
    return datetime.fromisoformat(f"2026-03-12T{text}+00:00")


def refused(verdict: Verdict, outcome: str) -> None:
    """The verdict is this one and says so in a sentence."""
    assert verdict.outcome == outcome
    assert not verdict.accepted
    assert verdict.message.endswith(".")
