"""The overview: what the calls of a view were like, as charts, each of which is a part of the page by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.core.calendar import offsets
from calldex.core.calls import CLASSIFICATIONS, SENTIMENTS, STATUSES
from calldex.core.errors import DeadlineExceeded, InvalidRequest, NotFound, Problem
from calldex.core.times import day_of
from calldex.store.overviews import (
    Column,
    OverTime,
    answers_by_hour,
    calls_by_classification,
    calls_by_length,
    calls_by_sentiment,
    calls_by_status,
    top_partners,
)
from calldex.store.record_names import record_names
from calldex.web.calls import count_calls, offered
from calldex.web.charts import Bar, Cell, Figure, Series, Words, heat_map, horizontal_bars, stacked_columns
from calldex.web.context import WebContext
from calldex.web.naming import naming_partners
from calldex.web.texts import text, word
from calldex.web.views import View, read_view
from calldex.web.visits import Visit, visited

USUAL_PERIOD: Final = "30d"
_PLANNED: Final = ("pending_approval", "queued", "registered", "initiated", "ringing")
_STATUS_SERIES: Final = (
    ("completed",),
    ("no_answer",),
    ("busy",),
    ("failed",),
    ("canceled",),
    ("in_progress",),
    _PLANNED,
)
_SENTIMENT_CLASSES: Final = {
    "positive": "series-1",
    "neutral": "series-6",
    "negative": "series-4",
    "unknown": "series-5",
}
_SHORTEST_LENGTHS: Final = 2
"""So many classes of durations are shown as one: a filter by whole seconds cannot tell them apart."""

_COUNTING_MS: Final = 1000
_MOST_LOOKED_AT: Final = 1_000_000
"""So many calls are looked at one by one for the hours of a zone that are none of UTC's: it takes half a second."""

Draw = Callable[[Visit, View], Awaitable[Markup | None]]


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The page and its parts."""
    return [
        Route("/overview", visited(context, naming_partners(show_overview)), methods=["GET"]),
        Route("/overview/{figure}", visited(context, show_figure), methods=["GET"]),
    ]


async def show_overview(visit: Visit) -> Response:
    """The page without its figures, which it asks for when it is there; or for a script the part below the filters."""
    view, problems = _view_of(visit.request, visit)
    values: dict[str, Any] = {"view": view, "problems": problems, "figures": tuple(FIGURES)}
    template = "_overview_results.html" if visit.is_fragment else "overview.html"
    status = 422 if problems else 200
    return visit.page(
        template, status=status, offered=await offered(visit, view, everything=not visit.is_fragment), **values
    )


async def show_figure(visit: Visit) -> Response:
    """One figure; by itself, when no script asks for it, on a page of its own."""
    name = visit.request.path_params["figure"]
    if name not in FIGURES:
        raise NotFound(text("errors.no_page", path=visit.request.url.path[:100]))
    view, problems = _view_of(visit.request, visit)
    drawn: Markup | None = None
    too_slow = False
    if not problems:
        try:
            drawn = await FIGURES[name](visit, view)
        except DeadlineExceeded:
            too_slow = True
    template = "_overview_figure.html" if visit.is_fragment else "overview_figure.html"
    status = 422 if problems else 504 if too_slow else 200
    values: dict[str, Any] = {"view": view, "problems": problems, "name": name, "drawn": drawn, "too_slow": too_slow}
    return visit.page(template, status=status, **values)


def _view_of(request: Request, visit: Visit) -> tuple[View, tuple[Problem, ...]]:
    """The view of an address; of the last thirty days where it names no time, and where it is wrong."""
    pairs = request.query_params.multi_items()
    usual = [("period", USUAL_PERIOD)]
    try:
        view = read_view(pairs, visit.zone)
        timed = any(view.values(name) for name in ("period", "since", "until"))
        return (view if timed else read_view([*pairs, *usual], visit.zone)), ()
    except InvalidRequest as error:
        return read_view(usual, visit.zone), error.problems


def _narrowed(visit: Visit, view: View, **changed: Any) -> str:
    """The address of the same overview, narrowed."""
    return f"{visit.link('/overview')}?{view.query(**changed)}"


def _words(name: str, **values: object) -> Words:
    return Words(
        f"figure-{name}",
        text(f"overview.{name.replace('-', '_')}_caption", **values),
        text(f"overview.{name.replace('-', '_')}_first"),
        text("overview.calls"),
        text("overview.total"),
        text("overview.as_table"),
    )


async def _statuses(visit: Visit, view: View) -> Markup | None:
    found = await calls_by_status(visit.database, visit.organization_id, view.filter(datetime.now(UTC)), str(view.zone))
    groups = [*_STATUS_SERIES, ()]
    series = [
        *(
            Series(word("status", names[0]) if len(names) == 1 else text("overview.planned"), f"series-{place}")
            for place, names in enumerate(_STATUS_SERIES, start=1)
        ),
        Series(text("overview.other"), "series-8"),
    ]

    def figures(column: Column) -> list[tuple[int, dict[str, Any] | None]]:
        chosen = view.values("status")
        counted: list[tuple[int, dict[str, Any] | None]] = [
            (
                sum(column.calls.get(name, 0) for name in names),
                {"status": [name for name in names if not chosen or name in chosen]},
            )
            for names in groups[:-1]
        ]
        return [*counted, (sum(calls for name, calls in column.calls.items() if name not in STATUSES), None)]

    return _over_time(visit, view, found, "calls-per-day", series, figures)


async def _sentiments(visit: Visit, view: View) -> Markup | None:
    found = await calls_by_sentiment(
        visit.database, visit.organization_id, view.filter(datetime.now(UTC)), str(view.zone)
    )
    series = [Series(word("sentiment", name), _SENTIMENT_CLASSES[name]) for name in SENTIMENTS]
    series += [
        Series(text("overview.other"), "series-8"),
        Series(text("overview.no_sentiment"), "series-2", drawn=False),
    ]

    def figures(column: Column) -> list[tuple[int, dict[str, Any] | None]]:
        counted: list[tuple[int, dict[str, Any] | None]] = [
            (column.calls.get(name, 0), {"sentiment": name}) for name in SENTIMENTS
        ]
        none = column.calls.get(None, 0)
        others = sum(column.calls.values()) - none - sum(calls for calls, _ in counted)
        return [*counted, (others, None), (none, None)]

    return _over_time(visit, view, found, "sentiment", series, figures, share=True)


def _over_time(
    visit: Visit,
    view: View,
    found: OverTime,
    name: str,
    series: Sequence[Series],
    figures: Callable[[Column], list[tuple[int, dict[str, Any] | None]]],
    *,
    share: bool = False,
) -> Markup | None:
    """Columns over time, of the series that have any calls. A click on a column narrows to its days."""
    counted = [figures(column) for column in found.columns]
    kept = [place for place in range(len(series)) if any(row[place][0] for row in counted)]
    if not kept:
        return None
    bars = []
    for place, (column, row) in enumerate(zip(found.columns, counted, strict=True)):
        following = found.columns[place + 1].day if place + 1 < len(found.columns) else None
        days = _days(view, column, following)
        bars.append(
            Bar(
                _label(found.unit, column.day),
                _short(found.unit, column.day),
                _narrowed(visit, view, **days),
                tuple(
                    Figure(calls, None if narrowing is None else _narrowed(visit, view, **days, **narrowing))
                    for calls, narrowing in (row[one] for one in kept)
                ),
            )
        )
    words = _words(name, unit=text(f"overview.per_{found.unit}"))
    return stacked_columns(words, [series[one] for one in kept], bars, share=share)


def _days(view: View, column: Column, following: date | None) -> dict[str, Any]:
    """The days of a column as the filter says them: never more than the window has."""
    first, last = day_of(column.begin, view.zone), day_of(column.end - timedelta.resolution, view.zone)
    until = last if following is None else following - timedelta(days=1)
    return {"period": None, "since": first.isoformat(), "until": max(until, first).isoformat()}


def _label(unit: str, day: date) -> str:
    if unit == "day":
        return f"{day:%a %b} {day.day}, {day.year}"
    if unit == "week":
        return text("overview.week_of", day=f"{day:%b} {day.day}, {day.year}")
    return f"{day:%B} {day.year}" if unit == "month" else str(day.year)


def _short(unit: str, day: date) -> str:
    if unit in ("day", "week"):
        return f"{day:%b} {day.day}"
    return f"{day:%b} {day.year}" if unit == "month" else str(day.year)


async def _answer_rate(visit: Visit, view: View) -> Markup | None:
    now = datetime.now(UTC)
    by_hours_of_utc = not await _are_few_or_of_utc(visit, view, now)
    hours = await answers_by_hour(
        visit.database, visit.organization_id, view.filter(now), str(view.zone), by_hours_of_utc=by_hours_of_utc
    )
    if not any(cell.dialled for day in hours.days for cell in day):
        return None
    days_of = _days_by_weekday(view, now)
    cells = [
        [
            Cell(
                cell.answered,
                cell.dialled,
                None
                if weekday not in days_of
                else _narrowed(visit, view, period=None, since=days_of[weekday], until=days_of[weekday]),
            )
            for cell in day
        ]
        for weekday, day in enumerate(hours.days)
    ]
    names = [text(f"overview.weekday_{place}") for place in range(7)]
    begins = [f"{hour:02}:{hours.minute:02}" for hour in range(24)]
    return heat_map(_words("answer-rate"), [name[:3] for name in names], names, begins, cells)


async def _are_few_or_of_utc(visit: Visit, view: View, now: datetime) -> bool:
    """Whether the zone's own hours can be told: they are hours of UTC, or there are few enough calls to look at."""
    begin, end = view.window(now)
    if offsets(view.zone, begin or now, end or now).whole_hours:
        return True
    calls = await count_calls(visit, view, _COUNTING_MS)
    return calls is not None and calls <= _MOST_LOOKED_AT


def _days_by_weekday(view: View, now: datetime) -> dict[int, str]:
    """The day that each weekday means where the window has each of them only once."""
    begin, end = view.window(now)
    if begin is None or end is None or end - begin > timedelta(days=7, hours=1):
        return {}
    first = day_of(begin, view.zone)
    last = day_of(end - timedelta.resolution, view.zone)
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    return {day.weekday(): day.isoformat() for day in days} if len(days) <= 7 else {}


async def _classifications(visit: Visit, view: View) -> Markup | None:
    found = await calls_by_classification(visit.database, visit.organization_id, view.filter(datetime.now(UTC)))
    known = sorted(
        ((name, calls) for name, calls in found.items() if name is not None), key=lambda item: (-item[1], item[0])
    )
    # A call has several, and the filter's values are alternatives: there is no address for one beside another.
    asked = view.values("classification") or CLASSIFICATIONS
    bars = [
        _bar(
            word("classification", name),
            calls,
            _narrowed(visit, view, classification=name) if name in asked and name in CLASSIFICATIONS else None,
        )
        for name, calls in known
    ]
    if found[None]:
        bars.append(_bar(text("overview.no_classification"), found[None], None))
    return horizontal_bars(_words("classifications"), bars) if bars else None


async def _durations(visit: Visit, view: View) -> Markup | None:
    found = await calls_by_length(visit.database, visit.organization_id, view.filter(datetime.now(UTC)))
    shortest, rest = found.classes[:_SHORTEST_LENGTHS], found.classes[_SHORTEST_LENGTHS:]
    classes = [
        (None, shortest[-1].below_ms, sum(one.calls for one in shortest)),
        *((one.at_least_ms, one.below_ms, one.calls) for one in rest),
    ]
    if not any(calls for *_, calls in classes):
        return None
    bars = []
    for at_least, below, calls in classes:
        longer = None if at_least is None else at_least // 1000
        shorter = None if below is None else below // 1000
        closer = _closer(view, longer, shorter)
        link = None if closer is None else _narrowed(visit, view, **closer)
        bars.append(Bar(_length_label(at_least, below), _length_short(at_least, below), link, (Figure(calls, link),)))
    if found.unknown:
        bars.append(Bar(text("overview.no_duration"), "?", None, (Figure(found.unknown),)))
    return stacked_columns(_words("durations"), [Series(text("overview.calls"), "series-6")], bars)


def _closer(view: View, longer: int | None, shorter: int | None) -> dict[str, Any] | None:
    """A class of durations, from ``longer`` on to below ``shorter``, within those that are asked for already.

    None where they have nothing in common.
    """
    lows = [one for one in (view.asked.longer, longer) if one is not None]
    highs = [one for one in (view.asked.shorter, shorter) if one is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    if low is not None and high is not None and low >= high:
        return None
    return {"longer": low, "shorter": high}


def _length_label(at_least: int | None, below: int | None) -> str:
    if at_least is None:
        return text("overview.shorter_than", end=_length(below))
    if below is None:
        return text("overview.longer_than", begin=_length(at_least))
    return text("overview.between", begin=_length(at_least), end=_length(below))


def _length_short(at_least: int | None, below: int | None) -> str:
    return f"<{_length(below)}" if at_least is None else f"\u2265{_length(at_least)}"


def _length(milliseconds: int | None) -> str:
    seconds = (milliseconds or 0) // 1000
    return f"{seconds // 60}m" if seconds >= 60 else f"{seconds}s"


async def _partners(visit: Visit, view: View) -> Markup | None:
    found = await top_partners(visit.database, visit.organization_id, view.filter(datetime.now(UTC)))
    async with visit.database.session() as session:
        names = await record_names(session, visit.organization_id, [one.partner for one in found])
    bars = []
    for one in found:
        known = names.get(one.partner)
        handle = str(one.partner) if known is None else known.handle
        bars.append(_bar(handle if known is None else known.name, one.calls, _narrowed(visit, view, partner=handle)))
    return horizontal_bars(_words("partners"), bars) if bars else None


def _bar(label: str, calls: int, link: str | None) -> Bar:
    return Bar(label, label, link, (Figure(calls, link),))


FIGURES: Final[dict[str, Draw]] = {
    "calls-per-day": _statuses,
    "sentiment": _sentiments,
    "answer-rate": _answer_rate,
    "classifications": _classifications,
    "durations": _durations,
    "partners": _partners,
}
"""The parts of the page by the last part of their address, in their order."""
