"""A list that is open: it hears that calls came or changed, shows what that is for its view, and nothing of others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from tests.surfaces.serving import Serving
from tests.web.visiting import Visitor, visitor

from calldex.web.views import PAGE_SIZE


@asynccontextmanager
async def stream(app: Starlette, somebody: Visitor) -> AsyncIterator[asyncio.Queue[str]]:
    """What the stream says, piece by piece, as a browser hears it."""
    said: asyncio.Queue[str] = asyncio.Queue()
    gone = asyncio.Event()
    cookie = f"calldex={somebody.client.cookies['calldex']}".encode()
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/events",
        "raw_path": b"/events",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"calldex.test"), (b"cookie", cookie), (b"accept", b"text/event-stream")],
        "client": ("127.0.0.1", 1),
        "server": ("calldex.test", 80),
    }
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            await said.put(str(message["status"]))
        elif message.get("body"):
            await said.put(message["body"].decode())

    task = asyncio.create_task(app(scope, receive, send))
    try:
        yield said
    finally:
        gone.set()
        await asyncio.wait_for(task, 10)


def seen_of(page: str) -> str:
    pairs = re.findall(r'data-call="([^"]+)" data-revision="(\d+)"', page)
    return ",".join(f"{call}:{revision}" for call, revision in pairs)


async def put(tenant: Any, call_id: str, **fields: Any) -> None:
    headers = {"Authorization": f"Bearer {tenant.key}"}
    answer = await tenant.client.put(f"/api/v1/calls/{call_id}", json=fields, headers=headers)
    assert answer.status_code in (200, 201), answer.text


async def put_hourly(tenant: Any, calls: int, **fields: Any) -> None:
    """So many calls, ``c0`` the first of them, with an hour between each two."""
    for hour in range(calls):
        moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
        await put(tenant, f"c{hour}", created_at=moment.isoformat(), **fields)


async def test_a_change_is_heard_by_its_organization_alone(app: Serving) -> None:
    tenant, other = await app.tenant(), await app.tenant()
    await put(tenant, "one", status="queued", created_at="2026-03-01T10:00:00Z")
    await put(other, "one", status="queued", created_at="2026-03-01T10:00:00Z")
    async with (
        visitor(app, tenant, "viewer") as viewer,
        visitor(app, other, "viewer") as stranger,
        stream(app.app, viewer) as heard,
        stream(app.app, stranger) as overheard,
    ):
        for queue in (heard, overheard):
            assert await asyncio.wait_for(queue.get(), 5) == "200"
            assert (await asyncio.wait_for(queue.get(), 5)).startswith("retry:")
            # Where it begins, so that a page can tell whether it is older.
            assert (await asyncio.wait_for(queue.get(), 5)).startswith("event: calls\ndata: ")
        await put(tenant, "two", status="queued", created_at="2026-03-01T11:00:00Z")
        assert (await asyncio.wait_for(heard.get(), 5)).startswith("event: calls\ndata: ")
        assert overheard.empty()


async def test_the_first_call_of_an_organization_is_heard(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant, "viewer") as viewer, stream(app.app, viewer) as heard:
        assert await asyncio.wait_for(heard.get(), 5) == "200"
        assert (await asyncio.wait_for(heard.get(), 5)).startswith("retry:")
        assert await asyncio.wait_for(heard.get(), 5) == "event: calls\ndata: 0\n\n"
        await put(tenant, "one", status="queued", created_at="2026-03-01T10:00:00Z")
        assert (await asyncio.wait_for(heard.get(), 5)).startswith("event: calls\ndata: ")


async def test_what_is_new_is_counted_for_the_view(app: Serving) -> None:
    tenant = await app.tenant()
    await put(tenant, "a", direction="inbound", status="in_progress", created_at="2026-03-01T10:00:00Z")
    async with visitor(app, tenant, "viewer") as viewer:
        page = await viewer.page("/calls?direction=inbound")
        asked = {"direction": "inbound", "total": "1", "seen": seen_of(page)}
        quiet = await viewer.get("/calls/fresh", fragment=True, **asked)
        assert "new call" not in quiet.text
        assert "<tr" not in quiet.text
        await put(tenant, "b", direction="inbound", status="queued", created_at="2026-03-01T11:00:00Z")
        await put(tenant, "c", direction="outbound", status="queued", created_at="2026-03-01T12:00:00Z")
        # One that took place before those on the page is new all the same.
        await put(tenant, "d", direction="inbound", status="queued", created_at="2026-02-01T11:00:00Z")
        fresh = (await viewer.get("/calls/fresh", fragment=True, **asked)).text
        assert "2 new calls" in fresh
        assert "<tr" not in fresh


async def test_what_came_is_counted_beside_what_went(app: Serving) -> None:
    tenant = await app.tenant()
    await put_hourly(tenant, PAGE_SIZE + 2, status="queued")
    async with visitor(app, tenant, "viewer") as viewer:
        page = await viewer.page("/calls")
        asked = {"total": str(PAGE_SIZE + 2), "seen": seen_of(page)}
        answer = await tenant.client.delete("/api/v1/calls/c40", headers={"Authorization": f"Bearer {tenant.key}"})
        assert answer.status_code == 204
        # What moved up from the second page has been there all the time.
        assert "new call" not in (await viewer.get("/calls/fresh", fragment=True, **asked)).text
        await put(tenant, "new", status="queued", created_at="2026-04-01T12:00:00Z")
        assert "1 new call" in (await viewer.get("/calls/fresh", fragment=True, **asked)).text
        # So it is where the page was shown before its total was known.
        assert "1 new call" in (await viewer.get("/calls/fresh", fragment=True, seen=asked["seen"])).text


async def test_a_call_that_changes_brings_its_row_along(app: Serving) -> None:
    tenant = await app.tenant()
    await put(tenant, "a", status="in_progress", created_at="2026-03-01T10:00:00Z")
    await put(tenant, "b", status="in_progress", created_at="2026-03-01T09:00:00Z")
    async with visitor(app, tenant, "viewer") as viewer:
        page = await viewer.page("/calls")
        await put(tenant, "a", status="completed", ended_at="2026-03-01T10:05:00Z")
        fresh = (await viewer.get("/calls/fresh", fragment=True, total="2", seen=seen_of(page))).text
        assert fresh.count("<tr") == 1
        assert "Completed" in fresh
        assert 'hx-swap-oob="true"' in fresh
        assert "new call" not in fresh


async def test_what_left_the_page_does_not_stay_as_it_was(app: Serving) -> None:
    tenant = await app.tenant()
    for name in ("a", "b", "c"):
        await put(tenant, name, status="in_progress", created_at="2026-03-01T10:00:00Z", summary=f"About {name}")
    async with visitor(app, tenant, "viewer") as viewer:
        page = await viewer.page("/calls?status=in_progress")
        asked = {"status": "in_progress", "total": "3", "seen": seen_of(page)}
        await put(tenant, "a", status="completed", ended_at="2026-03-01T10:05:00Z")
        await tenant.client.delete("/api/v1/calls/b", headers={"Authorization": f"Bearer {tenant.key}"})
        fresh = (await viewer.get("/calls/fresh", fragment=True, **asked)).text
        assert fresh.count("<tr") == 2
        assert "Completed" in fresh
        assert "This call was deleted." in fresh
        # Of a deleted call nobody is told more than that.
        assert "About b" not in fresh
        assert "new call" not in fresh
        # Nor is a call of others told to whoever names it.
        async with visitor(app, await app.tenant(), "viewer") as stranger:
            assert "<tr" not in (await stranger.get("/calls/fresh", fragment=True, **asked)).text


async def test_views_that_count_later_say_how_many_came(app: Serving) -> None:
    tenant = await app.tenant()
    calls = 2 * PAGE_SIZE + 2
    await put_hourly(tenant, calls, from_number="+12025550143")
    async with visitor(app, tenant, "viewer") as viewer:
        for page in ("1", "2"):
            number = {"number": "+12025550143", "page": page}
            seen = seen_of(await viewer.page("/calls", **number))
            asked = number | {"total": str(calls + 3 * (page == "2")), "seen": seen}
            assert "new call" not in (await viewer.get("/calls/fresh", fragment=True, **asked)).text
            for place in range(3):
                await put(tenant, f"n{page}{place}", from_number="+12025550143", created_at="2026-04-01T12:00:00Z")
            assert "3 new calls" in (await viewer.get("/calls/fresh", fragment=True, **asked)).text


async def test_what_makes_no_sense_is_answered_with_nothing(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant, "viewer") as viewer:
        for asked in ({"total": "x"}, {"total": "9" * 40}, {"total": "1", "status": "odd"}):
            assert (await viewer.get("/calls/fresh", fragment=True, **asked)).status_code == 204
        odd = {"total": "0", "seen": "a:b,,:,\0:1," + "x" * 500}
        assert (await viewer.get("/calls/fresh", fragment=True, **odd)).status_code in (200, 204)
