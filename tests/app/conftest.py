"""A tiny surface that proves the plumbing, and the whole app around it on a real socket."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.actions.create_organization import create_organization
from calldex.actions.issue_key import IssuedKey, issue_key
from calldex.app import create_app
from calldex.app.logs import make_log
from calldex.app.serving import Server, server_config
from calldex.app.surfaces import ContextFor
from calldex.core.errors import CalldexError, Conflict, DeadlineExceeded, InvalidRequest, NotFound, RateLimited
from calldex.settings import Settings
from calldex.store.database import Database, open_database
from calldex.store.organizations import Organization
from calldex.surfaces.http import (
    RateLimiter,
    SurfaceContext,
    add_header,
    bearer,
    header,
    json_answer,
    read_json,
    read_pairs,
    surface_app,
)

ERRORS: dict[str, CalldexError] = {
    "missing": NotFound("There is no such thing."),
    "conflict": Conflict(),
    "invalid": InvalidRequest("It is not valid."),
    "deadline": DeadlineExceeded(),
    "limited": RateLimited(retry_after=7),
}


def render(error: CalldexError, status: int) -> bytes:
    return msgspec.json.encode({"tiny": error.code, "says": error.message, "status": status})


def tiny_surface(context: SurfaceContext) -> FastAPI:
    app = surface_app(
        title="Tiny", version="1", description="For tests.", render=render, statuses={InvalidRequest: 400}
    )
    limiter = RateLimiter(context.rate_limit, 60)

    @app.get("/v1/things/{thing_id}")
    async def thing(request: Request, thing_id: str) -> Response:
        key = header(request, "x-tiny-key") or bearer(request)
        principal = await context.principal(request, key)
        state = limiter.hit(principal.key_id)
        add_header(request, "X-Left", str(state.remaining))
        if state.exceeded:
            raise RateLimited(retry_after=state.retry_after)
        if thing_id in ERRORS:
            raise ERRORS[thing_id]
        facts = {"id": thing_id, "organization": principal.organization_id, "test": principal.test}
        return json_answer(msgspec.json.encode(facts))

    @app.get("/v1/pairs")
    async def pairs(request: Request) -> Response:
        return json_answer(msgspec.json.encode(read_pairs(request)))

    @app.post("/v1/things")
    async def make(request: Request) -> Response:
        body = await read_json(request, context.max_body_bytes)
        return json_answer(msgspec.json.encode(body), 201)

    @app.get("/v1/big")
    async def big(size: int) -> Response:
        return json_answer(msgspec.json.encode(["word"] * size))

    @app.get("/v1/slow")
    async def slow(seconds: float) -> Response:
        await asyncio.sleep(seconds)
        return json_answer(b'"done"')

    @app.get("/v1/broken")
    async def broken() -> Response:
        secret = "do not show this"
        raise ValueError(secret)

    @app.get("/v1/outage")
    async def outage() -> Response:
        raise ConnectionRefusedError

    return app


def make_tiny(settings: Settings, context: ContextFor) -> dict[str, FastAPI]:
    return {"/tiny": tiny_surface(context(settings.skipcall_requests_per_minute))}


@dataclass
class Running:
    """An app on a socket, what it logged, and a client for it."""

    url: str
    client: httpx.AsyncClient
    server: Server
    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


Serve = Callable[..., Any]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """`async with serve(settings, database) as running`."""

    @asynccontextmanager
    async def serving(
        settings: Settings, database: Database | None = None, make: Any = make_tiny
    ) -> AsyncIterator[Running]:
        stream = io.StringIO()
        app = create_app(settings, database, log=make_log("debug", "json", stream), make=make)
        started = asyncio.Event()
        server = Server(server_config(app, settings), on_started=started.set)
        server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
        running = asyncio.create_task(server.serve())
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            yield Running(url, client, server, stream)
        server.should_exit = True
        await running

    return serving


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, database_url=database_url, port=0, max_body_bytes=4096, shutdown_seconds=5)


@pytest.fixture
async def tiny(serve: Serve, settings: Settings, database: Database) -> AsyncIterator[Running]:
    async with serve(settings, database) as running:
        yield running


@pytest.fixture
async def organization(database: Database) -> Organization:
    return await create_organization(database, "Acme")


@pytest.fixture
async def key(database: Database, organization: Organization) -> IssuedKey:
    return await issue_key(database, organization)


@dataclass
class Shared:
    """One app for all tests that leave its database alone: each start takes a while."""

    running: Running
    organization: Organization
    key: IssuedKey


@pytest.fixture(scope="session")
async def shared(
    serve: Serve, new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shared]:
    url = await new_database()
    settings = Settings(data=tmp_path_factory.mktemp("shared"), database_url=url, port=0, max_body_bytes=4096)
    database = await open_database(url)
    organization = await create_organization(database, "Acme")
    key = await issue_key(database, organization)
    async with serve(settings, database) as running:
        yield Shared(running, organization, key)
    await database.close()
