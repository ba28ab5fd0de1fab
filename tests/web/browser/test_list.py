"""The list of calls in a browser: every filter, any page, views and columns that are kept, keys, files.

What a filter finds is compared with a count in Python over the same calls. The address is the view: in another
browser it shows the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from calldex.core.calls import Call
from calldex.web.rows import classification_words

from .conftest import DEMO_CALLS
from .house import Desk, House, facts_of_list

pytestmark = pytest.mark.slow

TOKYO = ZoneInfo("Asia/Tokyo")


async def _tick(page: Page, name: str, *values: str) -> None:
    """Open what drops down, tick boxes by their values, and close it again."""
    drop = page.locator(f'details.filter[data-filter="{name}"]')
    if not await page.locator("details.more").evaluate("more => more.open"):
        await page.locator("details.more > summary").click()
    await drop.locator("summary").click()
    for value in values:
        await drop.locator(f'input[value="{value}"]').check()
    await page.keyboard.press("Escape")


def _ticked(name: str, *values: str) -> Callable[[Page], Awaitable[None]]:
    async def choose(page: Page) -> None:
        await _tick(page, name, *values)

    return choose


def _filled(label: str, value: str) -> Callable[[Page], Awaitable[None]]:
    async def fill(page: Page) -> None:
        field = page.get_by_label(label, exact=True)
        if not await field.is_visible():
            await page.locator("details.more > summary").click()
        await field.fill(value)
        await field.press("Tab")

    return fill


def _selected(label: str, value: str) -> Callable[[Page], Awaitable[None]]:
    async def select(page: Page) -> None:
        field = page.get_by_label(label, exact=True)
        if not await field.is_visible():
            await page.locator("details.more > summary").click()
        await field.select_option(value)

    return select


@dataclass(frozen=True)
class Case:
    """A filter as it is set by hand, what the address says then, and which calls fit."""

    name: str
    set: Callable[[Page], Awaitable[None]]
    says: dict[str, str]
    fits: Callable[[Call], bool]


def _today(call: Call) -> bool:
    return call.occurred_at.astimezone(TOKYO).date() == datetime.now(TOKYO).date()


def _within(days: int) -> Callable[[Call], bool]:
    def fits(call: Call) -> bool:
        today = datetime.now(TOKYO).date()
        return today - timedelta(days=days - 1) <= call.occurred_at.astimezone(TOKYO).date() <= today

    return fits


CASES = [
    Case("direction", _ticked("direction", "inbound"), {"direction": "inbound"}, lambda c: c.direction == "inbound"),
    Case(
        "two-statuses",
        _ticked("status", "no_answer", "busy"),
        {"status": "no_answer"},
        lambda c: c.status in ("no_answer", "busy"),
    ),
    Case("sentiment", _ticked("sentiment", "negative"), {"sentiment": "negative"}, lambda c: c.sentiment == "negative"),
    Case(
        "classification",
        _ticked("classification", "payment_promise"),
        {"classification": "payment_promise"},
        lambda c: "payment_promise" in classification_words(c.classifications),
    ),
    Case("language", _ticked("language", "es"), {"language": "es"}, lambda c: c.language == "es"),
    Case("voicemail", _selected("Voicemail", "yes"), {"voicemail": "yes"}, lambda c: c.voicemail is True),
    Case("longer", _filled("At least (s)", "60"), {"longer": "60"}, lambda c: (c.duration_ms or -1) >= 60_000),
    Case(
        "shorter",
        _filled("Under (s)", "45"),
        {"shorter": "45"},
        lambda c: c.duration_ms is not None and c.duration_ms < 45_000,
    ),
    Case("period", _selected("Time", "30d"), {"period": "30d"}, _within(30)),
    Case("today", _selected("Time", "today"), {"period": "today"}, _today),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_filter_finds_what_python_counts(desk: Desk, demo: House, case: Case) -> None:
    calls = await demo.calls(
        "direction", "status", "sentiment", "classifications", "language", "voicemail", "duration_ms"
    )
    expected = sum(case.fits(call) for call in calls)
    page = await desk.open(demo, zone="Asia/Tokyo")
    await case.set(page)
    await facts_of_list(page, **case.says)
    if case.name == "two-statuses":
        await facts_of_list(page, status="busy")
    found = await facts_of_list(page)
    assert found == {"total": expected, "page": 1, "rows": min(50, expected)}
    assert 0 < expected < DEMO_CALLS or case.name == "today"
    # A colleague who is sent the address sees the same, in another time zone too where days are said by name.
    colleague = await desk.open(demo, page.url.removeprefix(demo.url), role="viewer", zone="Asia/Tokyo")
    assert await facts_of_list(colleague) == found


async def test_days_are_those_of_the_zone_in_the_address(desk: Desk, demo: House) -> None:
    calls = await demo.calls()
    day = calls[len(calls) // 2].occurred_at.astimezone(TOKYO).date()
    expected = sum(call.occurred_at.astimezone(TOKYO).date() == day for call in calls)
    page = await desk.open(demo, zone="Asia/Tokyo")
    await page.get_by_label("From", exact=True).fill(day.isoformat())
    await page.get_by_label("To", exact=True).fill(day.isoformat())
    found = await facts_of_list(page, since=day.isoformat(), until=day.isoformat())
    assert found["total"] == expected > 0
    assert "zone=Asia%2FTokyo" in page.url
    colleague = await desk.open(demo, page.url.removeprefix(demo.url), zone="America/New_York")
    assert await facts_of_list(colleague) == found
    # A period takes the place of days, and the other way round.
    await page.get_by_label("Time", exact=True).select_option("90d")
    await facts_of_list(page, period="90d")
    assert "since" not in page.url
    assert await page.get_by_label("From", exact=True).input_value() == ""


async def test_a_number_is_found_while_it_is_typed(desk: Desk, demo: House) -> None:
    calls = await demo.calls("from_number", "to_number")
    numbers = [call.to_number for call in calls if call.to_number and call.to_number.startswith("+1")]
    begin = numbers[0][:6]
    expected = sum(
        any((number or "").startswith(begin) for number in (call.from_number, call.to_number)) for call in calls
    )
    page = await desk.open(demo)
    await page.get_by_label("Number", exact=True).press_sequentially(begin)
    found = await facts_of_list(page, number="%2B" + begin[1:])
    assert found["total"] == expected > 0


async def test_what_was_said_is_found(desk: Desk, house: House) -> None:
    for number, words in enumerate(("the blue invoice", "a red invoice", "nothing of it")):
        turns = [{"role": "agent", "content": f"It is about {words}."}]
        await house.write_call(
            id=f"c{number}", direction="outbound", status="completed", language="en", transcript=turns
        )
    page = await desk.open(house)
    for said, total in (("invoice", 2), ('"blue invoice"', 1), ("invoice -red", 1), ("purple", 0)):
        await page.get_by_label("Said in the call").fill(said)
        await page.wait_for_function("said => new URLSearchParams(location.search).get('said') === said", arg=said)
        await expect(page.locator("#results")).to_have_attribute("data-total", str(total))
    await expect(page.get_by_role("heading", name="No call fits")).to_be_visible()


@pytest.mark.parametrize("name", ["workflow", "agent"])
async def test_a_linked_record_is_chosen_by_its_name(desk: Desk, demo: House, name: str) -> None:
    calls = await demo.calls(name)
    page = await desk.open(demo)
    await page.locator("details.more > summary").click()
    drop = page.locator(f'details.filter[data-filter="{name}"]')
    await drop.locator("summary").click()
    box = drop.locator("input[type=checkbox]").first
    label = await drop.locator("label.pick").first.inner_text()
    value = await box.get_attribute("value") or ""
    await box.check()
    found = await facts_of_list(page, **{name: value})
    counts = {one: sum(getattr(call, name) == one for call in calls) for one in {getattr(c, name) for c in calls}}
    assert found["total"] in {count for one, count in counts.items() if one is not None}
    await expect(page.locator(".chips")).to_contain_text(label)


async def test_a_partner_is_found_by_name(desk: Desk, demo: House) -> None:
    calls = await demo.calls("partner")
    page = await desk.open(demo)
    names = await page.locator("tbody tr:has(.number) a.open").all_inner_texts()
    await page.locator("details.more > summary").click()
    drop = page.locator('details.filter[data-filter="partner"]')
    await drop.locator("summary").click()
    await page.get_by_label("Name or account number").press_sequentially(names[0][:8])
    box = page.locator("#partners-found").get_by_role("checkbox", name=re.compile(re.escape(names[0]))).first
    value = await box.get_attribute("value") or ""
    await box.check()
    found = await facts_of_list(page, partner=value)
    assert found["total"] in {sum(call.partner == one for call in calls) for one in {c.partner for c in calls}}
    shown = await page.locator("tbody a.open").all_inner_texts()
    assert set(shown) == {names[0]}
    await expect(page.locator(".chips")).to_contain_text(names[0])


async def test_filters_hold_together_and_chips_take_them_out(desk: Desk, demo: House) -> None:
    calls = await demo.calls("direction", "sentiment")
    page = await desk.open(demo)
    await _tick(page, "direction", "outbound")
    await facts_of_list(page, direction="outbound")
    await _tick(page, "sentiment", "positive", "negative")
    both = await facts_of_list(page, direction="outbound", sentiment="negative")
    outbound = [call for call in calls if call.direction == "outbound"]
    assert both["total"] == sum(call.sentiment in ("positive", "negative") for call in outbound)
    await page.locator(".chip", has_text="Positive").click()
    await expect(page.locator(".chips li")).to_have_count(3)
    one = await facts_of_list(page, sentiment="negative")
    assert one["total"] == sum(call.sentiment == "negative" for call in outbound)
    await page.get_by_role("link", name="Clear all").click()
    await expect(page.locator("#results")).to_have_attribute("data-total", str(DEMO_CALLS))
    await page.go_back()
    assert await facts_of_list(page, sentiment="negative") == one
    await expect(page.locator('input[name="sentiment"][value="negative"]')).to_be_checked()


async def test_any_page_is_a_number_away(desk: Desk, demo: House) -> None:
    calls = await demo.calls()
    page = await desk.open(demo)
    await page.get_by_label("Page", exact=True).fill("7")
    await page.get_by_label("Page", exact=True).press("Enter")
    await expect(page).to_have_url(re.compile(r"[?&]page=7\b"))
    shown = await page.locator("tr[data-call]").evaluate_all("rows => rows.map(row => row.dataset.call)")
    assert shown == [str(call.id) for call in calls[300:350]]
    await page.get_by_role("link", name="Last", exact=True).click()
    await expect(page.locator("#results")).to_have_attribute("data-page", "8")
    await expect(page.get_by_role("link", name="Next", exact=True)).to_have_count(0)
    await page.get_by_role("link", name="Previous", exact=True).click()
    await expect(page.locator("#results")).to_have_attribute("data-page", "7")
    await page.get_by_role("link", name="First", exact=True).click()
    await expect(page.locator("#results")).to_have_attribute("data-page", "1")
    await page.goto("/calls?page=900")
    await expect(page.get_by_role("heading", name="This page is beyond the last one")).to_be_visible()
    await page.get_by_role("link", name="Last", exact=True).first.click()
    await expect(page.locator("#results")).to_have_attribute("data-page", "8")


async def test_an_address_that_is_wrong_says_why(desk: Desk, demo: House) -> None:
    desk.watch.expected.add(422)
    page = await desk.open(demo, "/calls?sentimant=positive")
    await expect(page.get_by_role("alert")).to_contain_text('Did you mean "sentiment"?')


async def test_a_view_is_saved_shared_and_deleted(desk: Desk, house: House) -> None:
    page = await desk.open(house, "/calls?direction=inbound&period=7d", role="member")
    await page.get_by_text("Views", exact=True).click()
    await page.get_by_label("Save this view as").fill('Inbound <b>"week"</b>')
    await page.get_by_label("Share it with everybody here").check()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Save", exact=True).click()
    colleague = await desk.open(house, role="viewer")
    await colleague.get_by_text("Views", exact=True).click()
    await expect(colleague.get_by_label("Share it with everybody here")).to_have_count(0)
    await expect(colleague.get_by_role("button", name=re.compile("Delete the view"))).to_have_count(0)
    await colleague.get_by_role("link", name='Inbound <b>"week"</b>').click()
    await expect(colleague).to_have_url(f"{house.url}/calls?direction=inbound&period=7d")
    stranger = await desk.open(await desk.served.house())
    await stranger.get_by_text("Views", exact=True).click()
    await expect(stranger.get_by_text("No view is saved yet.")).to_be_visible()
    await page.get_by_text("Views", exact=True).click()
    async with page.expect_navigation():
        await page.get_by_role("button", name='Delete the view Inbound <b>"week"</b>').click()
    await page.get_by_text("Views", exact=True).click()
    await expect(page.get_by_text("No view is saved yet.")).to_be_visible()


async def test_columns_are_kept_for_the_next_sign_in(desk: Desk, house: House) -> None:
    await house.write_call(id="c1", direction="outbound", status="completed", language="en")
    page = await desk.open(house)
    await page.locator("summary", has_text="Columns").click()
    await page.locator('input[name="column"][value="sentiment"]').uncheck()
    await page.locator('input[name="column"][value="language"]').check()
    await page.get_by_role("button", name="Show these").click()
    head = ["Time", "With", "Direction", "Status", "Length", "Classifications", "About", "Language"]
    await expect(page.locator("thead th")).to_have_text(head)
    again = await desk.open(house)
    await expect(again.locator("thead th")).to_have_text(head)
    other = await desk.open(house, role="viewer")
    await expect(other.locator("th.col-sentiment")).to_have_count(1)


async def test_times_are_those_of_the_chosen_zone(desk: Desk, house: House) -> None:
    began = "2026-03-12T20:30:00Z"
    await house.write_call(id="c1", direction="outbound", status="completed", started_at=began)
    page = await desk.open(house)
    await expect(page.locator("td.col-time")).to_have_text(re.compile(r"^Mar 12(, 2026)? 20:30$"))
    await page.locator(".account > summary").click()
    await page.get_by_label("Time zone").fill("Asia/Tokyo")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator("td.col-time")).to_have_text(re.compile(r"^Mar 13(, 2026)? 05:30$"))
    await expect(page.locator("td.col-time time")).to_have_attribute("datetime", began)


async def test_the_list_is_walked_by_keys(desk: Desk, demo: House) -> None:
    page = await desk.open(demo)
    await page.keyboard.press("/")
    await expect(page.get_by_label("Said in the call")).to_be_focused()
    # What is typed into a field is no command.
    await page.keyboard.type("jk?")
    await expect(page.get_by_label("Said in the call")).to_have_value("jk?")
    await page.get_by_label("Said in the call").fill("")
    await page.keyboard.press("Escape")
    await page.wait_for_function("!location.search.includes('said')")
    for key in ("j", "j", "j", "k"):
        await page.keyboard.press(key)
    chosen = page.locator("tr.is-chosen")
    await expect(chosen).to_have_count(1)
    call = await page.locator("tr[data-call]").nth(1).get_attribute("data-call")
    assert await chosen.get_attribute("data-call") == call
    await expect(chosen.locator("a.open")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="Keys")).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{demo.url}/calls/{call}")


async def test_what_drops_down_is_used_by_keys(desk: Desk, demo: House) -> None:
    page = await desk.open(demo)
    await page.locator("details.more > summary").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator('[data-filter="direction"] > summary')).to_be_focused()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await facts_of_list(page, direction="inbound")
    # The list is new, and the one who chose is where they were.
    await expect(page.locator('[data-filter="direction"] input').first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator('[data-filter="direction"]')).not_to_have_attribute("open", "")
    await expect(page.locator('[data-filter="direction"] > summary')).to_be_focused()


async def test_the_file_has_what_the_list_counts(desk: Desk, demo: House) -> None:
    page = await desk.open(demo, "/calls?direction=inbound", role="member")
    total = (await facts_of_list(page))["total"]
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="CSV").click()
    file = await (await begun.value).path()
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert len(rows) - 1 == total
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="NDJSON").click()
    file = await (await begun.value).path()
    assert len(file.read_text(encoding="utf-8").splitlines()) == total
    viewer = await desk.open(demo, role="viewer")
    await expect(viewer.get_by_role("link", name="CSV")).to_have_count(0)


async def test_a_call_of_another_organization_is_not_there(desk: Desk, demo: House, house: House) -> None:
    call: Any = (await demo.calls())[0]
    desk.watch.expected.add(404)
    page = await desk.open(house, f"/calls/{call.id}")
    await expect(page.get_by_role("heading", name="Nothing is here")).to_be_visible()
