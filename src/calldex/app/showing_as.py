"""A call as each surface shows it, for the explorer: the surfaces' own columns, records and renderers."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from calldex.core.calls import Call
from calldex.store.calls import Columns, find_call
from calldex.store.database import Database
from calldex.store.forms import splicer
from calldex.store.versions import Versions
from calldex.surfaces.skipcall.v1 import render as skipcall_v1
from calldex.surfaces.skipcall.v1.words import SOURCE as SKIPCALL
from calldex.surfaces.stuut.answering import Look
from calldex.surfaces.stuut.shapes import SOURCE as STUUT
from calldex.surfaces.stuut.v1.handlers import LOOK as STUUT_V1
from calldex.surfaces.stuut.v2.handlers import LOOK as STUUT_V2
from calldex.surfaces.whippy.v1 import render as whippy_v1
from calldex.surfaces.whippy.v1.words import SOURCE as WHIPPY
from calldex.web.context import ShownAs

SHOWN_AS: Final = {"stuut-v1": "Stuut v1", "stuut-v2": "Stuut v2", "skipcall": "Skipcall", "whippy": "Whippy"}
"""The surfaces that a call can be shown as, with their titles."""

_BEARER: Final = "Authorization: Bearer"
_WHIPPY_KEY: Final = "X-WHIPPY-KEY:"


async def show_as(  # noqa: PLR0911 - one way out for each surface
    database: Database, organization_id: int, public_id: UUID, call_id: UUID, surface: str
) -> ShownAs | None:
    """What the surface answers for a call, and how it is asked; None for an unknown surface or call."""

    async def found(source: str, columns: Columns) -> tuple[Call, Versions] | None:
        there = await find_call(database, organization_id, str(call_id), source, columns)
        return None if there is None else (there.call, there.versions)

    async def stuut(title: str, version: str, look: Look) -> ShownAs | None:
        there = await found(STUUT, look.columns)
        if there is None:
            return None
        call, versions = there
        records = await splicer(database, organization_id, look.form, look.roots((call,)), versions.records)
        return ShownAs(title, f"/stuut/{version}/calls/{call_id}", _BEARER, look.render(call, records))

    if surface == "stuut-v1":
        return await stuut("Stuut v1", "v1", STUUT_V1)
    if surface == "stuut-v2":
        return await stuut("Stuut v2", "v2", STUUT_V2)
    if surface == "skipcall":
        there = await found(SKIPCALL, skipcall_v1.COLUMNS)
        if there is None:
            return None
        call, versions = there
        roots = skipcall_v1.roots((call,))
        records = await splicer(database, organization_id, skipcall_v1.FORM, roots, versions.records)
        body = skipcall_v1.render_call(call, records, public_id)
        return ShownAs("Skipcall", f"/skipcall/v1/calls/{call_id}", _BEARER, body)
    if surface == "whippy":
        there = await found(WHIPPY, whippy_v1.COLUMNS)
        if there is None:
            return None
        body = b'{"data":' + whippy_v1.render_call(there[0]) + b"}"
        return ShownAs("Whippy", f"/whippy/v1/calls/{call_id}", _WHIPPY_KEY, body)
    return None
