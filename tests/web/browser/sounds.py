"""A call that can be heard: a real WAV, and turns that say when each was said."""

from __future__ import annotations

import io
import math
import wave
from array import array
from typing import Any, Final

from .house import House

RATE: Final = 8000
SECONDS: Final = 12
WORDS: Final = (
    "Good afternoon, is this Ana?",
    "Yes, speaking.",
    "It is about the invoice of March.",
    "I know, the café was closed.",
    "When can you pay the invoice?",
    "On Friday.",
)
TURNS: Final[list[dict[str, Any]]] = [
    {
        "role": "agent" if number % 2 == 0 else "customer",
        "content": words,
        "start": number * 2.0,
        "end": number * 2 + 1.8,
    }
    for number, words in enumerate(WORDS)
]


def a_wav(seconds: int = SECONDS) -> bytes:
    """A tone that grows louder, mono, 16 bits."""
    samples = array("h", (int(30_000 * n / (RATE * seconds) * math.sin(n / 4)) for n in range(RATE * seconds)))
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(samples.tobytes())
    return file.getvalue()


async def heard_call(house: House, sound: bytes | None = None, **facts: Any) -> str:
    """A call with a recording, a tone unless it is given, and a transcript; its UUID."""
    usual = {
        "direction": "outbound",
        "status": "completed",
        "language": "en",
        "started_at": "2026-03-12T15:00:00Z",
        "duration_ms": SECONDS * 1000,
        "transcript": TURNS,
    }
    call = await house.write_call(**(usual | facts))
    path = f"/api/v1/calls/{call}/recording"
    await house.ask("POST", path, 201, content=sound or a_wav(), headers={"content-type": "audio/wav"})
    return call
