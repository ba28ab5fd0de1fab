"""The textbook service as a peer: FastAPI, SQLAlchemy's ORM with eager loading, Pydantic response models.

It reads the same database: calls where they are, and what hangs on them out of ordinary tables with keys and indexes,
which are made from our records once per data folder, in a schema of their own.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg

NAME = "textbook"

_HERE = Path(__file__).parent / "textbook_service"


def command(place: Any) -> list[str]:
    """Make its tables if they are not there, and give the command that serves."""
    asyncio.run(_prepare(place.url, place.organization))
    return [sys.executable, str(_HERE / "serve.py"), place.url, str(place.organization), str(place.port)]


async def _prepare(url: str, organization: int) -> None:
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        if await connection.fetchval("SELECT to_regclass('textbook.ready') IS NULL"):
            async with connection.transaction():
                # The number is ours and whole; a script of many statements takes no parameters.
                await connection.execute(
                    (_HERE / "tables.sql").read_text().replace(":organization", str(int(organization)))
                )
            await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def path(asked: dict[str, Any]) -> str | None:
    """Its lists have the same filters, but not those by agent; one call is found by its id."""
    if "one" in asked:
        return f"/v1/calls/{asked['one']}"
    if "agent" in asked or "view" not in asked:
        return None
    query = {name: value for name, value in asked.items() if name != "view"}
    return f"/{'v1' if asked['view'] == 'v1' else 'v2'}/calls?{urlencode(query)}"
