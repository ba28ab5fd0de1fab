"""How loud a recording is over its time. A program of its own, ``python -m calldex.actions.decoding``: the recording
is its standard input, which must be a file, and its standard output is one byte for each peak after eight bytes with
the duration in milliseconds.

Recordings are strangers' bytes, and decoders are written in C. Here one may crash, hang or take all the memory that
it likes to without harm: what this process may use is limited before it looks at the first byte.

It ends with 0, or with ``UNREADABLE`` for what is no sound that we can read.
"""

from __future__ import annotations

import os
import resource
import sys
from array import array
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

PEAKS: Final = 600
"""Equal parts of the time; a picture of the usual width has no room for more."""

UNREADABLE: Final = 3

RATE: Final = 8000
"""Samples a second that are looked at. Speech has its loudness below 4 kHz, and an hour is read in seconds."""

_CHANNELS: Final = 2
_FRAMES_AT_ONCE: Final = 16_384
_MOST_BINS: Final = 65_536

_MEMORY_BYTES: Final = 384 * 1024 * 1024
_PROCESSOR_SECONDS: Final = 60
_LOUDEST: Final = 32_768


def peaks_of(chunks: Iterable[array[int]]) -> tuple[bytes, int]:
    """The loudest sample of each of ``PEAKS`` equal parts of the time, from 0 to 255, and how many frames there were.

    ``chunks`` hold samples of ``_CHANNELS`` channels in turn; the louder channel counts. How long it all is shows
    only in the end, so loudness is first kept in short bins, and whenever there are too many of them two become one.
    """
    bins: list[int] = []
    length, frames = 1, 0
    rest: array[int] = array("h")
    for chunk in chunks:
        samples = rest + chunk if rest else chunk
        frames += len(chunk) // _CHANNELS
        step = length * _CHANNELS
        whole = len(samples) - len(samples) % step
        bins.extend(_loudness(samples[place : place + step]) for place in range(0, whole, step))
        rest = samples[whole:]
        while len(bins) > _MOST_BINS:
            # A last bin without a partner is read once more, as part of the longer bin that it begins.
            if len(bins) % 2:
                rest = array("h", [bins.pop()] * step) + rest
            bins = list(map(max, bins[::2], bins[1::2]))
            length, step = 2 * length, 2 * step
    if rest:
        bins.append(_loudness(rest))
    return bytes(_part(bins, length, frames, number) for number in range(PEAKS)), frames


def _loudness(samples: array[int]) -> int:
    highest, lowest = max(samples), min(samples)
    return min(max(highest, -lowest), _LOUDEST - 1)


def _part(bins: list[int], length: int, frames: int, number: int) -> int:
    first = number * frames // PEAKS // length
    last = -(-(number + 1) * frames // PEAKS // length)
    loudest = max(bins[first : max(first + 1, last)], default=0)
    return (loudest * 255 + _LOUDEST // 2) // (_LOUDEST - 1)


def _limit_this_process() -> None:
    limits = (
        (resource.RLIMIT_AS, _MEMORY_BYTES, _MEMORY_BYTES),
        # The first limit ends the process as a fault of its own, which tells it from one that somebody ended.
        (resource.RLIMIT_CPU, _PROCESSOR_SECONDS, _PROCESSOR_SECONDS + 5),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
    )
    for which, soft, hard in limits:
        # macOS refuses some of them; the time that the process is waited for ends everything there too.
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (soft, hard))
    with suppress(OSError):
        os.nice(10)


def main() -> int:
    """Read the recording and write its peaks; gives the code to end with."""
    import miniaudio  # noqa: PLC0415 - the server itself never loads the decoders.

    _limit_this_process()
    try:
        chunks = miniaudio.stream_file(
            "/dev/fd/0",
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=_CHANNELS,
            sample_rate=RATE,
            frames_to_read=_FRAMES_AT_ONCE,
        )
        peaks, frames = peaks_of(chunks)
    except (miniaudio.MiniaudioError, MemoryError):
        return UNREADABLE
    if not frames:
        return UNREADABLE
    sys.stdout.buffer.write((frames * 1000 // RATE).to_bytes(8, "big") + peaks)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
