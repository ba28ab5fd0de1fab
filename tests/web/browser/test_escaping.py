"""What strangers wrote is text everywhere: script tags, quotes, closing tags and right-to-left marks do nothing.

The same hostile text is in each field that a source, a caller or a colleague can fill, and every page that shows any
of them is opened. No dialog comes up (the desk asserts that), nothing becomes an element, and it is there to read.
"""

from __future__ import annotations

import json
from typing import Final

import pytest
from playwright.async_api import Page, expect

from .house import Desk, House
from .sounds import heard_call

pytestmark = pytest.mark.slow

TEXT: Final = (
    """</script><script>alert(1)</script><img src=x onerror=alert(2)>" onfocus=alert(3) autofocus x='{{7*7}}"""
)
MARKED: Final = f"\u202e{TEXT}\u2069\u200f"


async def hostile_call(house: House) -> str:
    """A call that has the text wherever one can be put; its UUID."""
    partner = {"name": f"P {MARKED}", "account_number": MARKED, "email": MARKED}
    await house.ask("PUT", "/api/v1/records/partner/ptn-hostile", 201, json=partner)
    turns = [
        {"role": role, "content": f"{role} {MARKED}", "start": second, "end": second + 1.0}
        for second, role in enumerate(("agent", "customer"))
    ]
    call = await heard_call(
        house,
        summary=f"S {MARKED}",
        call_reason=f"R {MARKED}",
        disconnection_reason=MARKED,
        agent_id=MARKED,
        partner="ptn-hostile",
        tags=[MARKED],
        metadata={MARKED: MARKED},
        analysis={"found": MARKED},
        custom_classifications=[MARKED],
        tasks=[{"id": "task-1", "label": f"T {MARKED}"}],
        notes=f"N {MARKED}",
        transcript=turns,
    )
    await house.ask("POST", f"/api/v1/calls/{call}/notes", 201, json={"text": f"B {MARKED}", "author": MARKED})
    return call


async def _is_text(page: Page, *shown: str) -> None:
    for begin in shown:
        await expect(page.get_by_text(f"{begin} \u202e{TEXT}").first).to_be_attached()
    alien = "img[src=x], [onerror], [onfocus], [x]:not(svg *), script:not([src])"
    assert await page.locator(alien).count() == 0
    assert "49" not in await page.title()


async def test_on_the_list_and_its_filters(desk: Desk, house: House) -> None:
    await hostile_call(house)
    page = await desk.open(house)
    await page.locator("summary", has_text="Columns").click()
    for box in await page.locator('input[name="column"]').all():
        await box.check()
    await page.get_by_role("button", name="Show these").click()
    await expect(page.locator("th.col-agent")).to_have_count(1)
    await _is_text(page, "P", "S")
    await page.get_by_text("Views", exact=True).click()
    await page.get_by_label("Save this view as").fill(TEXT)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_text("Views", exact=True).click()
    await expect(page.locator("#views").get_by_role("link", name=TEXT)).to_be_visible()
    await page.locator("details.more > summary").click()
    await page.locator('[data-filter="partner"] > summary').click()
    await page.get_by_label("Name or account number").press_sequentially("P")
    await page.locator("#partners-found").get_by_role("checkbox").check()
    await expect(page.locator(".chips")).to_contain_text(TEXT)
    await _is_text(page, "P")


async def test_in_an_address(desk: Desk, house: House) -> None:
    desk.watch.expected.update({404, 422})
    page = await desk.open(house)
    for path in ("/calls?number=", "/calls?said=", "/calls?agent=", "/calls?sentiment=", "/sign-in?next=/", "/none/"):
        await page.goto(path + TEXT.replace("#", ""))
        await _is_text(page)


async def test_on_the_page_of_the_call(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await hostile_call(house)}")
    await expect(page.locator("[data-wave] svg")).to_be_visible()
    await _is_text(page, "P", "S", "R", "T", "N", "B", "agent", "customer")
    await page.get_by_label("Find in the transcript").fill("<script>")
    await expect(page.locator(".turns mark")).to_have_text(["<script>"] * 2)
    for detail in await page.locator("details:not(.drop)").all():
        await detail.evaluate("detail => detail.open = true")
    await _is_text(page, "P", "S")
    for name in ("Everything kept", "Stuut v1", "Stuut v2", "Skipcall", "Whippy"):
        await page.locator("#shown").get_by_role("link", name=name).click()
        await expect(page.locator("#shown [aria-current]")).to_have_text(name)
        await expect(page.locator("#shown pre.json")).to_be_visible()
        await _is_text(page, "P", "S")


async def test_what_a_colleague_types(desk: Desk, house: House) -> None:
    call = await hostile_call(house)
    page = await desk.open(house, f"/calls/{call}")
    await page.locator("#note").fill(f"W {MARKED}")
    await page.locator("#write-note").click()
    await expect(page.locator("#timeline")).to_contain_text(f"W \u202e{TEXT}")
    member = await house.member()
    await page.locator("#tasks .giving a").click()
    await page.locator("#tasks select[name=assignee]").select_option(str(member.id))
    await page.locator("#tasks").get_by_role("button", name="Assign").click()
    await expect(page.locator("#tasks .badge")).to_be_visible()
    await _is_text(page, "W", "T")
    await page.goto("/tasks")
    await _is_text(page, "P", "T")


PLACES = (
    ("/overview?since=2026-03-01&until=2026-03-31", "P"),
    ("/partners/ptn-hostile", "P", "S"),
    ("/partners?name=P", "P"),
    ("/settings/activity",),
    ("/settings/inbox",),
)


@pytest.mark.parametrize(("path", "shown"), [(path, shown) for path, *shown in PLACES])
async def test_on_the_other_pages(desk: Desk, house: House, path: str, shown: list[str]) -> None:
    await hostile_call(house)
    page = await desk.open(house, path)
    await expect(page.locator("main .waiting")).to_have_count(0)
    await _is_text(page, *shown)


async def test_what_a_sender_sent(desk: Desk, house: House) -> None:
    source = await house.source()
    await house.deliver(source, json.dumps({"type": TEXT, TEXT: TEXT}).encode())
    await house.settled()
    page = await desk.open(house, "/settings/inbox")
    await _is_text(page)
    await page.locator("main table a").first.click()
    await expect(page.locator("main pre").first).to_contain_text("<script>alert(1)</script>")
    await _is_text(page)
