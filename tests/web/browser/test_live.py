"""Calls that arrive while a list is open: said quietly, shown on request; a call that changes does so where it is."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from tests.app.signing import generic_event

from calldex.web.live import MOST_OF_A_SIGN_IN

from .house import Desk, House

NUMBERS = {"from_number": "+12025550143", "to_number": "+12025550177", "direction": "outbound"}


def _event(kind: str, name: str, second: int, **data: Any) -> bytes:
    """An event of a call of this day, so that it stands above the calls of other days."""
    today = datetime.now(UTC).date().isoformat()
    return generic_event(kind, name, second, **data).replace(b"2026-03-12", today.encode())


async def test_a_webhooks_call_is_announced_and_shown_on_request(desk: Desk, house: House) -> None:
    source = await house.source()
    await house.deliver(source, _event("call.started", "first", 0, status="in_progress", **NUMBERS))
    await house.settled()
    page = await desk.open(house)
    await expect(page.locator("tr[data-call]")).to_have_count(1)
    await house.deliver(source, _event("call.started", "second", 5, status="in_progress", **NUMBERS))
    news = page.get_by_role("status").filter(has_text="1 new call")
    await expect(news).to_be_visible()
    # Nothing jumps: the row is not there before somebody asks for it.
    await expect(page.locator("tr[data-call]")).to_have_count(1)
    await house.deliver(source, _event("call.started", "third", 9, status="in_progress", **NUMBERS))
    await expect(page.get_by_role("status").filter(has_text="2 new calls")).to_be_visible()
    await page.get_by_role("link", name="Show", exact=True).click()
    await expect(page.locator("tr[data-call]")).to_have_count(3)
    await expect(page.locator(".news")).to_have_count(0)
    await expect(page.locator(".total")).to_have_text("3 calls")


@pytest.mark.slow
async def test_a_status_changes_in_its_row(desk: Desk, house: House) -> None:
    source = await house.source()
    await house.deliver(source, _event("call.started", "one", 0, status="in_progress", **NUMBERS))
    await house.settled()
    page = await desk.open(house)
    row = page.locator("tr[data-call]")
    await expect(row).to_contain_text("In progress")
    await house.deliver(source, _event("call.ended", "one", 30, status="completed", duration_ms=61_000))
    await expect(row).to_contain_text("Completed")
    await expect(row).to_contain_text("1:01")
    await expect(row).to_have_count(1)
    await expect(page.locator(".news")).to_have_count(0)


@pytest.mark.slow
async def test_only_what_fits_the_view_is_announced(desk: Desk, house: House) -> None:
    source = await house.source()
    inbound = NUMBERS | {"direction": "inbound"}
    await house.deliver(source, _event("call.started", "one", 0, status="in_progress", **inbound))
    await house.settled()
    page = await desk.open(house, "/calls?direction=inbound")
    other = await desk.open(house)
    await expect(page.locator("tr[data-call]")).to_have_count(1)
    await house.deliver(source, _event("call.started", "two", 5, status="in_progress", **NUMBERS))
    await expect(other.locator(".news")).to_contain_text("1 new call")
    await expect(page.locator(".news")).to_have_count(0)
    await house.deliver(source, _event("call.started", "three", 9, status="in_progress", **inbound))
    await expect(page.locator(".news")).to_contain_text("1 new call")


@pytest.mark.slow
async def test_another_organizations_calls_are_no_news(desk: Desk, house: House) -> None:
    stranger = await desk.served.house()
    theirs, ours = await desk.open(stranger), await desk.open(house)
    source = await house.source()
    await house.deliver(source, _event("call.started", "one", 0, status="in_progress", **NUMBERS))
    await expect(ours.locator(".news")).to_contain_text("1 new call")
    await expect(theirs.locator(".news")).to_have_count(0)


@pytest.mark.slow
async def test_a_list_says_when_it_is_not_live_and_tries_again(desk: Desk, house: House) -> None:
    desk.watch.expected.add(503)
    page = await desk.nobody("/sign-in")
    await page.clock.install()
    token = await house.token()
    await page.context.add_cookies([{"name": "calldex", "value": token, "url": house.url}])
    cookie = {"Cookie": f"calldex={token}"}
    quiet = page.get_by_text("New calls are not shown by themselves")
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=house.url, headers=cookie, timeout=30))
        for _ in range(MOST_OF_A_SIGN_IN):
            answer = await stack.enter_async_context(client.stream("GET", "/events"))
            assert answer.status_code == 200
        await page.goto("/calls")
        await expect(quiet).to_be_visible()
        # It stays, whatever is done with the list.
        async with page.expect_response("**/calls?direction=inbound*"):
            await page.evaluate("htmx.ajax('GET', '/calls?direction=inbound', '#results')")
        await expect(quiet).to_be_visible()
    # The server may notice a moment later than the page asks again that the others are gone.
    for _ in range(10):
        await page.clock.fast_forward("02:00")
        with suppress(AssertionError):
            await expect(quiet).to_be_hidden(timeout=2_000)
            return
    await expect(quiet).to_be_hidden()
