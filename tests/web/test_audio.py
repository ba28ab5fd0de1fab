"""A recording is answered whole or in part to a browser, never as a page of ours; its picture is small, one path, and
can be read by every browser, whatever the peaks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calldex.core.errors import NotFound
from calldex.store import recording_files
from calldex.store.recordings import Recording
from calldex.store.waveforms import Waveform
from calldex.web.audio import audio_answer, waveform_svg

SOUND = bytes(range(256)) * 2000
SVG = "{http://www.w3.org/2000/svg}"


def recording(content_type: str = "audio/wav") -> Recording:
    return Recording(uuid4(), uuid4(), "1/a/b", content_type, len(SOUND), sha256(SOUND).digest(), datetime.now(UTC))


async def ask(folder: Path, found: Recording | None = None, *, method: str = "GET", **headers: str) -> httpx.Response:
    async def answer(request: Request) -> Response:
        return await audio_answer(request, found or recording(), str(folder))

    transport = httpx.ASGITransport(Starlette(routes=[Route("/", answer)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://calldex.test") as client:
        return await client.request(method, "/", headers={name.replace("_", "-"): headers[name] for name in headers})


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    async def pieces() -> AsyncIterator[bytes]:
        yield SOUND

    await recording_files.save(str(tmp_path), "1/a/b", pieces(), len(SOUND))
    return tmp_path


async def test_whole_and_in_part(folder: Path) -> None:
    whole = await ask(folder)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, SOUND, "audio/wav")
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["cache-control"].startswith("private")
    assert whole.headers["content-disposition"].startswith("inline")
    part = await ask(folder, range="bytes=300000-300009")
    assert (part.status_code, part.content) == (206, SOUND[300_000:300_010])
    assert part.headers["content-range"] == f"bytes 300000-300009/{len(SOUND)}"
    assert (await ask(folder, range="bytes=-5", if_range=whole.headers["etag"])).content == SOUND[-5:]
    assert (await ask(folder, range="bytes=-5", if_range='"other"')).content == SOUND
    none = await ask(folder, range=f"bytes={len(SOUND)}-")
    assert (none.status_code, none.content, none.headers["content-range"]) == (416, b"", f"bytes */{len(SOUND)}")
    head = await ask(folder, method="HEAD")
    assert (head.headers["content-length"], head.content) == (str(len(SOUND)), b"")


async def test_a_recording_is_never_a_page_of_ours(folder: Path) -> None:
    answer = await ask(folder, recording("audio/x+xml"))
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_file_that_is_gone_is_said_before_the_answer_begins(folder: Path) -> None:
    (folder / "1/a/b").unlink()
    with pytest.raises(NotFound):
        await ask(folder)


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(peaks=st.binary(min_size=600, max_size=600))
@example(peaks=bytes(600))
@example(peaks=b"\xff" * 600)
@example(peaks=bytes([100, 255]) * 300)
def test_the_picture_is_small_and_one_path(peaks: bytes) -> None:
    text = waveform_svg(Waveform(peaks, 1000))
    assert len(text) < 12_000
    assert "style" not in text
    drawing = ET.fromstring(text)  # noqa: S314 - it is ours.
    assert (drawing.get("viewBox"), drawing.get("aria-hidden")) == ("0 0 600 64", "true")
    (path,) = drawing.findall(f"{SVG}path")
    heights = [int(stroke.partition("v")[2]) for stroke in path.attrib["d"].split("M")[1:]]
    assert len(heights) == 600
    assert all(1 <= height <= 62 for height in heights)
    for one, other in zip(range(599), range(1, 600), strict=True):
        if peaks[one] < peaks[other]:
            assert heights[one] <= heights[other]


def test_a_sound_that_cannot_be_read_has_no_picture() -> None:
    assert waveform_svg(Waveform(None, None)) == ""
