"""The list: the address is the view, every filter answers as plain Python over the same calls does, and pages of any
depth have the exact total.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surfaces.hearing import hearing
from tests.surfaces.serving import Serving, Tenant
from tests.web.visiting import Visitor, visitor

from calldex.actions.import_calls import Importing, import_calls
from calldex.app.formats import FORMATS
from calldex.core.errors import InvalidRequest
from calldex.ingest.demo import demo_calls
from calldex.web.exporting import csv_line
from calldex.web.views import read_view

CALLS = 230
_TOTAL = re.compile(r"<strong>([\d,]+) calls?</strong>")
_ROW = re.compile(r'data-call="([0-9a-f-]{36})"')


@dataclass
class Shop:
    """An organization with demo calls, and all of them as our own API shows them."""

    tenant: Tenant
    calls: list[dict[str, Any]]


_shops: dict[str, Shop] = {}


async def shop_of(app: Serving) -> Shop:
    """Made once for the module: nobody changes it."""
    if app.url not in _shops:
        tenant = await app.tenant()
        importing: dict[str, Importing] = {}
        for source, raw in islice(demo_calls(CALLS, seed=5, now=datetime(2026, 3, 20, 12, tzinfo=UTC)), CALLS):
            used = importing.setdefault(source, FORMATS[source].importing())
            await import_calls(app.database, tenant.organization.id, used, [FORMATS[source].parse_call(raw)])
        calls: list[dict[str, Any]] = []
        for page in range(10):
            calls += (await tenant.answer("/api/v1/calls", [("page", str(page)), ("limit", "500")]))["data"]
        _shops[app.url] = Shop(tenant, calls)
    return _shops[app.url]


@asynccontextmanager
async def looking(app: Serving, role: str = "member") -> AsyncIterator[tuple[Shop, Visitor]]:
    shop = await shop_of(app)
    async with visitor(app, shop.tenant, role) as somebody:
        yield shop, somebody


def total_of(page: str) -> int:
    found = _TOTAL.search(page)
    assert found is not None, page[:3000]
    return int(found[1].replace(",", ""))


def rows_of(page: str) -> list[str]:
    return _ROW.findall(page)


def _at(call: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(call["occurred_at"])


def _words(call: dict[str, Any]) -> set[str]:
    return {entry.get("classification") for entry in call["classifications"] or []}


def _number(call: dict[str, Any], digits: str) -> bool:
    return any((call[side] or "").startswith(digits) for side in ("from_number", "to_number"))


Fits = Callable[[dict[str, Any]], bool]
BERLIN = ZoneInfo("Europe/Berlin")

FILTERS: list[tuple[list[tuple[str, str]], Fits]] = [
    ([("direction", "inbound")], lambda c: c["direction"] == "inbound"),
    ([("status", "completed"), ("status", "busy")], lambda c: c["status"] in ("completed", "busy")),
    ([("sentiment", "negative")], lambda c: c["sentiment"] == "negative"),
    ([("classification", "payment_promise")], lambda c: "payment_promise" in _words(c)),
    ([("voicemail", "yes")], lambda c: c["voicemail"]),
    ([("voicemail", "no")], lambda c: not c["voicemail"]),
    ([("longer", "60")], lambda c: (c["duration_ms"] or 0) >= 60_000),
    ([("shorter", "60")], lambda c: c["duration_ms"] is not None and c["duration_ms"] < 60_000),
    ([("longer", "30"), ("shorter", "120")], lambda c: 30_000 <= (c["duration_ms"] or 0) < 120_000),
    ([("number", "+1 503")], lambda c: _number(c, "+1503")),
    ([("number", "1 (503)")], lambda c: _number(c, "+1503")),
    ([("language", "en")], lambda c: c["language"] == "en"),
    (
        [("since", "2026-01-10"), ("until", "2026-02-09"), ("zone", "Europe/Berlin")],
        lambda c: date(2026, 1, 10) <= _at(c).astimezone(BERLIN).date() <= date(2026, 2, 9),
    ),
    ([("since", "2026-02-01"), ("zone", "UTC")], lambda c: _at(c).date() >= date(2026, 2, 1)),
    (
        [("direction", "outbound"), ("sentiment", "positive"), ("status", "completed")],
        lambda c: (c["direction"], c["sentiment"], c["status"]) == ("outbound", "positive", "completed"),
    ),
    ([("direction", ""), ("said", ""), ("since", "")], lambda _: True),
]


@pytest.mark.parametrize(("pairs", "fits"), FILTERS, ids=[urlencode(pairs) for pairs, _ in FILTERS])
async def test_every_filter_answers_as_a_reading_of_all_calls(
    app: Serving, pairs: list[tuple[str, str]], fits: Fits
) -> None:
    async with looking(app) as (shop, somebody):
        wanted = [call["uuid"] for call in shop.calls if fits(call)]
        page = await somebody.page(f"/calls?{urlencode(pairs)}")
        if not wanted:
            assert "No call fits" in page
            return
        if "Counting" in page:
            counted = (await somebody.get(f"/calls/total?{urlencode(pairs)}", fragment=True)).text
            assert total_of(counted) == len(wanted) > 50
        else:
            assert total_of(page) == len(wanted)
        assert rows_of(page) == wanted[:50]


@pytest.mark.parametrize(
    "query", ["until=9999-12-31", "since=0001-01-01", "since=9999-12-31", "since=0001-01-01&until=9999-12-31"]
)
async def test_the_ends_of_all_time_can_be_asked_for(app: Serving, query: str) -> None:
    async with looking(app) as (_, somebody):
        for zone in ("Pacific/Kiritimati", "America/New_York"):
            for path in ("/calls", "/calls/total", "/overview", "/calls/export.csv", "/overview/calls-per-day"):
                answer = await somebody.get(f"{path}?{query}&zone={zone}")
                assert answer.status_code == 200, (path, answer.text[:300])


@pytest.mark.parametrize(
    "spelling",
    [
        "+1 {a} {b}-{c}",
        "({a}) {b}-{c}",
        "{a}.{b}.{c}",
        "1{a}{b}{c}",
        "\u202a+1{a}{b}{c}\u202c",
        "+1\u00a0{a}\u00a0{b}{c}",
    ],
)
async def test_a_number_is_found_however_it_is_written(app: Serving, spelling: str) -> None:
    async with looking(app) as (shop, somebody):
        number = next(call["to_number"] for call in shop.calls if (call["to_number"] or "").startswith("+1"))
        text = spelling.format(a=number[2:5], b=number[5:8], c=number[8:])
        wanted = [call["uuid"] for call in shop.calls if _number(call, number)]
        assert rows_of(await somebody.page("/calls", number=text)) == wanted[:50]


@pytest.mark.parametrize(
    "said", ["\u0645\u06cc\u200c\u062e\u0648", "Zahlung\u00a0morgen", "a\nb", "\u05e9\u05dc\u05d5\u05dd\u200f"]
)
async def test_text_of_any_writing_can_be_looked_for(app: Serving, said: str) -> None:
    async with looking(app) as (_, somebody):
        assert "No call fits" in await somebody.page("/calls", said=said)


@pytest.mark.parametrize("name", ["partner", "workflow", "agent"])
async def test_linked_records_filter_by_any_of_their_ids(app: Serving, name: str) -> None:
    async with looking(app) as (shop, somebody):
        call = next(call for call in shop.calls if (call["agent_id"] if name == "agent" else call[name]))
        if name == "agent":
            ids = [call["agent_id"]]
            wanted = [one["uuid"] for one in shop.calls if one["agent_id"] == call["agent_id"]]
        else:
            ids = [call[name]["id"], call[name]["uuid"]]
            wanted = [one["uuid"] for one in shop.calls if one[name] and one[name]["uuid"] == call[name]["uuid"]]
        for text in ids:
            page = await somebody.page(f"/calls?{urlencode([(name, text)])}")
            assert rows_of(page) == wanted[:50]
            assert total_of(page) == len(wanted)


async def test_what_was_said_filters(app: Serving) -> None:
    async with looking(app) as (shop, somebody):
        wanted = (await shop.tenant.answer("/api/v1/calls", [("q", '"thank you"'), ("total", "exact")]))["total"]
        assert wanted
        page = await somebody.page("/calls", said='"thank you"')
        assert len(rows_of(page)) == min(wanted, 50)
        assert "/calls/total?said=%22thank+you%22" in page
        assert total_of((await somebody.get("/calls/total", said='"thank you"', fragment=True)).text) == wanted
        assert (await somebody.get("/calls/total", said='"', fragment=True)).status_code == 422


async def test_pages_of_any_depth_are_the_list(app: Serving) -> None:
    async with looking(app) as (shop, somebody):
        found: list[str] = []
        for number in range(1, 6):
            page = await somebody.page("/calls", page=number)
            assert total_of(page) == CALLS
            found += rows_of(page)
        assert found == [call["uuid"] for call in shop.calls]
        beyond = await somebody.page("/calls", page=10**15)
        assert "beyond the last one" in beyond


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("status=completd", "completed"),
        ("sttus=completed", "status"),
        ("since=2026-02-30", "a day such as"),
        ("since=2026-03-02&until=2026-03-01", "before the first"),
        ("period=7d&since=2026-03-02", "either a period"),
        ("longer=-1", "longer"),
        ("longer=9&shorter=3", "yet shorter"),
        ("page=0", "page"),
        ("zone=Nowhere/Land&since=2026-01-01", "time zone"),
        ("zone=../../etc/passwd", "time zone"),
        ("said=%22", "said"),
        ("number=a&number=b", "more than once"),
        ("voicemail=perhaps", "yes"),
        ("said=%00", "no text"),
    ],
)
async def test_a_view_that_cannot_be_is_refused_with_what_is_wrong(app: Serving, query: str, said: str) -> None:
    async with looking(app) as (_, somebody):
        for fragment in (False, True):
            answer = await somebody.get(f"/calls?{query}", fragment=fragment)
            assert answer.status_code == 422
            assert said in unescape(answer.text)
            assert not rows_of(answer.text)


async def test_a_stranger_sees_an_empty_list_and_nothing_of_others(app: Serving) -> None:
    async with looking(app) as (shop, _), visitor(app, await app.tenant()) as stranger:
        page = await stranger.page("/calls")
        assert "There are no calls yet" in page
        partner = next(call["partner"] for call in shop.calls if call["partner"])
        for query in (f"partner={partner['id']}", f"partner={partner['uuid']}"):
            found = await stranger.page(f"/calls?{query}")
            assert "No call fits" in found
            assert partner["body"]["name"] not in unescape(found)
        assert "pick" not in (await stranger.get("/partners/find", name=partner["body"]["name"])).text


async def test_partners_are_found_by_any_word_of_their_names(app: Serving) -> None:
    async with looking(app) as (shop, somebody):
        names = {call["partner"]["body"]["name"] for call in shop.calls if call["partner"]}
        for name in sorted(names)[:10]:
            for word in name.replace("&", " ").split():
                if word.isalpha():
                    page = unescape((await somebody.get("/partners/find", name=word[:4].upper())).text)
                    assert name in page or page.count('name="partner"') == 12
        for odd in ("", " ", "%", "_", "\\", "'", '"', "<b>", "a" * 5000, "%00"):
            assert (await somebody.get(f"/partners/find?{urlencode({'name': odd})}")).status_code == 200


async def test_columns_are_chosen_and_kept(app: Serving) -> None:
    async with looking(app) as (_, somebody):
        assert ">About<" in await somebody.page("/calls")
        answer = await somebody.post("/calls/columns", column=["status", "source"], query="status=completed&page=3")
        assert answer.headers["location"] == "/calls?status=completed"
        page = await somebody.page("/calls")
        assert 'class="col-source"' in page
        assert 'class="col-about"' not in page
        await somebody.sign_in()
        assert 'class="col-source"' in await somebody.page("/calls")


async def test_views_are_saved_shared_and_deleted(app: Serving) -> None:
    async with looking(app) as (shop, mine), visitor(app, shop.tenant, "viewer") as other:
        assert (await mine.post("/calls/views", name="Angry", query="sentiment=negative")).status_code == 303
        assert (await mine.post("/calls/views", name="Ours", query="status=busy", shared="yes")).status_code == 303
        page = await mine.page("/calls")
        assert "/calls?sentiment=negative" in page
        seen = await other.page("/calls")
        assert "Angry" not in seen
        assert "/calls?status=busy" in seen
        assert (await other.post("/calls/views", name="V", query="", shared="yes")).status_code == 403
        for wrong in ("", " ", "x" * 201, "a\nb"):
            assert (await mine.post("/calls/views", name=wrong, query="")).status_code == 422
        assert (await mine.post("/calls/views", name="W", query="colour=red")).status_code == 422
        path = re.findall(r'action="(/calls/views/[0-9a-f-]{36}/delete)"', page.split("Angry")[1])[0]
        assert (await other.post(path)).status_code == 404
        assert (await mine.post(path)).status_code == 303
        assert "Angry" not in await mine.page("/calls")


async def test_a_page_costs_the_same_statements_whatever_it_shows(app: Serving) -> None:
    async with looking(app) as (_, somebody):
        paths = ["/calls", "/calls?page=2", "/calls?page=5", "/calls?direction=outbound", "/calls?direction=inbound"]
        for path in paths:
            # What facets a filter means, and what there is to choose, is looked up with the first of each.
            await somebody.page(path)
        asked = {}
        for path in paths:
            async with hearing(app.database) as heard:
                page = await somebody.page(path)
            # The driver asks what a type is when a connection first meets it.
            asked[path] = [one for one in heard if not one.startswith(("SELECT current_setting(", "WITH RECURSIVE"))]
            assert len(page) < 100_000
        assert len({tuple(one) for one in asked.values()}) == 1, asked
        assert 0 < len(asked["/calls"]) <= 9, asked["/calls"]


async def test_an_export_has_every_call_of_the_view(app: Serving) -> None:
    async with looking(app) as (shop, somebody):
        wanted = [call for call in shop.calls if call["direction"] == "outbound"]
        answer = await somebody.get("/calls/export.csv?direction=outbound")
        assert answer.headers["content-disposition"].endswith('.csv"')
        lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [line["id"] for line in lines] == [call["uuid"] for call in wanted]
        for line, call in zip(lines, wanted, strict=True):
            assert datetime.fromisoformat(line["time"]) == _at(call).replace(microsecond=0)
            assert line["to"] == (call["to_number"] or "")
            assert line["partner"] == (call["partner"]["body"]["name"] if call["partner"] else "")
        packed = await somebody.get("/calls/export.ndjson?direction=outbound")
        records = [json.loads(line, parse_float=Decimal) for line in packed.text.splitlines()]
        assert [record["id"] for record in records] == [call["uuid"] for call in wanted]
        assert [record["transcript"] for record in records] == [call["transcript"] for call in wanted]
        assert (await somebody.get("/calls/export.csv?direction=up")).status_code == 422


async def test_viewers_and_strangers_export_nothing(app: Serving) -> None:
    async with looking(app, "viewer") as (_, viewer), visitor(app, await app.tenant()) as stranger:
        for form in ("csv", "ndjson"):
            assert (await viewer.get(f"/calls/export.{form}")).status_code == 403
            assert len((await stranger.get(f"/calls/export.{form}")).content.splitlines()) == (form == "csv")
        assert "export.csv" not in await viewer.page("/calls")


WIDE = "\uff1d\uff0b\uff0d\uff20"
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
PIECES = st.lists(
    st.sampled_from(["=", "+", "-", "@", *WIDE, " ", "\xa0", "\u3000", "\ufeff", "\t", "\r", "\n", "1", "a"])
).map("".join)


@given(CELLS | PIECES)
def test_no_text_is_a_formula_in_a_spreadsheet(value: str) -> None:
    """Nor any line of it, whatever blanks it begins with."""
    (back,) = next(csv.reader(io.StringIO(csv_line([value, "x"]).decode(), newline="")))[:1]
    assert back in (value, f"'{value}")
    assert back[:1] not in ("=", "@", "\t", "\r")
    if back[:1] in ("+", "-"):
        assert not any(letter.isalpha() or letter in "=|!" for letter in back)
    if back == value and not re.fullmatch(r"[+-][0-9 ().-]+", value):
        lines = (line.strip(" \t\xa0\u3000\ufeff") for line in re.split(r"[\r\n]", value))
        assert not any(line.startswith(tuple("=+-@" + WIDE)) for line in lines)


@pytest.mark.parametrize("value", ["+1 (414) 555-0122", "+14145550122", "a=b", "on\nFriday - yes", "1-2", ""])
def test_what_is_no_formula_stays_bare(value: str) -> None:
    assert next(csv.reader(io.StringIO(csv_line([value]).decode(), newline=""))) == ([value] if value else [""])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["direction", "status", "number", "said", "page", "period", "x", "since", "longer"]),
            st.text(max_size=12),
        ),
        max_size=4,
    )
)
def test_any_address_is_read_or_refused_in_words(pairs: list[tuple[str, str]]) -> None:
    try:
        view = read_view(pairs, ZoneInfo("UTC"))
    except InvalidRequest:
        return
    asked = view.filter(datetime.now(UTC))
    again = read_view([(key, value) for key, value in view.given], ZoneInfo("UTC"))
    assert again.filter(datetime.now(UTC)).given().keys() == asked.given().keys()


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(["Europe/Berlin", "America/Santiago", "Asia/Kolkata"])
)
def test_a_day_is_the_day_of_its_zone(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    view = read_view([("since", str(day)), ("until", str(day)), ("zone", name)], ZoneInfo("UTC"))
    begin, end = view.window(datetime.now(UTC))
    assert begin is not None
    assert end is not None
    assert timedelta(hours=22) <= end - begin <= timedelta(hours=26)
    assert (end - timedelta(microseconds=1)).astimezone(zone).date() == day
    assert (begin - timedelta(microseconds=1)).astimezone(zone).date() < day


async def test_a_contact_without_a_name_goes_by_the_number(app: Serving) -> None:
    tenant = await app.tenant()
    call = {"direction": "outbound", "to_number": "+12025550177", "contact": "7d0c5c1e-0000-4000-8000-000000000001"}
    headers = {"Authorization": f"Bearer {tenant.key}"}
    made = await tenant.client.post("/api/v1/calls", json=call, headers=headers)
    assert made.status_code == 201, made.text
    async with visitor(app, tenant, "viewer") as viewer:
        page = await viewer.page("/calls")
    assert re.search(r'class="open"[^>]*>\+1 202-555-0177<', page)
    assert "7d0c5c1e" not in page
