"""Datasette as a peer, as its users would have it: a SQLite copy of the plain columns, with an index for each filter.

It shows one flat row per call: no partner, no invoices, no transcript. Pages near the beginning come from its table
API with their total; pages that are named by number from its SQL API, without one, because its own paging only goes on
from a row that it has shown.
"""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg

NAME = "Datasette"

_PROGRAM = Path(__file__).parents[2] / ".bench" / "datasette" / "bin" / "datasette"
_COLUMNS = {
    "id": "coalesce(vendor_ids ->> 'stuut', id::text)",
    "occurred_at": "occurred_at",
    "direction": "direction",
    "status": "status",
    "sentiment": "sentiment",
    "classification": "classification_words[1]",
    "from_number": "from_number",
    "to_number": "to_number",
    "created_at": "created_at",
    "modified_at": "modified_at",
    "start_time": "started_at",
    "end_time": "ended_at",
    "duration_ms": "duration_ms",
    "call_reason": "call_reason",
    "disconnection_reason": "disconnection_reason",
    "in_voicemail": "in_voicemail",
    "summary": "summary",
    "partner": "partner_id",
    "agent": "agent_id",
    "retell_id": "platform_call_id",
    "language": "language",
    "mode": "mode",
}
_FILTERS = ("direction", "sentiment", "classification", "partner", "agent")
_BATCH_ROWS = 20_000


def command(place: Any) -> list[str] | None:
    """Copy the calls into SQLite, once per data folder, and give the command that serves; None if it is not there."""
    if not _PROGRAM.exists():
        return None
    file = place.folder / "datasette" / "data.db"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        making = file.with_suffix(".making")
        making.unlink(missing_ok=True)
        asyncio.run(_copy(place.url, place.organization, making))
        making.rename(file)
    settings = {"sql_time_limit_ms": "60000", "max_returned_rows": "1000", "suggest_facets": "off"}
    given = [word for name, value in settings.items() for word in ("--setting", name, value)]
    return [str(_PROGRAM), "serve", "--immutable", str(file), "--port", str(place.port), *given]


async def _copy(url: str, organization: int, file: Path) -> None:
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    copy = sqlite3.connect(file)
    try:
        copy.execute("PRAGMA synchronous = off")
        copy.execute("PRAGMA journal_mode = off")
        copy.execute(f"CREATE TABLE calls ({', '.join(_COLUMNS)}, PRIMARY KEY (id))")
        holes = ", ".join("?" * len(_COLUMNS))
        chosen = ", ".join(f"{value} AS {name}" for name, value in _COLUMNS.items())
        async with connection.transaction():
            question = f"SELECT {chosen} FROM calls WHERE organization_id = $1 AND deleted_at IS NULL"  # noqa: S608 - its own columns
            cursor = await connection.cursor(question, organization)
            insert = f"INSERT INTO calls VALUES ({holes})"  # noqa: S608 - nothing but holes
            while rows := await cursor.fetch(_BATCH_ROWS):
                copy.executemany(insert, [[_plain(value) for value in row] for row in rows])
        copy.execute("CREATE INDEX by_time ON calls (occurred_at DESC)")
        for name in _FILTERS:
            copy.execute(f"CREATE INDEX by_{name} ON calls ({name}, occurred_at DESC)")
        copy.execute("CREATE INDEX by_both ON calls (direction, sentiment, occurred_at DESC)")
        copy.execute("ANALYZE")
        copy.commit()
    finally:
        copy.close()
        await connection.close()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def path(asked: dict[str, Any]) -> str | None:
    """The table's own API where it can, else SQL."""
    if "one" in asked:
        return f"/data/calls/{asked['one']}.json?_shape=objects"
    # A flat row has room for the first classification only, so such a list is shorter than ours and soon at its end.
    if "view" not in asked or ("classification" in asked and asked["page"] > 0):
        return None
    filters = {name: asked[name] for name in _FILTERS if name in asked}
    if asked["page"] == 0:
        window = {
            f"occurred_at__{word}": asked[key] for key, word in (("after", "gte"), ("before", "lt")) if key in asked
        }
        query = {**filters, **window, "_size": asked["limit"], "_sort_desc": "occurred_at", "_shape": "objects"}
        return f"/data/calls.json?{urlencode(query)}"
    where = " AND ".join(f"{name} = :{name}" for name in filters) or "1"
    sql = f"SELECT * FROM calls WHERE {where} ORDER BY occurred_at DESC LIMIT :limit OFFSET :offset"  # noqa: S608 - its own columns
    offset = asked["page"] * asked["limit"]
    query = {"sql": sql, **filters, "limit": asked["limit"], "offset": offset, "_shape": "objects"}
    return f"/data.json?{urlencode(query)}"
