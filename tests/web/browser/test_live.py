"""Calls that arrive while a list is open: said quietly, shown on request; a call that changes does so where it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from playwright.async_api import expect
from tests.app.signing import generic_event

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


async def test_another_organizations_calls_are_no_news(desk: Desk, house: House) -> None:
    stranger = await desk.served.house()
    theirs, ours = await desk.open(stranger), await desk.open(house)
    source = await house.source()
    await house.deliver(source, _event("call.started", "one", 0, status="in_progress", **NUMBERS))
    await expect(ours.locator(".news")).to_contain_text("1 new call")
    await expect(theirs.locator(".news")).to_have_count(0)
