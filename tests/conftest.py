"""Every test that wants a database gets its own, cloned from a migrated template on a real PostgreSQL.

The server is the embedded one, or the one that CALLDEX_TEST_DATABASE_URL names (its user must be
allowed to create databases). Workers of pytest-xdist share it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from calldex.store import migrations
from calldex.store.database import Database, connect, open_database
from calldex.store.embedded import EmbeddedServer

TEMPLATE_LOCK = 0x7465737473
BROWSER = "tests/web/browser/"


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a good part of a test is waiting, for the database or for what happens in time."""
    return (os.cpu_count() or 1) + 1


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _execute(url: str, *statements: str) -> None:
    connection = await connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _template_name() -> str:
    """A name that changes with the migrations, so that no run ever meets a stale template."""
    folder = Path(migrations.__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*folder.rglob("*.sql"), *folder.rglob("*.py")]):
        digest.update(path.read_bytes())
    return f"calldex_template_{digest.hexdigest()[:12]}"


@pytest.fixture(scope="session")
async def server_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A URL with the right to create databases."""
    given = os.environ.get("CALLDEX_TEST_DATABASE_URL")
    if given:
        yield given
        return
    base = tmp_path_factory.getbasetemp()
    # Workers have a folder each below the one of the run; the server is in the common one.
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    server = await asyncio.to_thread(EmbeddedServer.start, shared / "server", durable=False)
    yield server.url
    await asyncio.to_thread(server.stop)


@pytest.fixture(scope="session")
async def template(server_url: str) -> str:
    """The name of a migrated, empty database that is cloned for each test."""
    name = _template_name()
    guard = await connect(server_url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
        if not await guard.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            making = f"making_{uuid4().hex}"
            await guard.execute(f"CREATE DATABASE {making}")
            await migrations.upgrade(_named(server_url, making))
            await guard.execute(f"ALTER DATABASE {making} RENAME TO {name}")
    finally:
        await guard.close()
    return name


@pytest.fixture(scope="session")
async def new_database(server_url: str, template: str) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """A function that makes a migrated, empty database and gives its URL: for fixtures of wider scope."""
    made: list[str] = []

    async def make() -> str:
        name = f"test_{uuid4().hex}"
        await _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
        made.append(name)
        return _named(server_url, name)

    yield make
    # A server of the run's own takes its databases with it.
    if os.environ.get("CALLDEX_TEST_DATABASE_URL"):
        await _execute(server_url, *(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in made))


@pytest.fixture
async def database_url(server_url: str, template: str) -> AsyncIterator[str]:
    """The URL of a migrated, empty database that only this test uses."""
    name = f"test_{uuid4().hex}"
    await _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(server_url, name)
    await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database_url(server_url: str) -> AsyncIterator[str]:
    """The URL of a database without any table that only this test uses."""
    name = f"test_{uuid4().hex}"
    await _execute(server_url, f"CREATE DATABASE {name} TEMPLATE template0")
    yield _named(server_url, name)
    await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """That database, opened."""
    opened = await open_database(database_url, max_size=5)
    yield opened
    await opened.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Say at the very end what one line among many skipped tests would not make anybody notice."""
    yield
    skipped = [one for one in terminalreporter.stats.get("skipped", ()) if one.nodeid.startswith(BROWSER)]
    if skipped:
        reason = str(skipped[0].longrepr[2]).removeprefix("Skipped: browser tests: ")
        terminalreporter.section("browser tests", sep="=", yellow=True)
        terminalreporter.write_line(f"Browser tests were skipped, {len(skipped)} of them: {reason}.")
        terminalreporter.write_line("Nothing in this run has tried the pages of the explorer in a browser.")
