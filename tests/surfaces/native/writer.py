"""A client of our own API: an organization, its keys, and requests with any of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
from tests.surfaces.serving import Serving, Tenant

from calldex.actions.issue_key import issue_key

CALLS = "/api/v1/calls"


@dataclass
class Writer:
    """Sends what a program would send."""

    app: Serving
    tenant: Tenant

    @classmethod
    async def of(cls, app: Serving) -> Writer:
        """A new organization."""
        return cls(app, await app.tenant())

    async def key(self, *scopes: str) -> str:
        """Another key of the organization, with these scopes."""
        return (await issue_key(self.tenant.database, self.tenant.organization, scopes=scopes)).text

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        raw: bytes | None = None,
        **headers: str,
    ) -> httpx.Response:
        """Any answer. Headers are named in Python's way: ``if_match="..."``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            raw = json.dumps(body).encode()
            named.setdefault("content-type", "application/json")
        sent = {"authorization": f"Bearer {key or self.tenant.key}", **named}
        return await self.tenant.client.request(method, path, content=raw, headers=sent)

    async def good(self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: Any) -> Any:
        """The JSON of a good answer."""
        answer = await self.send(method, path, body, **headers)
        assert answer.status_code == status, answer.text
        return json.loads(answer.content, parse_float=Decimal) if answer.content else None

    async def put(self, call_id: str, **fields: Any) -> Any:
        """Write one call under an id; the whole call as it is then."""
        answer = await self.send("PUT", f"{CALLS}/{call_id}", fields)
        assert answer.status_code in (200, 201), answer.text
        return json.loads(answer.content, parse_float=Decimal)


def refused(answer: httpx.Response, status: int, code: str) -> Any:
    """The problem of an answer, which has the shape of all problems."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert list(problem)[:5] == ["type", "title", "status", "detail", "code"]
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/api/problems/{code}")
    return problem
