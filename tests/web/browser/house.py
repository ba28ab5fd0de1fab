"""An organization of the served program, the people in it, and their browsers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from playwright.async_api import Browser, BrowserContext, Page, expect
from tests.app.signing import SECRETS, signed

from calldex.actions.add_source import add_source
from calldex.actions.add_user import add_user
from calldex.actions.create_organization import create_organization
from calldex.actions.issue_key import issue_key
from calldex.actions.sign_in import sign_in
from calldex.core.calls import Call
from calldex.core.filters import CallFilter, Window
from calldex.store.call_lists import list_calls
from calldex.store.calls import Columns
from calldex.store.database import Database
from calldex.store.organizations import Organization
from calldex.store.users import find_candidates, let_viewers_hear

from .watching import Watch

PASSWORD: Final = "a password for tests"
WAIT_MS: Final = 15_000
_numbers = count(1)

expect.set_options(timeout=WAIT_MS)


@dataclass(frozen=True)
class Member:
    id: UUID
    email: str


@dataclass
class Served:
    """The program on a socket, and its database."""

    url: str
    database: Database
    browser: Browser

    async def house(self, name: str | None = None) -> House:
        """A new organization."""
        organization = await create_organization(self.database, name or f"House {next(_numbers)}")
        key = await issue_key(self.database, organization)
        return House(self, organization, {"Authorization": f"Bearer {key.text}"})


@dataclass
class House:
    """An organization with an API key; people come when they are asked for."""

    served: Served
    organization: Organization
    key: dict[str, str]
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.served.url

    async def member(self, role: str = "admin") -> Member:
        """Somebody with this role, the same for the whole life of the house."""
        if role not in self.members:
            email = f"{role}.{self.organization.id}@example.com"
            user_id = await add_user(
                self.served.database, self.organization.id, email=email, name=None, role=role, password=PASSWORD
            )
            self.members[role] = Member(user_id, email)
        return self.members[role]

    async def token(self, role: str = "admin", zone: str = "UTC") -> str:
        """What the browser of somebody keeps who has signed in."""
        member = await self.member(role)
        async with self.served.database.session() as session:
            users = await find_candidates(session, member.email)
        return (await sign_in(self.served.database, users[0], zone)).token

    async def calls(self, *columns: str) -> list[Call]:
        """All calls, newest first."""
        listed = await list_calls(
            self.served.database, self.organization.id, CallFilter(), Window(5000), Columns(*columns)
        )
        return listed.calls

    async def ask(self, method: str, path: str, status: int = 200, **how: Any) -> httpx.Response:
        """The API's answer to the organization's key."""
        async with httpx.AsyncClient(base_url=self.url, headers=self.key, timeout=30) as client:
            answer = await client.request(method, path, **how)
        assert answer.status_code == status, answer.text
        return answer

    async def write_call(self, **facts: Any) -> str:
        """A call by the native API; its UUID."""
        answer = await self.ask("POST", "/api/v1/calls", 201, json=facts)
        return str(answer.json()["id"])

    async def let_viewers_hear(self, *, hear: bool) -> None:
        async with self.served.database.session() as session:
            await let_viewers_hear(session, self.organization.id, hear=hear)

    async def source(self) -> str:
        """The address of an endpoint of the generic sender."""
        endpoint = await add_source(self.served.database, self.organization, "generic", SECRETS["generic"])
        return f"{self.url}/ingest/generic/{endpoint}"

    async def deliver(self, url: str, body: bytes) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(url, content=body, headers=signed("generic", body, url))
        assert answer.status_code == 202, answer.text

    async def settled(self) -> None:
        """No delivery waits any more: each has made a call, or has been put aside."""
        for _ in range(100):
            waiting = "SELECT count(*) FROM deliveries WHERE organization_id = $1 AND state = 'waiting'"
            if not await self.served.database.pool.fetchval(waiting, self.organization.id):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(await self.served.database.pool.fetch("SELECT state, reason FROM deliveries"))


@dataclass
class Desk:
    """Opens browsers for the people of a test, watches all of them, and closes them."""

    served: Served
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    async def context(self, **how: Any) -> BrowserContext:
        """A browser of somebody who has not signed in."""
        settings: dict[str, Any] = {
            "base_url": self.served.url,
            "viewport": {"width": 1280, "height": 800},
            "reduced_motion": "reduce",
            "timezone_id": "UTC",
            "locale": "en-US",
        }
        context = await self.served.browser.new_context(**(settings | how))
        context.set_default_timeout(WAIT_MS)
        self.watch.over(context)
        self.contexts.append(context)
        return context

    async def nobody(self, path: str = "/", **how: Any) -> Page:
        """A page of somebody who has not signed in."""
        page = await (await self.context(**how)).new_page()
        await page.goto(path)
        return page

    async def open(
        self, house: House, path: str = "/calls", *, role: str = "admin", zone: str = "UTC", **how: Any
    ) -> Page:
        """A page of somebody who has signed in."""
        context = await self.context(**how)
        cookie = {"name": "calldex", "value": await house.token(role, zone), "url": self.served.url}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        await page.goto(path)
        return page

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()


def new_watch(served: Served) -> Watch:
    return Watch(urlsplit(served.url).netloc)


async def facts_of_list(page: Page, **query: str) -> Mapping[str, int]:
    """What the list says once it shows the view with these filters: total, rows, page."""
    results = page.locator("#results" + "".join(f'[data-query*="{name}={value}"]' for name, value in query.items()))
    await results.wait_for()
    # Some totals come after the page.
    await expect(results).to_have_attribute("data-total", re.compile(r"\d"))
    rows = await results.locator("tbody tr[data-call]").count()
    return {
        "total": int(await results.get_attribute("data-total") or ""),
        "page": int(await results.get_attribute("data-page") or ""),
        "rows": rows,
    }
