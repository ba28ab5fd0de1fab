"""Signing in and out in a browser: with the right password, to where somebody wanted to go, by keyboard alone."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from .house import PASSWORD, Desk, House


async def _fill(page: Page, email: str, password: str) -> None:
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def test_the_right_password_opens_the_calls(desk: Desk, demo: House) -> None:
    member = await demo.member("member")
    page = await desk.nobody(timezone_id="Asia/Tokyo")
    await expect(page).to_have_title("Sign in · Calldex")
    await _fill(page, member.email, PASSWORD)
    await expect(page.get_by_role("heading", level=1, name="Calls")).to_be_visible()
    await expect(page.locator(".account .org")).to_have_text("Larkfield & Söhne")
    # Times are those of the browser's own zone.
    await expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Tokyo")


async def test_a_wrong_password_says_so_and_keeps_the_address(desk: Desk, demo: House) -> None:
    member = await demo.member("member")
    desk.watch.expected.add(401)
    page = await desk.nobody()
    await _fill(page, member.email, "not the password")
    await expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    await expect(page.get_by_label("E-mail address")).to_have_value(member.email)
    await expect(page.get_by_label("Password")).to_be_focused()
    await expect(page.get_by_label("Password")).to_have_value("")
    await _fill(page, member.email, PASSWORD)
    await expect(page.get_by_role("heading", level=1, name="Calls")).to_be_visible()


async def test_who_signs_out_comes_back_only_by_signing_in(desk: Desk, demo: House) -> None:
    page = await desk.open(demo)
    await page.locator(".account > summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(f"{demo.url}/sign-in")
    await page.go_back()
    await expect(page).to_have_url(re.compile("/sign-in"))
    await page.goto("/calls")
    await expect(page).to_have_url(re.compile("/sign-in"))


async def test_signing_in_leads_to_where_somebody_wanted_to_go(desk: Desk, demo: House) -> None:
    member = await demo.member("member")
    page = await desk.nobody("/calls?direction=inbound&page=2")
    await expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    await _fill(page, member.email, PASSWORD)
    await expect(page).to_have_url(f"{demo.url}/calls?direction=inbound&page=2")


async def test_an_address_of_somebody_else_leads_to_the_calls(desk: Desk, demo: House) -> None:
    member = await demo.member("member")
    page = await desk.nobody("/sign-in?next=https://example.com/calls")
    await _fill(page, member.email, PASSWORD)
    await expect(page.get_by_role("heading", level=1, name="Calls")).to_be_visible()
    assert page.url.startswith(f"{demo.url}/calls")


async def test_the_keyboard_is_enough(desk: Desk, demo: House) -> None:
    member = await demo.member("member")
    page = await desk.nobody()
    await expect(page.get_by_label("E-mail address")).to_be_focused()
    await page.keyboard.type(member.email)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Calls")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()


async def test_the_token_is_not_for_scripts(desk: Desk, demo: House) -> None:
    member = await demo.member()
    page = await desk.nobody()
    await _fill(page, member.email, PASSWORD)
    await expect(page.get_by_role("heading", level=1, name="Calls")).to_be_visible()
    kept = {one["name"]: one for one in await page.context.cookies()}
    assert kept["calldex"]["httpOnly"]
    assert kept["calldex"]["sameSite"] == "Lax"
    assert await page.evaluate("document.cookie") == ""
