"""The program as it is started by its users, in a process of its own, and a real browser in front of it.

All tests here are one group for pytest-xdist, so that one worker has the one browser and the one server.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright
from tests.cli.conftest import COMMAND, Serving
from tools.chromium import MISSING, find_chromium, flags, is_required

from calldex.cli.demo import seed_demo
from calldex.store.database import open_database

from .house import Desk, House, Served, new_watch

DEMO_CALLS = 360


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session", autouse=True)
def chromium() -> str:
    """The browser's program. It is asked for first, so that nothing else is made in vain."""
    found = find_chromium()
    if found is None:
        refuse = pytest.fail if is_required() else pytest.skip
        refuse(f"browser tests: {MISSING}")
    return found


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=flags())
        yield started
        await started.close()


@pytest.fixture(scope="session")
async def served(
    browser: Browser, new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """`calldex serve` with a database of its own."""
    url = await new_database()
    with _serving(tmp_path_factory.mktemp("served"), url) as base:
        database = await open_database(url, max_size=5)
        yield Served(base, database, browser)
        await database.close()


@contextmanager
def _serving(folder: Path, database_url: str) -> Iterator[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLDEX_")}
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        env={**kept, "CALLDEX_DATA": str(folder), "CALLDEX_DATABASE_URL": database_url, "CALLDEX_LOG_LEVEL": "warning"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        serving = Serving(process)
        readers = [
            threading.Thread(target=lambda source=stream, kept=lines: kept.extend(iter(source.readline, "")))
            for stream, lines in ((process.stdout, serving.lines), (process.stderr, serving.log))
        ]
        for reader in readers:
            reader.start()
        try:
            yield serving.wait_for_url()
        finally:
            serving.stop()
            for reader in readers:
                reader.join()
            # What a server logs while it is used is what its operator has to read.
            sys.stderr.writelines(serving.log)


@pytest.fixture(scope="session")
async def demo(served: Served) -> House:
    """An organization with invented calls that no test changes."""
    house = await served.house("Larkfield & Söhne")
    await seed_demo(served.database, house.organization.id, DEMO_CALLS, 7)
    return house


@pytest.fixture
async def house(served: Served) -> House:
    """An organization without calls, of one test alone."""
    return await served.house()


@pytest.fixture
async def desk(served: Served) -> AsyncIterator[Desk]:
    """Browsers for the people of a test. At its end nothing was wrong in any of them, and no other host was asked."""
    opened = Desk(served, new_watch(served))
    yield opened
    await opened.close()
    opened.watch.check()
