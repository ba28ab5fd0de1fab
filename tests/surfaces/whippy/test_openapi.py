"""What Whippy's OpenAPI document names: every operation, every key of a call in its order, every filter."""

from __future__ import annotations

from tests.surfaces.serving import Tenant
from tests.surfaces.whippy.examples import KEYS, METADATA_KEYS

FILTERS = (
    "after agent_id agent_version_id before call_completion_rating channel_id contact_id conversation_id"
    " delivery_status direction from language max_duration min_duration mode to voicemail"
)


async def test_the_document_describes_the_call_key_for_key(tenant: Tenant) -> None:
    document = await tenant.answer("/whippy/openapi.json")
    assert list(document["paths"]) == ["/v1/calls/search", "/v1/calls", "/v1/calls/{id}"]
    call = document["components"]["schemas"]["Call"]
    assert list(call["properties"]) == call["required"] == KEYS
    assert list(call["properties"]["metadata"]["properties"]) == METADATA_KEYS
    for path, method in (("/v1/calls", "get"), ("/v1/calls/{id}", "get")):
        assert "Inferred" in document["paths"][path][method]["description"]


async def test_the_document_names_the_seventeen_filters(tenant: Tenant) -> None:
    document = await tenant.answer("/whippy/openapi.json")
    search = document["paths"]["/v1/calls/search"]["post"]
    body = search["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert " ".join(sorted(body)) == FILTERS
    assert [parameter["name"] for parameter in search["parameters"]] == ["limit", "offset", "timeout"]
    assert search["parameters"][2]["schema"] == {
        "type": "integer",
        "minimum": 15_000,
        "maximum": 120_000,
        "default": 30_000,
    }
