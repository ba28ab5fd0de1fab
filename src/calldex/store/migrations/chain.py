"""Runs Alembic from inside the program, under a lock, on any URL that the driver takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from asyncpg import PostgresError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from calldex.core.errors import Unavailable
from calldex.store.database import connect, describe
from calldex.store.migrations.standing import status

# Any number will do as long as nobody else uses it: "calldex" as a big integer.
LOCK = 0x63616C6C646578
LOCK_SECONDS = 600

Answer = TypeVar("Answer")


async def apply_pending(url: str) -> list[str]:
    """Applies what is pending under a lock that all processes share, and returns the names of what was applied."""
    applied: list[str] = []
    guard = await connect(url)
    try:
        await guard.execute(f"SET statement_timeout = '{LOCK_SECONDS}s'")
        await guard.execute("SELECT pg_advisory_lock($1)", LOCK)
        before = await status(url)
        if before.pending:
            await _run(url, lambda connection: _apply(connection, applied))
    finally:
        await guard.close()
    return applied


def _config() -> Config:
    config = Config()
    # Alembic reads % in a setting as the start of a substitution.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _apply(connection: Connection, applied: list[str]) -> None:
    config = _config()
    config.attributes["connection"] = connection
    config.attributes["applied"] = applied
    command.upgrade(config, "head")


async def _run(url: str, work: Callable[[Connection], Answer]) -> Answer:
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            answer = await connection.run_sync(work)
            await connection.commit()
            return answer
    except (DBAPIError, PostgresError) as error:
        reason = getattr(error, "orig", None) or error
        raise Unavailable(f"{describe(url)} could not be migrated: {reason}.") from error
    finally:
        await engine.dispose()
