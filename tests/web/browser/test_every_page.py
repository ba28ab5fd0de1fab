"""What holds on every page, light and dark, on a desk and on a phone.

axe-core finds nothing against WCAG 2.2 AA, nothing is wider than the screen, headings are in order, and no page asks
another host or writes an error (the desk asserts that of every test here).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import pytest
from playwright.async_api import Page, ViewportSize, expect

from .axe import violations
from .house import Desk, House

PATHS = {
    "calls": "/calls",
    "filtered": "/calls?direction=outbound&sentiment=negative&period=365d",
    "nothing-found": "/calls?number=%2B4930999999",
    "account": "/account",
    "apis": "/apis",
}
WRONG = {"wrong-view": ("/calls?sentimant=1", 422), "not-found": ("/calls/none/at/all", 404)}
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_LEVELS = """[...document.querySelectorAll("h1, h2, h3, h4")]
  .filter(heading => heading.checkVisibility()).map(heading => Number(heading.tagName[1]))"""
_MOVING = """[...document.querySelectorAll("*")].filter(one => {
  const style = getComputedStyle(one);
  return style.animationName !== "none" || (style.transitionProperty !== "none" && style.transitionDuration !== "0s");
}).length"""


async def _holds(page: Page, what: str) -> None:
    """The page as it is now, in both colors and both widths."""
    for width in (DESK, PHONE):
        await page.set_viewport_size(width)
        overflow = await page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{what} is {overflow} px too wide on {width['width']} px"
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            found = await violations(page)
            assert found == [], f"{what}, {scheme}, {width['width']} px: " + "\n".join(found)
    levels = await page.evaluate(_LEVELS)
    assert levels[0] == 1, levels
    assert levels.count(1) == 1, levels
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


@pytest.mark.parametrize("name", PATHS)
async def test_a_page(desk: Desk, demo: House, name: str) -> None:
    await _holds(await desk.open(demo, PATHS[name]), name)


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
    page = await desk.open(demo)
    await _open_drop(page, selector)
    await _holds(page, selector)


async def test_the_help(desk: Desk, demo: House) -> None:
    page = await desk.open(demo)
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
