"""Calls and invoices with the first and the last times that there are, which some senders mean "never" by: every page
and every export has them, whatever the time zone of whoever looks.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surfaces.native.writer import Writer
from tests.surfaces.serving import Serving
from tests.web.calling import uuid_of
from tests.web.visiting import visitor

from calldex.core.times import day_of, in_zone
from calldex.web.overview import FIGURES
from calldex.web.showing import clock, day, moment, zone_names, zone_of

ENDS = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")
ZONES = ("Pacific/Kiritimati", "America/New_York", "Asia/Kolkata")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("zone", ZONES)
async def test_every_page_shows_them(app: Serving, end: str, zone: str) -> None:
    writer = await Writer.of(app)
    invoice = {"paid_at": end, "issued_at": end, "due_date": end, "promised_to_pay_date": end, "amount_due": "1"}
    facts = {
        "direction": "inbound",
        "status": "completed",
        **dict.fromkeys(("created_at", "started_at", "ended_at", "modified_at"), end),
        "partner": {"id": "p", "name": "Partner", "created_at": end},
        "invoices": [{"id": "i", **invoice}],
        "tasks": [{"id": "t", "type": "follow_up", "due_at": end, "created_at": end}],
        "transcript": [{"role": "agent", "content": "Hello"}],
    }
    await writer.put("ends", **facts)
    await writer.put("late", direction="inbound", created_at="2026-03-01T10:00:00Z", ended_at=end)
    call, other = await uuid_of(writer.tenant, "ends"), await uuid_of(writer.tenant, "late")
    async with visitor(app, writer.tenant) as somebody:
        await somebody.post("/preferences", zone=zone, theme="dark", back="/calls")
        paths = [
            *("/calls", "/calls/export.csv", "/calls/export.ndjson", "/tasks", "/partners/p", "/overview"),
            *("/settings/activity", "/calls?since=0001-01-01", "/calls?until=9999-12-31"),
            *(f"/calls/{one}{part}" for one in (call, other) for part in ("", "/timeline", "/raw")),
            *(f"/overview/{figure}?{end}" for figure in FIGURES for end in ("since=0001-01-01", "until=9999-12-31")),
        ]
        for path in paths:
            answer = await somebody.get(path)
            assert answer.status_code == 200, (path, answer.text[:500])
        assert (await somebody.get("/calls/export.csv")).text.count(",inbound,") == 2
        assert (await somebody.post(f"/calls/{call}/delete", reason="Never took place.", sure="yes")).status_code == 303
        for path in ("/calls", f"/calls/{call}", "/settings/activity"):
            assert (await somebody.get(path)).status_code in (200, 404), path


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(zone_names()))
def test_any_moment_is_written_in_any_zone(value: datetime, name: str) -> None:
    zone = zone_of(name)
    assert in_zone(value, zone) == value
    assert str(day_of(value, zone).year) in day(value, zone)
    assert clock(value, zone) in in_zone(value, zone).isoformat(timespec="seconds")
    assert moment(value, zone).endswith(f"{in_zone(value, zone):%H:%M}")
