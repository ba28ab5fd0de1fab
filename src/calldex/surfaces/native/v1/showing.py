"""Calls as answers: with their linked records and links to their recordings, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
from starlette.requests import Request

from calldex.core.calls import Call
from calldex.core.keys import Principal
from calldex.core.signing import read_signed, sign
from calldex.store.recordings import Recording, newest_recordings
from calldex.store.records import load_records
from calldex.surfaces.http import SurfaceContext
from calldex.surfaces.native.answering import present
from calldex.surfaces.native.v1.render import Shown, render_call, render_recording

if TYPE_CHECKING:
    from calldex.store.database import Session

_PURPOSE: Final = "recording"


class Link(msgspec.Struct, array_like=True):
    """What a signed link to a recording says; ``until`` is in Unix seconds."""

    organization_id: int
    call_id: UUID
    recording_id: UUID
    until: int


def base_of(request: Request) -> str:
    """Where this surface is mounted, as the client reached it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def write_link(
    context: SurfaceContext, request: Request, principal: Principal, recording: Recording
) -> tuple[str, datetime]:
    """A link to a recording that needs no key, and when it ends."""
    until = present().replace(microsecond=0) + timedelta(seconds=context.recording_link_seconds)
    said = Link(principal.organization_id, recording.call_id, recording.id, int(until.timestamp()))
    token = sign(_PURPOSE, msgspec.msgpack.encode(said), context.get_secret())
    return f"{base_of(request)}/v1/recordings/{token}", until


def link_age(context: SurfaceContext) -> int:
    """A number that changes twice within the life of a link: an answer with links is no longer the same then."""
    return int(2 * present().timestamp() / context.recording_link_seconds)


def read_link(context: SurfaceContext, token: str) -> Link | None:
    """What a link says, None for one that we did not make or that has ended."""
    signed = read_signed(_PURPOSE, token, context.get_secret())
    if signed is None:
        return None
    said = msgspec.msgpack.decode(signed, type=Link)
    return said if present().timestamp() < said.until else None


async def show_calls(
    context: SurfaceContext,
    request: Request,
    session: Session,
    principal: Principal,
    calls: Sequence[Call],
    shown: Shown,
) -> list[bytes]:
    """The JSON of each call. Two statements, however many calls there are: their records, their recordings."""
    organization = principal.organization_id
    records = await load_records(session, organization, shown.records(calls))
    recordings: dict[UUID, Recording] = {}
    if shown.with_recordings:
        recordings = await newest_recordings(session, organization, [call.id for call in calls])
    parts = []
    for call in calls:
        stored = recordings.get(call.id)
        link = write_link(context, request, principal, stored) if stored is not None else None
        parts.append(render_call(call, shown, records, render_recording(stored, *link) if stored and link else None))
    return parts
