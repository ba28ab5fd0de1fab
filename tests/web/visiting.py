"""Somebody with a browser: signs in by the form, follows links, sends forms with what their page gave them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from tests.surfaces.serving import Serving, Tenant

from calldex.actions.add_user import checked_role
from calldex.actions.passwords import hash_password
from calldex.actions.sign_in import sign_in
from calldex.store.users import find_candidates, insert_user

PASSWORD = "correct horse battery"

_numbers = count(1)
_hashes: list[str] = []
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Visitor:
    """A user of an organization; their browser keeps cookies, and says where a form is from."""

    client: httpx.AsyncClient
    email: str
    page_csrf: str = ""

    async def sign_in(self, password: str = PASSWORD, **more: str) -> httpx.Response:
        """The answer to the form for signing in."""
        form = await self.client.get("/sign-in")
        fields = {
            "csrf": csrf_of(form.text),
            "email": self.email,
            "password": password,
            "zone": "UTC",
            "next": "",
            **more,
        }
        answer = await self.client.post("/sign-in", data=fields, headers={"Origin": "http://calldex.test"})
        if answer.status_code == 303:
            self.page_csrf = csrf_of((await self.client.get("/account")).text)
        return answer

    async def get(self, path: str, *, fragment: bool = False, **params: Any) -> httpx.Response:
        """A page as a browser asks for it, or a part of one as its script does."""
        headers = {"Accept": "text/html,*/*"} | ({"HX-Request": "true"} if fragment else {})
        return await self.client.get(path, params=params or None, headers=headers)

    async def post(
        self, path: str, *, fragment: bool = False, csrf: str | None = None, **fields: Any
    ) -> httpx.Response:
        """A form with its mark, or with the one that is given; a field may have several values."""
        headers = {"Accept": "text/html,*/*", "Origin": "http://calldex.test"}
        if fragment:
            headers["HX-Request"] = "true"
        data = {"csrf": self.page_csrf if csrf is None else csrf, **fields}
        return await self.client.post(path, data=data, headers=headers)

    async def page(self, path: str, **params: Any) -> str:
        """The text of a good page."""
        answer = await self.get(path, **params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer.text


def csrf_of(page: str) -> str:
    """The mark that the forms of a page carry."""
    found = _CSRF.search(page)
    assert found is not None, page[:2000]
    return unescape(found[1])


@asynccontextmanager
async def browser_of(app: Serving, email: str = "") -> AsyncIterator[Visitor]:
    """Somebody who is not signed in yet."""
    transport = httpx.ASGITransport(app.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://calldex.test", timeout=60) as client:
        yield Visitor(client, email)


@asynccontextmanager
async def visitor(app: Serving, tenant: Tenant, role: str = "admin", *, test: bool = False) -> AsyncIterator[Visitor]:
    """A new user of the organization, or of its sandbox, who has signed in."""
    email = f"{role}{next(_numbers)}@example.com"
    organization = tenant.organization.sandbox_id if test else tenant.organization.id
    if not _hashes:
        # A password takes a while to hash, on purpose: the users of one run have the same.
        _hashes.append(await hash_password(PASSWORD))
    async with app.database.session() as session:
        await insert_user(
            session,
            organization,
            user_id=uuid4(),
            email=email,
            name=f"{role.title()} Tester",
            role=checked_role(role),
            password_hash=_hashes[0],
        )
        (user,) = await find_candidates(session, email)
    async with browser_of(app, email) as somebody:
        somebody.client.cookies.set("calldex", (await sign_in(app.database, user, "UTC")).token, domain="calldex.test")
        somebody.page_csrf = csrf_of((await somebody.client.get("/account")).text)
        yield somebody
