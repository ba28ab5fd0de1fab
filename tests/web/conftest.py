from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.surfaces.serving import Serving, serving


@pytest.fixture(scope="module")
async def app(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serving]:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as running:
        yield running
