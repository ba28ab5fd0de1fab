"""What holds on every page, light and dark, on a desk and on a phone.

axe-core finds nothing against WCAG 2.2 AA, nothing is wider than the screen, headings are in order, and no page asks
another host or writes an error (the desk asserts that of every test here).
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.async_api import Page, ViewportSize, expect

from .axe import violations
from .house import Desk, House
from .sounds import heard_call

pytestmark = pytest.mark.slow

SHORT = "/calls?page=8"
"""The last page, with few rows: axe-core takes its time for each."""

PATHS = {
    "calls": "/calls",
    "filtered": "/calls?direction=outbound&sentiment=negative&period=90d",
    "nothing-found": "/calls?number=%2B4930999999",
    "account": "/account",
    "apis": "/apis",
}
WRONG = {"wrong-view": ("/calls?sentimant=1", 422), "not-found": ("/calls/none/at/all", 404)}
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}

_OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"
_LEVELS = """[...document.querySelectorAll("h1, h2, h3, h4")]
  .filter(heading => heading.checkVisibility()).map(heading => Number(heading.tagName[1]))"""
_MOVING = """[...document.querySelectorAll("*")].filter(one => {
  const style = getComputedStyle(one);
  return style.animationName !== "none" || (style.transitionProperty !== "none" && style.transitionDuration !== "0s");
}).length"""


async def _reads_well(page: Page, what: str, *, only_colors: bool = False) -> None:
    overflow = await page.evaluate(_OVERFLOW)
    assert overflow <= 0, f"{what}: {overflow} px too wide"
    found = await violations(page, only_colors=only_colors)
    assert found == [], f"{what}: " + "\n".join(found)


async def _holds(page: Page, what: str) -> None:
    """The page as it is now: on a desk in both colors, and on a phone."""
    await _reads_well(page, f"{what}, light")
    await page.emulate_media(color_scheme="dark")
    # The tree is the same, only its colors are others.
    await _reads_well(page, f"{what}, dark", only_colors=True)
    await page.set_viewport_size(PHONE)
    await _reads_well(page, f"{what}, dark, on a phone")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(DESK)
    levels = await page.evaluate(_LEVELS)
    assert levels[0] == 1, levels
    assert levels.count(1) == 1, levels
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


@pytest.mark.parametrize("name", PATHS)
async def test_a_page(desk: Desk, demo: House, name: str) -> None:
    await _holds(await desk.open(demo, PATHS[name]), name)


async def test_the_overview(desk: Desk, demo: House) -> None:
    page = await desk.open(demo, "/overview?period=30d")
    await expect(page.locator("main .waiting")).to_have_count(0)
    assert await page.locator("main svg").count() >= 6
    await _unfold(page)
    await _holds(page, "overview")


async def _unfold(page: Page) -> None:
    """Open all that is folded but what drops down over something else."""
    for detail in await page.locator("main details:not(.drop)").all():
        await detail.evaluate("detail => detail.open = true")


async def test_the_page_of_a_call(desk: Desk, house: House) -> None:
    said = [{"classification": "payment_promise"}]
    tasks = [{"id": "task-1", "label": "Send the invoice again"}]
    call = await heard_call(house, classifications=said, tasks=tasks, summary="Ana pays on Friday.", tags=["a"])
    page = await desk.open(house, f"/calls/{call}?t=4")
    await expect(page.locator("[data-wave] svg")).to_be_visible()
    await page.locator("[data-find]").fill("invoice")
    await expect(page.locator(".turns mark")).to_have_count(2)
    await _holds(page, "call")
    await page.locator("#shown").get_by_role("link", name="Stuut v1").click()
    await expect(page.locator("#shown pre.json")).to_be_visible()
    await _unfold(page)
    await _holds(page, "call with all that is folded")


async def test_the_page_of_a_call_with_long_words(desk: Desk, house: House) -> None:
    long = "sip:" + "0123456789" * 20
    facts = {"from_number": long, "to_number": long, "status": "x" * 90, "sentiment": "y" * 90, "direction": "z" * 90}
    call = await house.write_call(direction="inbound", transferred_to=long)
    await house.served.database.pool.execute(
        "UPDATE calls SET from_number = $2, to_number = $2, status = $3, sentiment = $4, direction = $5 WHERE id = $1",
        call,
        *list(facts.values())[1:],
    )
    page = await desk.open(house, f"/calls/{call}")
    await expect(page.locator("#outcome .badges")).to_contain_text(long)
    for width in (360, 390, 1280):
        await page.set_viewport_size({"width": width, "height": 740})
        assert await page.evaluate(_OVERFLOW) <= 0, width


async def test_a_call_of_the_demo(desk: Desk, demo: House) -> None:
    calls = await demo.calls("partner", "invoices", "classifications", "status")
    rich = next(call for call in calls if call.partner and call.invoices and call.classifications)
    page = await desk.open(demo, f"/calls/{rich.id}")
    await _unfold(page)
    await _holds(page, "a call with invoices")


async def test_a_call_that_waits_and_one_that_is_deleted(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="outbound", status="pending_approval")
    page = await desk.open(house, f"/calls/{call}")
    await _holds(page, "a call that waits")
    await house.ask("DELETE", f"/api/v1/calls/{call}", 204)
    await page.reload()
    await expect(page.get_by_role("alert")).to_be_visible()
    await _holds(page, "a call that is deleted")


async def test_the_page_of_a_partner(desk: Desk, demo: House) -> None:
    calls = await demo.calls("partner", "invoices", "classifications")
    promised = next(call for call in calls if call.partner and b"payment_promise" in (call.classifications or b""))
    page = await desk.open(demo, f"/partners/{promised.partner}")
    await expect(page.locator("tr[data-call], .calls tbody tr").first).to_be_visible()
    await _unfold(page)
    await _holds(page, "partner")
    await page.goto("/partners")
    await _holds(page, "finding a partner")


@pytest.mark.parametrize("name", ["keys", "users", "sources", "inbox", "activity"])
async def test_settings(desk: Desk, house: House, name: str) -> None:
    source = await house.source()
    await house.deliver(source, b'{"type": "no such event"}')
    await house.settled()
    await house.member("viewer")
    page = await desk.open(house, f"/settings/{name}")
    await _unfold(page)
    await _holds(page, name)
    desk.watch.expected.add(403)
    member = await desk.open(house, f"/settings/{name}", role="approver")
    await expect(member.get_by_role("heading", name="You may not do this")).to_be_visible()
    await _holds(member, f"{name} refused")


@pytest.mark.parametrize("path", ["/account", "/settings/users"])
async def test_password_managers_know_whose_a_password_is(desk: Desk, house: House, path: str) -> None:
    """Chromium has no note about a form for a password."""
    await house.member("viewer")
    page = await desk.open(house, "/calls")
    notes: list[str] = []
    page.on("console", lambda message: notes.append(message.text))
    await page.goto(path)
    await _unfold(page)
    await page.locator("input[type=password]").last.focus()
    await page.wait_for_timeout(1500)
    assert notes == []


async def test_tasks(desk: Desk, house: House) -> None:
    tasks = [{"id": "task-1", "label": "Send the invoice again"}]
    call = await house.write_call(direction="inbound", status="completed", tasks=tasks)
    page = await desk.open(house, "/tasks")
    await _holds(page, "no tasks")
    await page.goto(f"/calls/{call}")
    await page.locator("#tasks .giving a").click()
    await page.locator("#tasks select[name=assignee]").select_option(label="admin." + str(house.organization.id))
    await page.locator("#tasks").get_by_role("button", name="Assign").click()
    await expect(page.locator("#tasks .badge")).to_be_visible()
    await page.goto("/tasks")
    await expect(page.locator("table.tasks tbody tr")).to_have_count(1)
    await _holds(page, "tasks")


@pytest.mark.parametrize("name", WRONG)
async def test_a_page_that_says_no(desk: Desk, demo: House, name: str) -> None:
    path, status = WRONG[name]
    desk.watch.expected.add(status)
    await _holds(await desk.open(demo, path), name)


async def test_the_page_for_signing_in(desk: Desk, demo: House) -> None:
    await _holds(await desk.nobody("/sign-in"), "sign-in")


async def test_the_first_page_of_an_empty_organization(desk: Desk, house: House) -> None:
    await _holds(await desk.open(house), "empty")


async def _open_drop(page: Page, selector: str) -> None:
    more = page.locator("details.more")
    if await more.count() and not await more.evaluate("more => more.open"):
        await page.locator("details.more > summary").click()
    await page.locator(f"{selector} > summary").click()
    await expect(page.locator(f"{selector} > .panel")).to_be_visible()


DROPS = (
    ".account",
    ".heading .drop:has(#views)",
    ".heading .drop:not(:has(#views))",
    '[data-filter="direction"]',
    '[data-filter="language"]',
)


@pytest.mark.parametrize("selector", DROPS)
async def test_what_drops_down(desk: Desk, demo: House, selector: str) -> None:
    page = await desk.open(demo, SHORT)
    await _open_drop(page, selector)
    await _holds(page, selector)


async def test_the_help(desk: Desk, demo: House) -> None:
    page = await desk.open(demo, SHORT)
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_visible()
    await _holds(page, "help")


async def _ground(page: Page) -> str:
    return str(await page.evaluate("getComputedStyle(document.body).backgroundColor"))


async def test_dark_is_as_the_system_or_as_chosen(desk: Desk, demo: House) -> None:
    page = await desk.open(demo, color_scheme="light")
    light = await _ground(page)
    await page.emulate_media(color_scheme="dark")
    dark = await _ground(page)
    assert dark != light
    for theme, shown in (("light", light), ("dark", dark)):
        await page.locator(".account > summary").click()
        await page.get_by_label("Colors").select_option(theme)
        async with page.expect_navigation():
            await page.get_by_role("button", name="Apply").click()
        assert await _ground(page) == shown
        await page.emulate_media(color_scheme="dark" if theme == "light" else "light")
        assert await _ground(page) == shown
    again = await page.context.new_page()
    await again.goto("/apis")
    assert await _ground(again) == dark


async def test_nothing_moves_for_those_who_asked_for_that(desk: Desk, demo: House) -> None:
    page = await desk.open(demo, reduced_motion="reduce")
    assert await page.evaluate(_MOVING) == 0
