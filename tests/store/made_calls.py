"""Calls whose facts are few enough to be shared by many, at times where hours, days and months end; and the filters
that can be asked of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st

from calldex.core.calls import CallChange, Linked
from calldex.core.filters import CallFilter
from calldex.core.ids import record_uuid
from calldex.core.jsonbytes import encode

SOURCE: Final = "stuut"
DIRECTIONS: Final = ("inbound", "outbound", "sideways")
SENTIMENTS: Final = ("positive", "negative", "neutral")
STATUSES: Final = ("completed", "failed", "no_answer")
WORDS: Final = ("dispute", "payment_promise", "feedback", "other")
MODES: Final = ("ai", "AI", "manual")
LANGUAGES: Final = ("en", "De", "de")
RATINGS: Final = ("Complete", "Partial")
REASONS: Final = ("agent_hangup", "voicemail_reached", "user_hangup")
NUMBERS: Final = ("+12025550100", "+12025550101", "sip:a@b.example")
TAGS: Final = ("vip", "late")
AGENTS: Final = ("a0", "a1", "a2")
LENGTHS: Final = (0, 1, 9_999, 10_000, 29_999, 60_000, 75_000, 300_000, 600_000, 10**12)

_HOUR: Final = timedelta(hours=1)
_TICK: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BLOCK: Final = timedelta(days=32)
_EDGES: Final = (
    _EPOCH,
    _EPOCH - _BLOCK,
    _EPOCH - 700 * _BLOCK + _HOUR,
    _EPOCH + 640 * _BLOCK,
    _EPOCH + 640 * _BLOCK + timedelta(days=1),
    _EPOCH + 640 * _BLOCK + timedelta(days=1, hours=5),
    _EPOCH + 641 * _BLOCK,
)
TIMES: Final = (
    *(edge + moved for edge in _EDGES for moved in (-_TICK, timedelta(0), _TICK, timedelta(minutes=31))),
    datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(1, 1, 1, 0, 59, 59, 999_999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 0, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_998, tzinfo=UTC),
)
"""The edges of hours, days and spans of 32 days, a moment to each side of them, and the ends of all time."""


def _named(kind: str, number: int) -> tuple[UUID, Linked]:
    name = f"{kind}{number}"
    record = record_uuid(SOURCE, kind, name)
    return record, Linked(record, kind, name, encode({"id": name}))


PARTNERS: Final = tuple(_named("partner", number) for number in range(3))
WORKFLOWS: Final = tuple(_named("workflow", number) for number in range(2))
INVOICES: Final = tuple(_named("invoice", number) for number in range(3))


def made_call(name: str, random: Random, version: int) -> CallChange:
    """A copy of the call, with any facts; of two the greater version wins."""
    partner, workflow = random.choice((None, *PARTNERS)), random.choice((None, *WORKFLOWS))
    invoices = random.sample(INVOICES, random.choice((0, 0, 1, 2)))
    started = random.choice(TIMES)
    values: dict[str, Any] = {
        "direction": random.choice(DIRECTIONS),
        "sentiment": random.choice((None, *SENTIMENTS)),
        "status": random.choice(STATUSES),
        "started_at": started,
        "created_at": random.choice((started, random.choice(TIMES))),
        "duration_ms": random.choice((None, *LENGTHS)),
        "classifications": encode([{"classification": word} for word in random.sample(WORDS, random.randrange(3))]),
        "tags": encode(random.sample(TAGS, random.randrange(3))),
        "agent_id": random.choice((None, *AGENTS)),
        "partner": partner and partner[0],
        "workflow": workflow and workflow[0],
        "invoices": [record for record, _ in invoices],
        "mode": random.choice((None, *MODES)),
        "language": random.choice((None, *LANGUAGES)),
        "completion_rating": random.choice((None, *RATINGS)),
        "disconnection_reason": random.choice((None, *REASONS)),
        "recording": random.choice((b"null", b'"https://recordings.example/1"', b'""')),
        "transcript_text": random.choice((None, "", "hello")),
        "from_number": random.choice(NUMBERS),
        "to_number": random.choice(NUMBERS),
        "deleted_at": random.choice((None,) * 7 + (TIMES[5],)),
    }
    linked = [entry[1] for entry in (partner, workflow, *invoices) if entry is not None]
    return CallChange(SOURCE, name, _EPOCH + timedelta(seconds=version), values, linked)


def deleted_call(name: str, version: int) -> CallChange:
    """What says that the call is deleted."""
    moment = _EPOCH + timedelta(seconds=version)
    return CallChange(SOURCE, name, moment, {"deleted_at": moment, "created_at": moment})


def every_record() -> list[CallChange]:
    """Two calls that bring all the linked records, deleted at once: a filter means only records that are there."""
    linked = [entry[1] for entry in (*PARTNERS, *WORKFLOWS, *INVOICES)]
    values = {"created_at": TIMES[9], "deleted_at": TIMES[9]}
    return [CallChange(SOURCE, "all records", _EPOCH, values, linked)]


def _some(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


_moments = st.sampled_from(TIMES) | st.sampled_from(TIMES).map(
    lambda time: time + 17 * _TICK if time.year < 9999 else time
)
_records = {"partners": PARTNERS, "workflows": WORKFLOWS, "invoices": INVOICES}

FACETS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "directions": _some(DIRECTIONS),
    "sentiments": _some(SENTIMENTS),
    "statuses": _some(STATUSES),
    "classifications": _some((*WORDS, "never said")),
    "agents": _some(tuple(record_uuid(SOURCE, "agent", name) for name in AGENTS)),
    "workflows": _some(tuple(record for record, _ in WORKFLOWS)),
    "sources": _some((SOURCE, "native")),
    "kinds": _some(("direct", "session")),
    "modes": _some(("Ai", "MANUAL")),
    "languages": _some(("DE", "en")),
    "completion_ratings": _some(("complete", "PARTIAL")),
    "dispositions": _some(
        ("call_completed", "call_completed.agent_hangup", "call_failed", "call_failed.dial_no_answer")
    ),
    "voicemail": st.booleans(),
    "has_recording": st.booleans(),
    "has_transcript": st.booleans(),
    "min_duration_ms": st.sampled_from((0, 1, 10_000, 75_000, 300_000, 10**13)),
    "max_duration_ms": st.sampled_from((0, 9_999, 59_999, 75_000, 10**13)),
}
"""What facets can tell, each filter with what may be asked of it."""

WINDOWS: Final[dict[str, st.SearchStrategy[Any]]] = {"occurred_from": _moments, "occurred_before": _moments}
OTHERS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "partners": _some(tuple(record for record, _ in PARTNERS)),
    "invoices": _some(tuple(record for record, _ in INVOICES)),
    "tags": _some(TAGS),
    "number_keys": _some(NUMBERS),
    "from_keys": _some(NUMBERS),
    "created_from": _moments,
    "created_until": _moments,
}


@st.composite
def filters(draw: st.DrawFn) -> CallFilter:
    """Any filter: of what facets tell alone, with a window of time, and with others beside."""
    names = draw(st.lists(st.sampled_from(sorted(FACETS)), max_size=4, unique=True))
    names += draw(st.lists(st.sampled_from(sorted(WINDOWS)), max_size=2, unique=True) | st.just([]))
    names += draw(st.just([]) | st.lists(st.sampled_from(sorted(OTHERS)), max_size=2, unique=True))
    asked = {**FACETS, **WINDOWS, **OTHERS}
    return CallFilter(**{name: draw(asked[name]) for name in names})


def each_filter() -> list[CallFilter]:
    """Every filter alone, by one value."""
    one: dict[str, Any] = {
        "directions": DIRECTIONS[:1],
        "sentiments": SENTIMENTS[:1],
        "statuses": STATUSES[:1],
        "classifications": WORDS[:2],
        "agents": (record_uuid(SOURCE, "agent", AGENTS[0]),),
        "workflows": (WORKFLOWS[0][0],),
        "sources": (SOURCE,),
        "kinds": ("session",),
        "modes": ("ai",),
        "languages": ("de",),
        "completion_ratings": ("complete",),
        "dispositions": ("call_completed",),
        "voicemail": True,
        "has_recording": False,
        "has_transcript": True,
        "min_duration_ms": 10_000,
        "max_duration_ms": 75_000,
        "occurred_from": TIMES[18],
        "occurred_before": TIMES[19],
        "partners": (PARTNERS[0][0],),
        "invoices": (INVOICES[0][0],),
        "tags": TAGS[:1],
        "number_keys": NUMBERS[:1],
        "from_keys": NUMBERS[1:2],
        "created_from": TIMES[9],
        "created_until": TIMES[9],
    }
    assert one.keys() == {**FACETS, **WINDOWS, **OTHERS}.keys()
    return [CallFilter(), *(CallFilter(**{name: value}) for name, value in one.items())]


def windowed_filters(random: Random) -> list[CallFilter]:
    """Every filter that facets tell alone, and some together, in windows of time that begin or end anywhere."""
    alone = [asked for asked in each_filter() if asked.given().keys() <= FACETS.keys()]
    together = [replace(alone[1], agents=alone[5].agents), replace(alone[3], agents=alone[5].agents, voicemail=False)]
    windows: list[CallFilter] = []
    for asked in [*alone, *together] * 3:
        begin, end = sorted(random.sample(TIMES, 2))
        windows.append(
            replace(
                asked,
                occurred_from=begin if random.random() < 0.7 else None,
                occurred_before=end + 13 * _TICK if random.random() < 0.6 and end.year < 9999 else None,
            )
        )
    return windows
