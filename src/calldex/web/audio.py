"""Recordings for people: the sound itself, whole or in part, and how loud it is as a picture."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from calldex.core.ranges import part_asked
from calldex.store import recording_files
from calldex.store.recordings import Recording, headers_of
from calldex.store.waveforms import Waveform

_HEIGHT: Final = 64
_LEAST_SCALE: Final = 32
"""What is quieter than this is not drawn higher than it is: noise of the line shall look like silence."""


async def audio_answer(request: Request, recording: Recording, place: str) -> Response:
    """The recording, or the one part of it that was asked for; whether the person may hear it is checked before.

    Raises NotFound when the file below ``place`` is gone.
    """
    wanted = request.headers
    part = part_asked(wanted.get("range"), wanted.get("if-range"), recording.tag, recording.size)
    if part.status == 416:
        return Response(status_code=416, headers=part.headers())
    headers = headers_of(recording) | part.headers()
    if request.method == "HEAD":
        return Response(status_code=part.status, headers=headers)
    pieces = await recording_files.reading(place, recording.location, part.start, part.end)
    return StreamingResponse(pieces, status_code=part.status, headers=headers)


def waveform_svg(waveform: Waveform) -> Markup:
    """The peaks as one path, the loudest as high as the picture; nothing for a sound that cannot be read.

    Everything is drawn in the current colour. The same path is drawn once more by an element of the class
    ``waveform-played``, which the rectangle ``data-played`` lets be seen up to its width: the player moves it.
    """
    peaks = waveform.peaks
    if peaks is None:
        return Markup("")
    width = len(peaks)
    return Markup(  # noqa: S704 - it is made of numbers.
        f'<svg xmlns="http://www.w3.org/2000/svg" class="waveform" viewBox="0 0 {width} {_HEIGHT}"'
        ' preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<clipPath id="waveform-until"><rect data-played="" width="0" height="{_HEIGHT}"/></clipPath>'
        f'<path id="waveform-peaks" fill="none" stroke="currentColor" d="{_path(peaks)}"/>'
        '<use href="#waveform-peaks" class="waveform-played" clip-path="url(#waveform-until)"/></svg>'
    )


def _path(peaks: bytes) -> str:
    """One stroke a peak, from its top down to its bottom; silence is a line that can still be seen."""
    middle = _HEIGHT // 2
    scale = (middle - 1) / max(_LEAST_SCALE, *peaks)
    halves = [round(peak * scale) for peak in peaks]
    return "".join(f"M{place}.5 {middle - half}v{2 * half or 1}" for place, half in enumerate(halves))
