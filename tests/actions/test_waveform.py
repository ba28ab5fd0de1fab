"""A recording's waveform is worked out once, by a process that no recording can harm the server through: what cannot
be read is kept as that, a failure that is ours is not kept, and two who ask for the same wait for one decoder.
"""

from __future__ import annotations

import asyncio
import io
import math
import os
import random
import struct
import sys
import wave
from array import array
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.surfaces.serving import Tenant

from calldex.actions.decoding import PEAKS, peaks_of
from calldex.actions.draw_waveform import decode, waveform_of
from calldex.core.errors import NotFound, Unavailable
from calldex.store import recording_files
from calldex.store.recordings import Recording
from calldex.store.waveforms import Waveform, find_waveform

RATE = 8000
UNREADABLE = Waveform(None, None)


def tone(seconds: float, loudness: float, *, rate: int = RATE) -> list[int]:
    step = 2 * math.pi * 440 / rate
    return [round(32767 * loudness * math.sin(step * number)) for number in range(int(seconds * rate))]


def wav(*channels: list[int], rate: int = RATE) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", [sample for frame in zip(*channels, strict=True) for sample in frame]).tobytes())
    return written.getvalue()


def mu_law(codes: bytes) -> bytes:
    described = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 7, 1, RATE, RATE, 1, 8)
    return b"RIFF" + struct.pack("<I", len(codes) + 36) + described + b"data" + struct.pack("<I", len(codes)) + codes


def noise(seed: int, count: int = 50_000) -> bytes:
    return random.Random(seed).randbytes(count)  # noqa: S311 - the same noise every time.


async def stored(tenant: Tenant, place: str, sound: bytes) -> Recording:
    async def pieces() -> AsyncIterator[bytes]:
        yield sound

    location = f"{tenant.organization.id}/{uuid4()}"
    size, digest = await recording_files.save(place, location, pieces(), len(sound))
    return Recording(uuid4(), uuid4(), location, "audio/wav", size, digest, datetime.now(UTC))


async def drawn(tenant: Tenant, folder: Path, sound: bytes) -> Waveform:
    recording = await stored(tenant, str(folder), sound)
    return await waveform_of(tenant.database, tenant.organization.id, recording, str(folder))


async def rows(tenant: Tenant) -> int:
    async with tenant.database.session() as session:
        found = await session.fetchval(
            "SELECT count(*) FROM waveforms WHERE organization_id = $1", tenant.organization.id
        )
    return int(found)


def heights(waveform: Waveform) -> bytes:
    assert waveform.peaks is not None
    assert len(waveform.peaks) == PEAKS
    return waveform.peaks


async def test_what_is_louder_is_higher(tenant: Tenant, tmp_path: Path) -> None:
    waveform = await drawn(tenant, tmp_path, wav(tone(2, 0.1) + tone(2, 0.8)))
    peaks = heights(waveform)
    assert waveform.duration_ms == 4000
    assert all(abs(peak - 0.1 * 255) < 4 for peak in peaks[:295])
    assert all(abs(peak - 0.8 * 255) < 12 for peak in peaks[305:])


async def test_the_louder_channel_counts(tenant: Tenant, tmp_path: Path) -> None:
    # Each channel is silent while the other one speaks, and both together would cancel each other out.
    left, right = tone(1, 0.5) + [0] * RATE, [0] * RATE + tone(1, 0.5)
    apart = heights(await drawn(tenant, tmp_path, wav(left, right)))
    against = heights(await drawn(tenant, tmp_path, wav(tone(2, 0.5), [-sample for sample in tone(2, 0.5)])))
    for peaks in (apart, against):
        assert all(abs(peak - 0.5 * 255) < 8 for peak in peaks[5:295] + peaks[305:595])


async def test_other_rates_and_the_codes_of_telephones(tenant: Tenant, tmp_path: Path) -> None:
    fine = await drawn(tenant, tmp_path, wav(tone(1, 0.6, rate=44_100), rate=44_100))
    assert fine.duration_ms is not None
    assert abs(fine.duration_ms - 1000) <= 1
    assert all(abs(peak - 0.6 * 255) < 12 for peak in heights(fine)[5:595])
    # 0xFF is silence and 0x80 the loudest of all in mu-law.
    telephone = await drawn(tenant, tmp_path, mu_law(b"\xff" * RATE + b"\x80" * RATE))
    assert heights(telephone)[:295] == bytes(295)
    assert min(heights(telephone)[305:595]) > 240


async def test_silence_is_flat_and_the_shortest_sound_has_every_peak(tenant: Tenant, tmp_path: Path) -> None:
    assert heights(await drawn(tenant, tmp_path, wav([0] * RATE))) == bytes(PEAKS)
    assert len(heights(await drawn(tenant, tmp_path, wav([30_000])))) == PEAKS


async def test_a_header_that_lies_about_the_length(tenant: Tenant, tmp_path: Path) -> None:
    sound = bytearray(wav(tone(2, 0.5)))
    sound[4:8] = sound[40:44] = struct.pack("<I", 0xFFFF_FFF0)
    assert (await drawn(tenant, tmp_path, bytes(sound))).duration_ms == 2000
    cut = await drawn(tenant, tmp_path, wav(tone(2, 0.5))[: 44 + RATE * 2])
    assert (cut.duration_ms, len(heights(cut))) == (1000, PEAKS)


@pytest.mark.parametrize(
    "sound",
    [
        b"x",
        wav([]),
        wav(tone(1, 0.5))[:30],
        noise(1),
        b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x00" + noise(2),
        b"fLaC" + noise(3),
        b"OggS" + noise(4),
    ],
    ids=["a byte", "no sound", "a cut header", "noise", "no mp3", "no flac", "no vorbis"],
)
async def test_what_cannot_be_read_is_kept_as_that(tenant: Tenant, tmp_path: Path, sound: bytes) -> None:
    recording = await stored(tenant, str(tmp_path), sound)
    assert await waveform_of(tenant.database, tenant.organization.id, recording, str(tmp_path)) == UNREADABLE
    # Nothing is there to be tried again.
    await recording_files.remove(str(tmp_path), recording.location)
    assert await waveform_of(tenant.database, tenant.organization.id, recording, str(tmp_path)) == UNREADABLE


async def test_it_is_worked_out_once_for_all_who_ask(tenant: Tenant) -> None:
    place = f"memory://{uuid4().hex}"
    recording = await stored(tenant, place, wav(tone(1, 0.5)))
    organization = tenant.organization.id
    asked = [asyncio.create_task(waveform_of(tenant.database, organization, recording, place)) for _ in range(3)]
    # The first statement of each is behind them when the recording is being drawn.
    while not any(task.get_name() == f"waveform {recording.id}" for task in asyncio.all_tasks()):  # noqa: ASYNC110
        await asyncio.sleep(0)
    # One who goes away takes nothing from the others.
    asked[0].cancel()
    first, second = await asyncio.gather(*asked[1:])
    assert first is second
    assert await rows(tenant) == 1
    await recording_files.remove(place, recording.location)
    assert await waveform_of(tenant.database, organization, recording, place) == first
    async with tenant.database.session() as session:
        assert await find_waveform(session, organization + 1, recording.id) is None


async def test_a_failure_that_is_ours_is_not_kept(tenant: Tenant, tmp_path: Path) -> None:
    sound = wav(tone(1, 0.5))
    recording = await stored(tenant, str(tmp_path), sound)
    file = tmp_path / recording.location
    file.unlink()
    with pytest.raises(NotFound):
        await waveform_of(tenant.database, tenant.organization.id, recording, str(tmp_path))
    file.mkdir()
    with pytest.raises(Unavailable):
        await waveform_of(tenant.database, tenant.organization.id, recording, str(tmp_path))
    with pytest.raises(Unavailable):
        await waveform_of(tenant.database, tenant.organization.id, recording, "nonsense://x")
    assert await rows(tenant) == 0
    file.rmdir()
    file.write_bytes(sound)
    assert (await waveform_of(tenant.database, tenant.organization.id, recording, str(tmp_path))).duration_ms == 1000


def program(text: str) -> list[str]:
    return [sys.executable, "-c", f"import os, resource, signal, sys, time\n{text}"]


async def told(text: str, seconds: float = 60) -> Waveform:
    with await asyncio.to_thread(Path(os.devnull).open, "rb") as file:
        return await decode(file, program(text), seconds)


async def test_a_decoder_that_harms_itself_harms_nobody_else() -> None:
    for crash in (
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "os.abort()",
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 5))\nwhile True: pass",
    ):
        assert await told(f"resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n{crash}") == UNREADABLE


async def test_a_decoder_that_somebody_ends_says_nothing_of_the_recording() -> None:
    for end in ("os.kill(os.getpid(), signal.SIGKILL)", "sys.exit(1)", "print('too short')"):
        with pytest.raises(Unavailable):
            await told(end)
    with pytest.raises(Unavailable):
        await told("time.sleep(600)", seconds=0.2)


async def test_a_decoder_is_limited_and_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLDEX_SECRET", "not for decoders")
    said = "sys.stdout.buffer.write(bytes([len(os.environ.get('CALLDEX_SECRET', ''))] * 608))"
    assert await told(said) == Waveform(bytes(PEAKS), 0)
    takes = "from calldex.actions import decoding\ndecoding._limit_this_process()\n"
    if sys.platform == "linux":
        with pytest.raises(Unavailable):
            await told(f"{takes}bytearray(2**30)\n{said}")
    assert await told(f"{takes}bytearray(2**20)\n{said}") == Waveform(bytes(PEAKS), 0)


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(seed=st.integers(0, 2**32), frames=st.integers(1, 3000), size=st.integers(1, 700))
def test_each_peak_is_the_loudest_of_its_part(seed: int, frames: int, size: int) -> None:
    samples = array("h", noise(seed, frames * 4))
    chunks = [samples[place : place + size * 2] for place in range(0, len(samples), size * 2)]
    peaks, counted = peaks_of(chunks)
    assert (counted, len(peaks)) == (frames, PEAKS)
    for number, peak in enumerate(peaks):
        first, last = number * frames // PEAKS, -(-(number + 1) * frames // PEAKS)
        loudest = max(min(abs(sample), 32767) for sample in islice(samples, first * 2, last * 2))
        assert abs(peak - loudest * 255 / 32767) <= 0.5


def test_a_long_recording_is_as_true_where_bins_were_joined() -> None:
    frames, chunk = 2_000_000, 16_384
    ramp = array("h", [number * 32767 // frames for number in range(frames) for _ in range(2)])
    peaks, counted = peaks_of(ramp[place : place + chunk * 2] for place in range(0, len(ramp), chunk * 2))
    assert counted == frames
    assert all(abs(peak - (number + 1) * 255 / PEAKS) < 1 for number, peak in enumerate(peaks))
