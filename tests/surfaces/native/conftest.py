from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.surfaces.native.writer import Writer
from tests.surfaces.serving import Serving, serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app keeps its data."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
async def app(new_database: Callable[[], Awaitable[str]], folder: Path) -> AsyncIterator[Serving]:
    async with serving(await new_database(), folder) as running:
        yield running


@pytest.fixture
async def writer(app: Serving) -> Writer:
    """An organization of its own whose key may do everything."""
    return await Writer.of(app)
