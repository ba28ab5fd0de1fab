"""A transcript of which a page has only a part: words are found in all of it, the player leads to what is not here yet,
and every way to name a turn in an address leads to that turn. A recording without sound is said to be one, quietly.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from .house import Desk, House
from .sounds import a_wav, heard_call

pytestmark = pytest.mark.slow

SPOKEN = ".is-spoken"
TALL: Any = {"viewport": {"width": 1280, "height": 1600}}
MANY: list[dict[str, Any]] = [
    {"role": ("agent", "user")[number % 2], "content": f"said {number}; {'more of it ' * 8}", "start": number * 0.01}
    for number in range(1_150)
]
LATE = [*MANY[:-1], {**MANY[-1], "content": "the caf\u00e9 at last"}]
UNTIMED = [{"role": one["role"], "content": one["content"]} for one in LATE]


async def _now(page: Page) -> float:
    return float(await page.locator("audio").evaluate("audio => audio.currentTime"))


@pytest.mark.parametrize("sound", [b"RIFF\0\0garbage" * 50, a_wav(0)], ids=["broken", "empty"])
async def test_what_has_no_sound_is_said_to_have_none(desk: Desk, house: House, sound: bytes) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house, sound)}")
    await expect(page.get_by_text("The recording cannot be played")).to_be_visible()
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    await expect(page.locator("[data-wave] > *")).to_have_count(0)


async def test_words_are_found_in_turns_that_are_not_here_yet(desk: Desk, house: House) -> None:
    long = {"role": "user", "content": f"{'many words ' * 800}the needle{' and more' * 100}"}
    call = await heard_call(house, transcript=[*UNTIMED[:40], long, *UNTIMED[40:]])
    page = await desk.open(house, f"/calls/{call}?turn=600", **TALL)
    await expect(page.locator("[data-rest]")).to_have_count(2)
    find, found = page.get_by_label("Find in the transcript"), page.locator("[data-found]")
    await find.fill("cafe")
    await expect(found).to_have_text("1 of 1")
    await expect(page.locator(".turns mark")).to_be_in_viewport()
    await expect(page.locator("[data-turn]")).to_have_count(len(UNTIMED) + 1)
    # Where a long turn was cut, too, and across the cut.
    await find.fill("the needle and")
    await expect(found).to_have_text("1 of 1")
    await find.fill("said 1")
    await expect(found).to_have_text("1 of 260")
    await find.press("Shift+Enter")
    await expect(found).to_have_text("260 of 260")
    await find.fill("nowhere")
    await expect(found).to_have_text("Not found")


async def test_it_is_said_that_not_all_could_be_looked_at(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house, transcript=LATE)}")
    desk.watch.expected.add(503)
    await page.route("**/turns?from=*", lambda route: route.fulfill(status=503, body="Busy."))
    await page.get_by_label("Find in the transcript").fill("cafe")
    await expect(page.locator("[data-found]")).to_have_text("Not found in what could be loaded.")


async def test_the_player_brings_the_turns_that_are_not_here_yet(desk: Desk, house: House) -> None:
    page = await desk.open(house, f"/calls/{await heard_call(house, transcript=LATE)}", **TALL)
    await expect(page.locator("#t-11000")).to_have_count(0)
    await page.locator("[data-seek]").fill("11")
    await expect(page.locator(SPOKEN)).to_have_id("t-11000")
    await expect(page.locator(SPOKEN)).to_be_in_viewport()
    await page.goto(f"{page.url}?t=11")
    await expect(page.locator(SPOKEN)).to_have_id("t-11000")
    await expect(page.locator("#t-1000")).to_have_count(0)
    # What was said before the first turn that is here.
    await page.locator("[data-seek]").fill("1")
    await expect(page.locator(SPOKEN)).to_have_id("t-1000")
    assert await _now(page) == 1
    # While it plays, too.
    await page.goto(f"{page.url.partition('?')[0]}?t=5.5")
    last = int(str(await page.locator("[data-start]").last.get_attribute("data-start")))
    await page.locator("[data-seek]").fill(str(last / 1000 - 0.5))
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(page.locator(f"#t-{last + 1000}")).to_have_count(1)


async def test_every_name_of_a_turn_leads_to_it(desk: Desk, house: House) -> None:
    timed, plain = await heard_call(house, transcript=LATE), await heard_call(house, transcript=UNTIMED)
    clipboard = ["clipboard-read", "clipboard-write"]
    page = await desk.open(house, f"/calls/{timed}#t-11000", permissions=clipboard, **TALL)
    for path, anchor, moment in (
        ("", "t-11000", 11),
        (f"/calls/{timed}?t=6#t-6000", "t-6000", 6),
        (f"/calls/{timed}?turn=1100", "t-11000", 11),
        (f"/calls/{plain}#turn-1100", "turn-1100", 0),
        (f"/calls/{plain}?turn=1149", "turn-1149", 0),
    ):
        if path:
            await page.goto(path)
        await expect(page.locator(SPOKEN)).to_have_id(anchor)
        await expect(page.locator(SPOKEN)).to_be_in_viewport()
        await expect(page.locator("[data-now]")).to_have_text(f"0:{moment:02}")
    await page.locator(SPOKEN).get_by_role("button", name="Copy a link").click()
    await expect(page.locator(".transcript [data-said]")).to_have_text("The link is copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == f"{house.url}/calls/{plain}?turn=1149"
    # Within the page, too.
    await page.goto(f"/calls/{timed}")
    await page.evaluate("location.hash = 't-500'")
    await expect(page.locator(SPOKEN)).to_have_id("t-500")
    assert await _now(page) == 0.5
    await page.goto(f"/calls/{timed}#t-1")
    await expect(page.locator("[data-turn]").first).to_be_visible()


async def test_of_two_turns_at_once_each_can_be_marked(desk: Desk, house: House) -> None:
    said = [{"role": "user", "content": f"said {n}", "start": start} for n, start in enumerate((0, 2.5, 2.5, 5))]
    call = await heard_call(house, transcript=said)
    page = await desk.open(house, f"/calls/{call}?t=2.5", permissions=["clipboard-read", "clipboard-write"])
    await expect(page.locator(SPOKEN)).to_have_id("t-2500")
    for turn, anchor, link in ((2, "turn-2", "turn=2"), (1, "t-2500", "t=2.5")):
        item = page.locator("[data-turn]").nth(turn)
        await item.get_by_role("button", name="Go to").click()
        await expect(page.locator(SPOKEN)).to_have_id(anchor)
        # The sound has gone there, and the mark has stayed.
        await expect(page.locator("audio")).to_have_js_property("seeking", value=False)
        assert await _now(page) == 2.5
        await expect(page.locator(SPOKEN)).to_have_id(anchor)
        await item.get_by_role("button", name="Copy a link").click()
        await expect(page.locator(".transcript [data-said]")).to_have_text("The link is copied.")
        assert await page.evaluate("navigator.clipboard.readText()") == f"{house.url}/calls/{call}?{link}"


async def test_what_is_long_is_read_on_in_its_place(desk: Desk, house: House) -> None:
    words = " ".join(f"word{n}" for n in range(9_000))
    call = await heard_call(house, summary=words, metadata={f"key {n}": "value " * 20 for n in range(200)})
    for number in range(10):
        await house.ask("POST", f"/api/v1/calls/{call}/notes", 201, json={"text": f"note {number}; {words[:2_000]}"})
    page = await desk.open(house, f"/calls/{call}")
    summary = page.locator("#summary .written")
    await summary.get_by_role("link", name="Read on").click()
    await expect(summary).to_have_text(words)
    await page.locator("#notes").get_by_role("link", name="Show 2 earlier notes").click()
    await expect(page.locator("#notes article")).to_have_count(10)
    await page.locator("#notes article").first.get_by_role("link", name="Read on").click()
    await expect(page.locator("#notes article .typed").first).to_have_text(f"note 0; {words[:2_000]}".strip())
    await page.locator("#analysis").get_by_role("link", name="Read on").click()
    await expect(page.locator("#analysis")).to_contain_text("key 199")
    timeline = page.locator("#timeline")
    await timeline.get_by_role("link", name="Read on").first.click()
    await expect(timeline).to_contain_text(words[1_900:2_000])
