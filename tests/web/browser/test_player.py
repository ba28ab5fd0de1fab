"""A call that is heard while it is read: a real WAV plays, the transcript follows, and an address leads to a moment."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from .house import Desk, House
from .sounds import SECONDS, heard_call

SPOKEN = ".is-spoken"


async def _now(page: Page) -> float:
    return float(await page.locator("audio").evaluate("audio => audio.currentTime"))


async def test_the_transcript_follows_what_is_played(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house)}")
    await expect(page.locator("[data-wave] svg")).to_be_visible()
    await expect(page.locator("[data-length]")).to_have_text(f"0:{SECONDS}")
    await page.get_by_label("Speed").select_option("2")
    assert await page.locator("audio").evaluate("audio => audio.paused")
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    for turn in ("t-2000", "t-4000", "t-6000"):
        await expect(page.locator(SPOKEN)).to_have_id(turn)
        await expect(page.locator(SPOKEN)).to_have_attribute("aria-current", "true")
        await expect(page.locator(SPOKEN)).to_be_in_viewport()
    await page.get_by_role("button", name="Pause", exact=True).click()
    assert 6 <= await _now(page) < SECONDS


@pytest.mark.slow
async def test_a_turn_leads_to_its_moment(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house)}")
    await page.get_by_role("button", name="Go to 0:08").click()
    await expect(page.locator(SPOKEN)).to_have_id("t-8000")
    assert 8 <= await _now(page) < 9
    await page.locator("[data-seek]").focus()
    await page.keyboard.press("ArrowLeft")
    assert 2 <= await _now(page) < 5
    await expect(page.locator("[data-seek]")).to_have_attribute("aria-valuetext", re.compile(r"^0:0\d of 0:12$"))


@pytest.mark.slow
async def test_an_address_leads_to_a_moment(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house)}?t=10.5")
    await expect(page.locator(SPOKEN)).to_have_id("t-10000")
    assert await page.locator("audio").evaluate("audio => audio.paused")
    await expect(page.locator("[data-now]")).to_have_text("0:10")


@pytest.mark.slow
async def test_a_link_to_a_moment_is_copied(desk: Desk, house: House) -> None:
    call = await heard_call(house)
    page = await desk.open(house, f"/calls/{call}", permissions=["clipboard-read", "clipboard-write"])
    await page.locator("[data-turn]").nth(3).get_by_role("button", name="Copy a link").click()
    await expect(page.locator(".transcript [data-said]")).to_have_text("The link is copied.")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{house.url}/calls/{call}?t=6"
    await page.goto(copied)
    await expect(page.locator(SPOKEN)).to_have_id("t-6000")


@pytest.mark.slow
async def test_the_speed_is_kept(desk: Desk, house: House) -> None:
    call = await heard_call(house)
    page = await desk.open(house, f"/calls/{call}")
    await page.get_by_label("Speed").select_option("1.5")
    await page.reload()
    await expect(page.get_by_label("Speed")).to_have_value("1.5")
    assert await page.locator("audio").evaluate("audio => audio.playbackRate") == 1.5


@pytest.mark.slow
async def test_words_are_found_in_the_transcript(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house)}")
    find = page.get_by_label("Find in the transcript")
    await find.fill("INVOICE")
    await expect(page.locator("[data-found]")).to_have_text("1 of 2")
    await expect(page.locator(".turns mark")).to_have_text(["invoice", "invoice"])
    await find.press("Enter")
    await expect(page.locator("[data-found]")).to_have_text("2 of 2")
    await find.fill("cafe")
    await expect(page.locator(".turns mark")).to_have_text(["café"])
    await find.fill("nowhere")
    await expect(page.locator("[data-found]")).to_have_text("Not found")


@pytest.mark.slow
async def test_it_is_heard_by_keys_alone(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house)}")
    await expect(page.locator("[data-wave] svg")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    assert await _now(page) == 5
    await page.keyboard.press("Space")
    await expect(page.locator(SPOKEN)).to_have_id("t-6000")
    await page.keyboard.press("Space")
    assert await page.locator("audio").evaluate("audio => audio.paused")


@pytest.mark.slow
async def test_a_viewer_hears_only_what_the_organization_lets_them(desk: Desk, house: House) -> None:
    call = await heard_call(house)
    viewer = await desk.open(house, f"/calls/{call}", role="viewer")
    await expect(viewer.locator("audio")).to_have_count(1)
    await house.let_viewers_hear(hear=False)
    await viewer.reload()
    await expect(viewer.locator("audio")).to_have_count(0)
    await expect(viewer.get_by_text("does not let viewers hear recordings")).to_be_visible()
    desk.watch.expected.add(403)
    # The browser may have kept what it played before.
    ask = "path => fetch(path, {cache: 'no-store'}).then(answer => answer.status)"
    assert await viewer.evaluate(ask, f"/calls/{call}/audio") == 403
