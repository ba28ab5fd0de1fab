"""Searching as a client of Whippy does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
from tests.surfaces.serving import Tenant

CALLS = "/whippy/v1/calls"
SEARCH = f"{CALLS}/search"


async def ask_search(tenant: Tenant, body: Any = None, *, key: str | None = None, **query: object) -> httpx.Response:
    """Any answer to a search; a body of bytes is sent as it is, without one there is none."""
    headers = {"X-WHIPPY-KEY": key or tenant.key}
    params: Mapping[str, str] = {name: str(value) for name, value in query.items()}
    if isinstance(body, bytes):
        headers["Content-Type"] = "application/json"
        return await tenant.client.post(SEARCH, content=body, params=params, headers=headers)
    return (
        await tenant.client.post(SEARCH, json=body, params=params, headers=headers)
        if body is not None
        else (await tenant.client.post(SEARCH, params=params, headers=headers))
    )


async def search(tenant: Tenant, body: Any = None, *, key: str | None = None, **query: object) -> Any:
    """The JSON of a good answer, fractions as Decimal."""
    answer = await ask_search(tenant, body, key=key, **query)
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.content, parse_float=Decimal)
    assert list(found) == ["data", "total"]
    return found
