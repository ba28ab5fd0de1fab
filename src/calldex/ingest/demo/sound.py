"""What a demo call sounds like: a murmur for each turn, plainly made by a machine, and silence between them."""

import io
import math
import wave
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Final

from calldex.core.spoken import Turn
from calldex.ingest.demo.chance import pick

RATE: Final = 8000
"""Frames a second, a byte each, as telephones have it."""

_PITCHES: Final = {"agent": 190.0, "customer": 112.0, None: 150.0}
_SILENCE: Final = b"\x80"
_SYLLABLES: Final = 24
_PERIOD: Final = 256
_LOUDEST: Final = 90
_AFTER_MS: Final = 500
"""Silence after the last turn."""

# Where the mouth lets most of the voice through, in hertz, for five vowels.
_VOWELS: Final = ((730, 1090), (530, 1840), (300, 2200), (570, 840), (320, 870))


def speech_like(turns: Sequence[Turn], seed: int) -> bytes:
    """A WAV file (8 kHz, 8 bits, mono) in which somebody murmurs from the start to the end of each turn.

    Turns without times are not heard. Agent, customer and others have a pitch each. The same turns and seed give
    the same bytes.
    """
    rng = Random(f"sound {seed}")
    timed = [(turn, turn.start_ms, turn.end_ms) for turn in turns if turn.start_ms is not None and turn.end_ms]
    sound = bytearray(_SILENCE * _frames(max((end for _, _, end in timed), default=0) + _AFTER_MS))
    for turn, start, end in timed:
        said = _murmur(rng, _syllables(_PITCHES[turn.speaker]), _frames(end) - _frames(start))
        sound[_frames(start) : _frames(start) + len(said)] = said
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(sound)
    return written.getvalue()


def _frames(milliseconds: int) -> int:
    return milliseconds * RATE // 1000


def _murmur(rng: Random, syllables: Sequence[bytes], frames: int) -> bytes:
    """Syllables of that length altogether: words of one to four of them with a short pause between."""
    said = bytearray()
    while len(said) < frames:
        for _ in range(pick(rng, (1, 1, 2, 2, 3, 4))):
            said += pick(rng, syllables)
        said += _SILENCE * _frames(pick(rng, (20, 40, 60)))
    return bytes(said[: max(0, frames)])


@cache
def _syllables(pitch: float) -> list[bytes]:
    """A voice: each syllable is a vowel that comes, falls a little in pitch and goes."""
    rng = Random(f"voice {pitch}")
    return [_syllable(rng, pitch) for _ in range(_SYLLABLES)]


def _syllable(rng: Random, pitch: float) -> bytes:
    frames = _frames(110 + int(rng.random() * 120))
    pitch *= 0.92 + rng.random() * 0.16
    period = _period(pitch, pick(rng, _VOWELS))
    loudness = _LOUDEST * (0.7 + rng.random() * 0.3)
    samples = bytearray()
    place = 0.0
    for frame in range(frames):
        gone = frame / frames
        envelope = min(1.0, 8 * gone) * math.cos(gone * math.pi / 2)
        samples.append(128 + round(loudness * envelope * period[int(place) % _PERIOD]))
        place += _PERIOD * pitch * (1.04 - 0.1 * gone) / RATE
    return bytes(samples)


def _period(pitch: float, vowel: tuple[int, int]) -> list[float]:
    """One swing of the voice, at most 1 high: harmonics, of which those near the vowel's two frequencies stand out."""
    harmonics = range(1, int(RATE / 2.2 / pitch))
    weights = [sum(math.exp(-(((pitch * number - peak) / 180) ** 2)) for peak in vowel) + 0.06 for number in harmonics]
    swing = [
        sum(
            weight * math.sin(2 * math.pi * number * step / _PERIOD)
            for number, weight in zip(harmonics, weights, strict=True)
        )
        for step in range(_PERIOD)
    ]
    highest = max(map(abs, swing))
    return [value / highest for value in swing]
