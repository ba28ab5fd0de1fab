"""The shipped app in this process with a database of its own, and organizations to ask as."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import msgspec
from starlette.applications import Starlette

from calldex.actions.create_organization import create_organization
from calldex.actions.import_calls import Importing, import_calls
from calldex.actions.issue_key import issue_key
from calldex.app import create_app
from calldex.app.formats import FORMATS
from calldex.core.errors import CalldexError
from calldex.settings import Settings
from calldex.store.database import Database, open_database
from calldex.store.organizations import Organization

_numbers = count(1)
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass
class Tenant:
    """An organization with keys, asking the app and importing into it."""

    client: httpx.AsyncClient
    database: Database
    organization: Organization
    key: str
    test_key: str
    importing: dict[str, Importing] = field(default_factory=dict)

    async def take(self, form: str, calls: Iterable[dict[str, Any]], *, test: bool = False) -> list[str | CalldexError]:
        """Import calls in one batch; the outcome of each."""
        changes = [FORMATS[form].parse_call(_encode(call)) for call in calls]
        importing = self.importing.setdefault(form, FORMATS[form].importing())
        organization = self.organization.sandbox_id if test else self.organization.id
        return list(await import_calls(self.database, organization, importing, changes))

    async def answer(self, path: str, params: Sequence[tuple[str, str]] = (), *, key: str | None = None) -> Any:
        """The JSON of a good answer, fractions as Decimal."""
        answer = await self.ask(path, params, key=key)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content, parse_float=Decimal)

    async def ask(self, path: str, params: Sequence[tuple[str, str]] = (), *, key: str | None = None) -> httpx.Response:
        """Any answer to a GET with the organization's key, or with another one."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        # An empty list of parameters would take away those that the path has.
        return await self.client.get(path, params=list(params) or None, headers=headers)


@dataclass
class Serving:
    """The running app. Every test makes organizations of its own, so tests can share it."""

    client: httpx.AsyncClient
    database: Database
    url: str
    app: Starlette

    async def tenant(self) -> Tenant:
        """A new organization with a live key and a test key."""
        organization = await create_organization(self.database, f"Organization {next(_numbers)}")
        key = await issue_key(self.database, organization)
        test_key = await issue_key(self.database, organization, test=True)
        return Tenant(self.client, self.database, organization, key.text, test_key.text)


@asynccontextmanager
async def serving(url: str, folder: Path) -> AsyncIterator[Serving]:
    """The app on a migrated database, for as long as the block lasts."""
    settings = Settings(
        data=folder, database_url=url, skipcall_requests_per_minute=0, whippy_requests_per_second=0, log_level="error"
    )
    database = await open_database(url, max_size=5)
    app = create_app(settings, database)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://calldex.test", timeout=60) as client:
            yield Serving(client, database, url, app)
    await database.close()
