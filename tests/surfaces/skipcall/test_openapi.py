"""What Skipcall's OpenAPI document names: every operation, every key of a call in its order, every filter."""

from __future__ import annotations

from tests.surfaces.serving import Tenant
from tests.surfaces.skipcall.examples import KEYS


async def test_the_document_describes_the_call_key_for_key(tenant: Tenant) -> None:
    document = await tenant.answer("/skipcall/openapi.json")
    assert document["openapi"].startswith("3.1")
    assert list(document["paths"]) == ["/v1/calls/{id}", "/v1/calls"]
    call = document["components"]["schemas"]["Call"]
    assert list(call["properties"]) == call["required"] == KEYS
    assert "Inferred" in document["paths"]["/v1/calls"]["get"]["description"]
