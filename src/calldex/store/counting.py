"""How many calls of a filter there are by what they share, and by when they were: one statement for one figure.

What facets tell is added up from the counts (docs/decisions/0017-counts.md); other calls are counted one by one in an
index (docs/decisions/0019-overview.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, LiteralString

from calldex.core.calendar import Offsets
from calldex.core.facets import DETAILS, FIELDS, FINEST, Told, told_by_facets
from calldex.core.filters import CallFilter
from calldex.core.searching import Understood
from calldex.store.calls import Deadline, existing, reading
from calldex.store.conditions import Conditions, conditions, facet_conditions
from calldex.store.spans import BLOCK, DAY, HOUR, HOURS, Edge, Spans, hour_from, passes, spans_between

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

DEADLINE_MS: Final = 5000
_ATTEMPTS: Final = 5
_PLANNING: Final = (
    "SELECT set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('enable_nestloop', $1, true)"
)
"""The planner takes what is added up for a handful of rows, and would sort half a million of them. A plan that is made
once for any window knows nothing of how much it holds. And before tables are analyzed it takes facets to be one, and
would go through calls once for each of them; what has to be looked up one by one is LATERAL, which it cannot change.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """What calls can be counted by: the filter that asks for it, its column of a facet, and how a call has it."""

    asked_by: str
    of_facet: LiteralString
    of_call: LiteralString


STATUS: Final = Field("statuses", "status", "c.status")
SENTIMENT: Final = Field("sentiments", "sentiment", "c.sentiment")
WORDS: Final = Field("classifications", "classification_words", "c.classification_words")
VOICEMAIL: Final = Field("voicemail", "voicemail", "c.voicemail")
LENGTH: Final = Field("min_duration_ms", "length", "call_length(c.duration_ms)")


@dataclass(frozen=True, slots=True)
class Times:
    """How calls are told apart by time: by the spans between ``edges``, or by ``hours`` of the week if these are given.

    The edges bound what is counted in either case.
    """

    edges: tuple[Edge, ...]
    hours: Offsets | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A question and the values of its parameters."""

    sql: LiteralString
    values: list[object]
    counted: bool = False
    """Whether it adds up counts, and looks up nothing but what it says itself."""


Write = Callable[[CallFilter, Told, frozenset[str]], Statement]
"""Writes the statement for a filter of which facets tell this much, and which fields they do not tell apart."""


async def count_by(
    database: Database, organization_id: int, asked: CallFilter, times: Times, by: tuple[Field, ...]
) -> list[Any]:
    """Rows of the place in time, counted from 0, the values of the fields, and how many calls have them."""

    def write(asked: CallFilter, told: Told, folded: frozenset[str]) -> Statement:
        spans = _spans_for(asked, told, folded, times, by)
        if spans is None:
            return _by_call(organization_id, asked, told, folded, times, by)
        return _by_count(organization_id, told, spans, times, by)

    return await ask(database, organization_id, asked, write)


async def ask(database: Database, organization_id: int, asked: CallFilter, write: Write) -> list[Any]:
    """The rows of one statement, of one moment, beside those that ``existing`` and the marks need.

    Raises DeadlineExceeded after five seconds.
    """
    async with reading(database, DEADLINE_MS) as (session, deadline):
        await deadline.arm()
        asked = await existing(session, organization_id, asked)
        for attempt in range(_ATTEMPTS):
            told = (await database.marks.of(session, organization_id, asked, anew=attempt > 0)).told
            folded = database.marks.folded[organization_id]
            rows = await _fetch(session, deadline, write(asked, told, folded))
            if frozenset(rows[0][0] or ()) == folded:
                break
        else:
            # Fields are folded faster than this can be read; the calls themselves know no folding.
            folded = frozenset(FIELDS.values())
            rows = await _fetch(session, deadline, write(asked, told_by_facets(asked, folded), folded))
        # Where nothing was found there is still a row that says what is folded.
        return [row[2:] for row in rows if row[1]]


async def _fetch(session: Session, deadline: Deadline, statement: Statement) -> list[Any]:
    await session.execute(_PLANNING, "off" if statement.counted else "on")
    await deadline.arm()
    return await session.fetch(
        "SELECT v.folded, p.* FROM (SELECT (SELECT o.folded FROM organization_versions o WHERE o.organization_id = $1)"
        f" AS folded) AS v LEFT JOIN (SELECT true AS found, s.* FROM ({statement.sql}) AS s) AS p ON true",
        *statement.values,
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """The detail that tells everything apart, and what is to be added up of it."""

    detail: int
    spans: Spans


def _spans_for(
    asked: CallFilter, told: Told, folded: frozenset[str], times: Times, by: tuple[Field, ...]
) -> _Counts | None:
    """What to add up, or None where counts cannot answer, or hardly help."""
    if told.rest(asked).given() or any(FIELDS.get(one.asked_by) in folded for one in by):
        return None
    fields = {*told.filter.given(), *(one.asked_by for one in by)}
    detail = max(told.detail, next(place for place, names in enumerate(DETAILS) if fields <= names))
    if times.hours is not None:
        if detail == FINEST or not times.hours.whole_hours:
            return None
        return _Counts(detail, spans_between(times.edges, largest=HOUR))
    spans = spans_between(times.edges, largest=BLOCK, smallest=DAY if detail == FINEST else HOUR)
    first, last = times.edges[0], times.edges[-1]
    if first is not None and last is not None and 3 * spans.torn_time > last - first:
        return None
    return _Counts(detail, spans)


def _by_count(organization_id: int, told: Told, counts: _Counts, times: Times, by: tuple[Field, ...]) -> Statement:
    found = facet_conditions(organization_id, told)
    names: LiteralString = "".join([f", f.{one.of_facet}" for one in by])
    facets = _facets(found, by)
    parts: list[LiteralString] = []
    for one in passes(counts.spans):
        low, high = found.add(one.lows), found.add(one.highs)
        fits: LiteralString = ""
        if one.bounds is not None:
            fits = f" WHERE width_bucket(k.bucket, {found.add(one.bounds)}::integer[]) % 2 = 1"
        parts.append(
            f"SELECT {_place_of_count(found, times, one.span)} AS place{names}, sum(k.calls)::bigint AS calls"
            f" FROM ({facets} AND c.detail = {found.add(counts.detail)}::smallint) AS f"
            f" CROSS JOIN unnest({low}::integer[], {high}::integer[]) AS s (low, high)"
            # OFFSET makes it a look-up for each facet and pass, of which the planner does not know how few there are.
            " CROSS JOIN LATERAL (SELECT n.bucket, n.calls FROM call_counts n WHERE n.organization_id = $1"
            f" AND n.detail = {found.add(counts.detail)}::smallint AND n.span = {found.add(one.span)}::smallint"
            " AND n.facet = f.id AND n.bucket >= s.low AND n.bucket <= s.high OFFSET 0) AS k"
            f"{fits} GROUP BY 1{names}"
        )
    if counts.spans.torn:
        begin, end = (found.add([stretch[part] for stretch in counts.spans.torn]) for part in range(2))
        parts.append(
            f"SELECT {_place_of_call(found, times)} AS place{names}, count(*) AS calls"
            f" FROM unnest({begin}::timestamptz[], {end}::timestamptz[]) AS s (low, high)"
            " CROSS JOIN LATERAL (SELECT n.occurred_at, n.facet FROM calls n WHERE n.organization_id = $1"
            " AND n.deleted_at IS NULL AND n.occurred_at >= s.low AND n.occurred_at < s.high OFFSET 0) AS c"
            f" JOIN ({facets} AND c.detail = {found.add(FINEST)}::smallint) AS f ON f.id = c.facet"
            f" GROUP BY 1{names}"
        )
    counted: LiteralString = " UNION ALL ".join(parts)
    plain: LiteralString = "".join([f", {one.of_facet}" for one in by])
    counted = f"SELECT place{plain}, sum(calls)::bigint AS calls FROM ({counted}) AS u GROUP BY place{plain}"
    return Statement(counted, found.values, counted=True)


def _by_call(
    organization_id: int,
    asked: CallFilter,
    told: Told,
    folded: frozenset[str],
    times: Times,
    by: tuple[Field, ...],
) -> Statement:
    found, source = calls_of(organization_id, asked, told, folded, by)
    names: LiteralString = "".join([f", {value_of(one, folded)} AS {one.of_facet}" for one in by])
    plain: LiteralString = "".join([f", {one.of_facet}" for one in by])
    counted: LiteralString = (
        f"SELECT place{plain}, count(*) AS calls FROM (SELECT {_place_of_call(found, times)} AS place{names}"
        f" FROM {source}) AS u GROUP BY place{plain}"
    )
    return Statement(counted, found.values)


def value_of(one: Field, folded: frozenset[str]) -> LiteralString:
    """The field of a call: its facet's, which an index holds, unless facets do not tell it apart."""
    return one.of_call if FIELDS.get(one.asked_by) in folded else f"f.{one.of_facet}"


def calls_of(
    organization_id: int, asked: CallFilter, told: Told, folded: frozenset[str], by: tuple[Field, ...]
) -> tuple[Conditions, LiteralString]:
    """The calls ``c`` that fit, joined with their facets ``f`` where those are needed, and the values for it."""
    found = facet_conditions(organization_id, told)
    rest = replace(told.rest(asked), occurred_from=asked.occurred_from, occurred_before=asked.occurred_before)
    facets: LiteralString = ""
    of_facets = [one for one in by if FIELDS.get(one.asked_by) not in folded]
    if of_facets or told.detail > 0:
        facets = f" JOIN ({_facets(found, tuple(of_facets))} AND c.detail = {found.add(FINEST)}::smallint OFFSET 0)"
        facets += " AS f ON f.id = c.facet"
    if not isinstance(rest.said, Understood):
        fits = conditions(organization_id, rest, beside=found)
        return found, f"{fits.source}{facets} WHERE {fits.where}"
    query = found.add(rest.said.query)
    fits = conditions(organization_id, replace(rest, said=None), beside=found)
    # Each match is looked up: a planner that has not counted the tables yet would go through all of them for each call.
    return found, (
        f"(SELECT t.call_id FROM call_texts t WHERE t.organization_id = $1 AND t.words @@ {query}::tsquery OFFSET 0)"
        " AS m CROSS JOIN LATERAL (SELECT c.id, c.occurred_at, c.facet, c.partner, c.status, c.sentiment, c.voicemail,"
        f" c.classification_words, c.duration_ms FROM {fits.source} WHERE c.id = m.call_id AND {fits.where} OFFSET 0)"
        f" AS c{facets} WHERE true"
    )


def _facets(found: Conditions, by: tuple[Field, ...]) -> LiteralString:
    columns: LiteralString = "".join([f", c.{one.of_facet}" for one in by])
    return f"SELECT c.id{columns} FROM {found.source} WHERE {found.where}"


def _place_of_count(found: Conditions, times: Times, span: int) -> LiteralString:
    if times.hours is not None:
        since = found.add([hour_from(moment) for moment in times.hours.since])
        ahead = found.add([seconds // 3600 for seconds in times.hours.seconds])
        # The first offset holds for what lies before it in the same hour, too.
        clock: LiteralString = (
            f"k.bucket + ({ahead}::integer[])[greatest(width_bucket(k.bucket, {since}::integer[]), 1)]"
        )
        return _hour_of_week(clock)
    inner = [hour_from(edge) for edge in times.edges[1:-1] if edge is not None]
    return (
        f"width_bucket(k.bucket::bigint * {found.add(HOURS[span])}::bigint, {found.add(inner)}::bigint[])"
        if inner
        else "0"
    )


def _place_of_call(found: Conditions, times: Times) -> LiteralString:
    if times.hours is not None:
        since, seconds = found.add(list(times.hours.since)), found.add(list(times.hours.seconds))
        ahead: LiteralString = (
            f"({seconds}::integer[])[greatest(width_bucket(c.occurred_at, {since}::timestamptz[]), 1)]"
        )
        return _hour_of_week(
            f"floor((date_part('epoch', date_trunc('second', c.occurred_at)) + {ahead}) / 3600)::integer"
        )
    inner = [edge for edge in times.edges[1:-1] if edge is not None]
    return f"width_bucket(c.occurred_at, {found.add(inner)}::timestamptz[])" if inner else "0"


def _hour_of_week(clock: LiteralString) -> LiteralString:
    """From the hours since 1970 that clocks have counted: 0 is the first hour of Monday, 167 the last of Sunday."""
    # The first hour of 1970 was 72 hours behind the beginning of a Monday; a remainder may be below 0.
    return f"((({clock} + 72) % 168) + 168) % 168"
