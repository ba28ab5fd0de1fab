"""Where a database stands in the chain, told without loading Alembic: every command asks, few have to migrate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asyncpg import PostgresError

from calldex.core.errors import Unavailable
from calldex.store.database import connect, describe

NAMES: Final = tuple(sorted(file.stem for file in (Path(__file__).parent / "versions").glob("[0-9]*.py")))
"""The migrations in their order: the file of each is named as it is."""


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Where a database stands: `current` is None on an empty one, `pending` is in order."""

    current: str | None
    head: str
    pending: tuple[str, ...]


async def status(url: str) -> MigrationStatus:
    """What is applied and what is not; changes nothing."""
    connection = await connect(url)
    try:
        current: str | None = None
        if await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
            current = await connection.fetchval("SELECT version_num FROM alembic_version")
    except PostgresError as error:
        raise Unavailable(f"{describe(url)} does not say which migration it is at: {error}.") from error
    finally:
        await connection.close()
    if current is not None and current not in NAMES:
        raise Unavailable(
            f"{describe(url)} is at migration {current}, which this Calldex does not know: it was made by a newer one."
        )
    known = NAMES.index(current) + 1 if current is not None else 0
    return MigrationStatus(current, NAMES[-1], NAMES[known:])


async def upgrade(url: str) -> list[str]:
    """Brings the database to the newest migration and returns the names of those applied.

    Two processes may call it together: the second waits and finds nothing to do.
    """
    if not (await status(url)).pending:
        return []
    # Alembic and what it needs take longer to load than most commands take to run.
    from calldex.store.migrations.chain import apply_pending  # noqa: PLC0415

    return await apply_pending(url)
