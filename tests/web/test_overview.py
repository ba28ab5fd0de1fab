"""The overview shows the calls of a view and no other organization's, whole or in parts, with scripts and without; what
is clicked narrows the view, and the figures are those of the list that it leads to.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.surfaces.serving import Serving
from tests.web.visiting import browser_of, visitor

from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.calls import CallChange, Linked
from calldex.core.ids import record_uuid
from calldex.core.jsonbytes import encode
from calldex.store.database import Database
from calldex.web.overview import FIGURES

SOURCE = "stuut"
PARTNER = record_uuid(SOURCE, "partner", "p1")
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
SOME = (
    ("completed", "positive", 75_000, "dispute"),
    ("completed", "negative", 5_000, "other"),
    ("no_answer", None, None, None),
    ("busy", None, 0, None),
    ("queued", None, None, None),
    ("strange", "strange", 700_000, "strange"),
)


async def _fill(database: Database, organization: int, name: str) -> None:
    record = Linked(PARTNER, "partner", "p1", encode({"id": "p1", "name": name}))
    calls = [
        CallChange(
            SOURCE,
            f"c{place}",
            None,
            {
                "direction": "outbound",
                "created_at": NOON - timedelta(days=place),
                "started_at": NOON - timedelta(days=place),
                "status": status,
                "sentiment": sentiment,
                "duration_ms": duration,
                "classifications": encode([{"classification": word}] if word else []),
                "partner": PARTNER,
            },
            [record],
        )
        for place, (status, sentiment, duration, word) in enumerate(SOME)
    ]
    await import_calls(database, organization, FORMATS["stuut-v1"].importing(), calls)


def _links(page: str) -> dict[str, str]:
    """Where the figures of a table lead, by the number or the label that is clicked."""
    table = page[page.index("<table>") :] if "<table>" in page else ""
    return {unescape(text): unescape(href) for href, text in re.findall(r'<a href="([^"]+)">([^<]*)</a>', table)}


async def test_the_page_is_there_before_its_figures(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant, "viewer") as viewer:
        page = await viewer.page("/overview")
        assert '<option value="30d" selected' in page
        for name in FIGURES:
            assert f'hx-get="/overview/{name}?period=30d"' in page
            assert f'<noscript><p><a href="/overview/{name}?period=30d">' in page
        assert "style=" not in page
        part = (await viewer.get("/overview", fragment=True)).text
        assert part.lstrip().startswith('<section id="results"')
        page = await viewer.page("/overview?since=2026-01-02&zone=Asia/Kolkata&direction=inbound")
        assert "period=30d" not in page
        assert "/overview/partners?since=2026-01-02&amp;direction=inbound&amp;zone=Asia%2FKolkata" in page


@pytest.mark.parametrize("name", FIGURES)
async def test_a_figure_is_part_of_a_page_or_one_of_its_own(app: Serving, name: str) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant, "viewer") as viewer:
        assert "No calls match." in (await viewer.get(f"/overview/{name}", fragment=True)).text
        await _fill(app.database, tenant.organization.id, "Mine & <Yours>")
        part = (await viewer.get(f"/overview/{name}", fragment=True)).text
        assert part.lstrip().startswith('<figure class="figure">')
        assert "<table>" in part
        whole = await viewer.page(f"/overview/{name}")
        assert "<h1>" in whole
        assert '<svg class="chart"' in whole
        assert "style=" not in whole
        assert "No calls match." in (await viewer.get(f"/overview/{name}?until=2001-01-01", fragment=True)).text
        wrong = await viewer.get(f"/overview/{name}?status=wrong")
        assert wrong.status_code == 422
        assert "status" in wrong.text


async def test_beside_a_classification_that_is_asked_for_another_has_no_address(app: Serving) -> None:
    """A call has several, and the values of a filter are alternatives."""
    tenant = await app.tenant()
    headers = {"Authorization": f"Bearer {tenant.key}"}
    for place, words in enumerate((("complaint", "dispute"), ("dispute",))):
        said = {"classifications": [{"classification": word} for word in words], "created_at": NOON.isoformat()}
        made = await tenant.client.put(f"/api/v1/calls/c{place}", json=said, headers=headers)
        assert made.status_code == 201, made.text
    async with visitor(app, tenant) as admin:
        for asked, linked in (("", {"complaint", "dispute"}), ("&classification=complaint", {"complaint"})):
            page = await admin.page(f"/overview/classifications?period=90d{asked}")
            links = [dict(parse_qsl(urlsplit(link).query)) for link in _links(page).values()]
            assert {query["classification"] for query in links} == linked
            assert "Dispute" in page


async def test_hours_that_are_none_of_utcs_are_told_by_those_when_there_are_very_many_calls(
    app: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await app.tenant()
    await _fill(app.database, tenant.organization.id, "Mine")
    async with visitor(app, tenant) as admin:
        for most, zone, hour in ((9, "Asia/Kolkata", "05:00"), (0, "Asia/Kolkata", "05:30"), (0, "UTC", "05:00")):
            monkeypatch.setattr("calldex.web.overview._MOST_LOOKED_AT", most)
            page = await admin.page(f"/overview/answer-rate?period=90d&zone={zone}")
            assert re.findall(r"05:\d\d", page), zone
            assert set(re.findall(r"05:\d\d", page)) == {hour}


async def test_a_click_narrows_to_as_many_calls_as_it_says(app: Serving) -> None:
    tenant = await app.tenant()
    await _fill(app.database, tenant.organization.id, "Mine & <Yours>")
    async with visitor(app, tenant) as admin:
        clicked = 0
        for name in ("calls-per-day", "sentiment", "classifications", "durations", "partners"):
            for said, link in _links(await admin.page(f"/overview/{name}?period=90d")).items():
                if not said.isdecimal():
                    continue
                query = dict(parse_qsl(urlsplit(link).query))
                listed = await admin.page(f"/calls?{urlsplit(link).query}")
                assert f"<strong>{said} call" in listed, (name, link)
                assert {"period", "since"} & query.keys()
                clicked += 1
        assert clicked >= 5
        links = _links(await admin.page("/overview/calls-per-day?period=7d&status=completed"))
        days = [dict(parse_qsl(urlsplit(link).query)) for link in links.values()]
        assert all("period" not in query and query["since"] <= query["until"] for query in days)
        partners = await admin.page("/overview/partners")
        assert "Mine &amp; &lt;Yours&gt;" in partners


EDGES = (
    0,
    1,
    9_999,
    10_000,
    10_001,
    29_999,
    30_000,
    59_999,
    60_000,
    119_999,
    120_000,
    299_999,
    300_000,
    599_999,
    600_000,
)


@pytest.mark.parametrize("asked", ["", "&longer=10", "&shorter=10", "&longer=15&shorter=45", "&longer=30&shorter=60"])
async def test_a_class_of_durations_leads_to_exactly_its_calls(app: Serving, asked: str) -> None:
    """Also at its edges, and within durations that are asked for already."""
    tenant = await app.tenant()
    calls = [
        CallChange(SOURCE, f"d{length}", None, {"direction": "outbound", "created_at": NOON, "duration_ms": length})
        for length in EDGES
    ]
    await import_calls(app.database, tenant.organization.id, FORMATS["stuut-v1"].importing(), calls)
    limits = dict(parse_qsl(asked))
    low, high = int(limits.get("longer", 0)) * 1000, int(limits.get("shorter", 10**6)) * 1000
    async with visitor(app, tenant) as admin:
        page = await admin.page(f"/overview/durations?period=30d{asked}")
        followed = 0
        for label, row in re.findall(r'<tr><th scope="row" dir="auto">(.*?)</th>(.*?)</tr>', page, re.DOTALL):
            told = re.search(r">(\d+)<", row)
            assert told is not None, row
            link = re.search(r'<a href="([^"]+)">', row)
            if link is None:
                assert told[1] == "0", label
                continue
            query = urlsplit(unescape(link[1])).query
            listed = await admin.page(f"/calls?{query}")
            shown = re.search(r"<strong>(\d+) calls?<", listed)
            assert ("0" if shown is None else shown[1]) == told[1], (label, query)
            assert int(told[1]) == listed.count("data-call="), (label, query)
            followed += int(told[1])
        assert followed == sum(low <= length < high for length in EDGES)


async def test_a_stranger_sees_nothing_of_it(app: Serving) -> None:
    mine, other = await app.tenant(), await app.tenant()
    await _fill(app.database, mine.organization.id, "Mine")
    async with visitor(app, other) as stranger, browser_of(app) as nobody:
        for name in FIGURES:
            assert "No calls match." in await stranger.page(f"/overview/{name}?period=365d")
            answer = await nobody.get(f"/overview/{name}")
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
        assert (await nobody.get("/overview")).status_code == 303
        assert (await stranger.get("/overview/nothing")).status_code == 404
    async with visitor(app, mine, test=True) as in_sandbox:
        assert "No calls match." in await in_sandbox.page("/overview/partners")


async def test_what_takes_too_long_says_so_and_can_be_asked_again(
    app: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        monkeypatch.setattr("calldex.store.counting.DEADLINE_MS", 0)
        answer = await admin.get("/overview/durations?period=7d", fragment=True)
        assert answer.status_code == 504
        assert "This took too long" in answer.text
        assert 'hx-get="/overview/durations?period=7d"' in answer.text
