"""Each surface keeps to its OpenAPI document: whatever Schemathesis makes of the document is answered without a 500,
and every answer has a status, a content type and a body that the document declares.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.surfaces.serving import Serving, Tenant, serving
from tests.surfaces.stuut.examples import full_v1_call, full_v2_call

from calldex.app import create_app
from calldex.app.serving import Server, server_config
from calldex.settings import Settings


@dataclass(frozen=True)
class Api:
    """The app on a socket, in a thread with a loop of its own, and a tenant whose keys work there."""

    url: str
    tenant: Tenant


@pytest.fixture(scope="module")
async def api(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    url = await new_database()
    folder = tmp_path_factory.mktemp("data")
    configuration = Settings(
        data=folder,
        database_url=url,
        port=0,
        log_level="error",
        skipcall_requests_per_minute=0,
        whippy_requests_per_second=0,
    )
    ready = threading.Event()
    server = Server(server_config(create_app(configuration), configuration), on_started=ready.set)
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        assert await asyncio.to_thread(ready.wait, 60)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with serving(url, folder) as beside:
            yield Api(f"http://127.0.0.1:{port}", await _filled(beside))
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)


async def _filled(beside: Serving) -> Tenant:
    tenant = await beside.tenant()
    await tenant.take("stuut-v1", [full_v1_call(1), full_v1_call(2) | {"id": "0"}])
    await tenant.take("stuut-v2", [full_v2_call(3)])
    return tenant


REFUSED_OTHERWISE = "missing_required_header,negative_data_rejection,status_code_conformance"
SURFACES = {
    "stuut": ("Authorization: Bearer {key}", ()),
    "skipcall": ("Authorization: Bearer {key}", ()),
    # A schema cannot say that the shortest duration must not be above the longest, which is refused.
    "whippy": ("X-WHIPPY-KEY: {key}", ("--exclude-checks=positive_data_acceptance",)),
    # Nor that an id exists or a move is possible; 428 answers a missing If-Match and 431 a query that is too long,
    # which the checks do not count as refusals.
    "api": (
        "Authorization: Bearer {key}",
        (f"--exclude-checks=positive_data_acceptance,{REFUSED_OTHERWISE}",),
    ),
}
ARGUMENTS = (
    "--phases=examples,coverage,fuzzing",
    "--max-examples=25",
    "--generation-deterministic",
    # Nor that text holds no NUL: that is refused everywhere, and has tests of its own.
    "--generation-allow-x00=false",
    "--continue-on-failure",
    "--no-shrink",
    "--no-color",
    "--warnings=off",
)


@pytest.mark.slow
@pytest.mark.parametrize("surface", SURFACES)
def test_a_surface_keeps_to_its_document(api: Api, surface: str, tmp_path: Path) -> None:
    header, more = SURFACES[surface]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/{surface}/openapi.json"),
            *("--header", header.format(key=api.tenant.key)),
            *ARGUMENTS,
            *more,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "0 tested" not in done.stdout
