"""The player's scripts on a page of their own, under the policy that our pages have: the transcript follows the sound,
an address leads to a moment, words are found whatever their accents, and each part works without the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from calldex.core.ranges import part_asked
from calldex.core.spoken import Turn
from calldex.ingest.demo import speech_like
from calldex.store.waveforms import Waveform
from calldex.web import audio as web_audio

pytestmark = pytest.mark.slow

NAMES = ("player.js", "waveform.js", "linking.js", "finding.js")
SCRIPTS = Path(web_audio.__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HOST = "http://calldex.test"
TURNS = [Turn(number, "agent", "said", number * 2000 + 345, number * 2000 + 1900) for number in range(30)]
SOUND = speech_like(TURNS, 1)
SPEEDS = "".join(f"<option{' selected' * (speed == 1)}>{speed}" for speed in (0.75, 1, 1.25, 1.5, 1.75, 2))


def turn_item(turn: Turn) -> str:
    said = escape(f"Turn {turn.number} says café, CAFE and cafe\u0301s <b> twice")
    return (
        f'<li data-turn="{turn.number}" data-start="{turn.start_ms}" data-end="{turn.end_ms}" id="t-{turn.start_ms}">'
        f"<button data-jump>Jump</button><p data-text>{said}</p><button data-copy-link>Link</button></li>"
    )


def page_text(sound: str | None, turns: list[Turn]) -> str:
    audio = f'<audio data-audio preload="metadata" src="{sound}"></audio>' if sound else ""
    return f"""<!doctype html><meta charset="utf-8"><title>Call</title><link rel="stylesheet" href="/page.css">
    <section data-player>{audio}<p data-audio-error hidden>It cannot be played.</p>
    <button data-play data-label-play="Play" data-label-pause="Pause"></button>
    <span data-now></span><span data-length></span><select data-speed aria-label="Speed">{SPEEDS}</select>
    <button data-back>Back</button><button data-ahead>Ahead</button><div data-wave data-src="/wave.svg"></div>
    <input type="range" data-seek data-label-time="{{now}} of {{length}}" aria-label="Place">
    <input type="checkbox" data-follow checked aria-label="Follow"></section>
    <p data-said aria-live="polite" data-label-copied="Copied." data-label-copy="Copy this:"></p>
    <input data-find aria-label="Find"><span data-found data-label-found="{{number}} of {{count}}"
    data-label-none="Nothing"></span>
    <ol class="turns">{"".join(map(turn_item, turns))}</ol>
    {"".join(f'<script src="/{name}" defer></script>' for name in NAMES)}"""


BODIES = {
    "/call": ("text/html", page_text("/call.wav", TURNS).encode()),
    "/silent": ("text/html", page_text(None, TURNS).encode()),
    "/alone": ("text/html", page_text("/call.wav", []).encode()),
    "/gone": ("text/html", page_text("/gone.wav", TURNS).encode()),
    "/page.css": ("text/css", b".turns { height: 200px; overflow-y: auto } li { height: 60px }"),
    "/wave.svg": ("image/svg+xml", web_audio.waveform_svg(Waveform(bytes(range(200)) * 3, 60_000)).encode()),
    "/call.wav": ("audio/wav", SOUND),
    **{f"/{name}": ("text/javascript", (SCRIPTS / name).read_bytes()) for name in NAMES},
}


async def serve(route: Route) -> None:
    path = route.request.url.removeprefix(HOST).partition("?")[0]
    if path not in BODIES:
        await route.fulfill(status=404)
        return
    kind, body = BODIES[path]
    part = part_asked(route.request.headers.get("range"), None, "", len(body))
    headers = {"content-type": kind, "content-security-policy": POLICY, "accept-ranges": "bytes"}
    await route.fulfill(status=part.status, headers=headers | part.headers(), body=body[part.start : part.end])


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose every request is answered here, and whose scripts and policy raise no complaint."""
    context = await browser.new_context()
    opened = await context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if "404" not in message.text else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    await opened.route("**/*", serve)
    yield opened
    await context.close()
    assert said == []


async def soon(page: Page, condition: str) -> None:
    # Waiting in the page would need eval, which the policy forbids.
    async with asyncio.timeout(20):
        while not await page.evaluate(condition):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def now(page: Page) -> float:
    return float(await page.evaluate("document.querySelector('audio').currentTime"))


def spoken(number: int) -> str:
    """A condition: this turn alone is marked, and it can be seen where the transcript scrolls."""
    return f"""(() => {{
        const marked = [...document.querySelectorAll(".is-spoken")];
        const box = document.querySelector(".turns").getBoundingClientRect();
        const turn = marked.length === 1 && marked[0].getBoundingClientRect();
        return turn && marked[0].id === "t-{TURNS[number].start_ms}" && marked[0].ariaCurrent === "true"
            && turn.top >= box.top - 1 && turn.bottom <= box.bottom + 1;
    }})()"""


async def test_an_address_leads_to_a_moment_and_nothing_plays_by_itself(page: Page) -> None:
    await page.goto(f"{HOST}/call?t=12.345")
    await soon(page, spoken(6))
    await soon(page, "document.querySelector('audio').currentTime === 12.345")
    assert await page.evaluate("document.querySelector('audio').paused && scrollY === 0")
    await soon(page, "document.querySelector('[data-played]').getAttribute('width') > 120")
    assert await page.text_content("[data-now]") == "0:12"
    assert await page.get_attribute("[data-seek]", "aria-valuetext") == "0:12 of 1:00"


async def test_the_transcript_follows_unless_somebody_scrolls_it(page: Page) -> None:
    await page.goto(f"{HOST}/call?t=16.345")
    await soon(page, spoken(8))
    assert await page.get_attribute("[data-play]", "aria-label") == "Play"
    await page.keyboard.press("Space")
    await soon(page, spoken(9))
    pressed = [await page.get_attribute("[data-play]", name) for name in ("aria-pressed", "aria-label")]
    assert pressed == ["true", "Pause"]
    await page.hover(".turns")
    await page.mouse.wheel(0, -5000)
    await soon(page, "document.querySelector('.turns').scrollTop === 0")
    await soon(page, "document.querySelector('.is-spoken').id === 't-20345'")
    assert await page.evaluate("document.querySelector('.turns').scrollTop") == 0
    # Some seconds later it follows again.
    await soon(page, spoken(13))


async def test_by_keyboard_and_by_turn(page: Page) -> None:
    await page.goto(f"{HOST}/call")
    await soon(page, "document.querySelector('audio').readyState > 0")
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    assert await now(page) == 15
    await page.keyboard.press("ArrowLeft")
    assert await now(page) == 10
    await page.click("[data-ahead]")
    await page.focus("[data-seek]")
    await page.keyboard.press("ArrowLeft")
    assert await now(page) == 15
    await soon(page, spoken(7))
    await page.locator("[data-jump]").nth(20).click()
    assert await now(page) == 40.345
    await soon(page, spoken(20))
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("]")
    await page.keyboard.press("]")
    assert await page.input_value("[data-speed]") == "1.5"
    await page.reload()
    assert await page.evaluate("document.querySelector('audio').playbackRate") == 1.5
    assert await page.input_value("[data-speed]") == "1.5"


async def test_words_are_found_whatever_their_case_and_accents(page: Page) -> None:
    await page.goto(f"{HOST}/call")
    before = await page.inner_text(".turns")

    async def find(text: str) -> Any:
        await page.fill("[data-find]", text)
        await asyncio.sleep(0.3)
        return await page.text_content("[data-found]")

    assert await find("Cafe") == "1 of 90"
    marks = await page.evaluate("[...document.querySelectorAll('mark')].slice(0, 3).map((mark) => mark.textContent)")
    assert marks == ["café", "CAFE", "cafe\u0301"]
    assert await page.inner_text(".turns") == before
    await page.keyboard.press("Enter")
    assert await page.text_content("[data-found]") == "2 of 90"
    for _ in range(2):
        await page.keyboard.press("Shift+Enter")
    assert await page.text_content("[data-found]") == "90 of 90"
    await soon(page, "document.querySelector('.turns').scrollTop > 1000")
    assert await find("<b> TWICE") == "1 of 30"
    assert await find("nowhere") == "Nothing"
    assert await find("") == ""
    assert await page.locator("mark").count() == 0


async def test_a_link_to_a_moment_is_shown_where_there_is_no_clipboard(page: Page) -> None:
    # The host of this page is reached without TLS, as a server in an office often is.
    await page.goto(f"{HOST}/call?other=1")
    await page.locator("[data-copy-link]").nth(6).click()
    await soon(page, "document.querySelector('[data-said]').textContent !== ''")
    assert await page.text_content("[data-said]") == f"Copy this: {HOST}/call?t=12.345"
    assert await page.evaluate("getSelection().toString()") == f"{HOST}/call?t=12.345"


async def test_each_part_works_without_the_others(page: Page) -> None:
    await page.goto(f"{HOST}/silent?t=6.345")
    await soon(page, spoken(3))
    await page.locator("[data-jump]").nth(9).click()
    await soon(page, spoken(9))
    await page.goto(f"{HOST}/alone?t=6#turn-1")
    await soon(page, "document.querySelector('audio').currentTime === 6")
    await page.goto(f"{HOST}/gone")
    await soon(page, "!document.querySelector('[data-audio-error]').hidden")
    assert await page.is_disabled("[data-play]")
    assert await page.text_content("[data-audio-error]") == "It cannot be played."


def test_the_scripts_are_small() -> None:
    assert all((SCRIPTS / name).stat().st_size < 10_240 for name in NAMES)
