"""What Whippy's OpenAPI document says of its operations: parameters, body, answers, errors, the key."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from calldex.core.parameters import Asking

_TEXT: Final = {"type": ["string", "null"]}
_WHOLE: Final = {"type": ["integer", "null"]}
_FLAG: Final = {"type": ["boolean", "null"]}
_INSTANT: Final = {"type": ["string", "null"], "format": "date-time"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that always has all its keys."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_ANALYSIS: Final = {
    "type": ["object", "null"],
    "description": "What was found out about the call; other keys may stand beside these.",
    "properties": {
        "call_summary": _TEXT,
        "user_sentiment": {**_TEXT, "description": "Positive, Negative, Neutral or Unknown."},
        "call_completion_rating": _TEXT,
        "in_voicemail": _FLAG,
    },
}

_METADATA: Final = _object(
    {
        "type": _TEXT,
        "duration": {**_WHOLE, "description": "In milliseconds."},
        "placeholders_data": {"type": ["object", "null"]},
        "analysis": _ANALYSIS,
        "agent_id": _TEXT,
        "agent_version_id": _TEXT,
        "llm_id": _TEXT,
        "llm_version_id": _TEXT,
    }
)

_CALL: Final = _object(
    {
        "id": {"type": "string", "description": "The call's id: Whippy's own where it gave one, else a UUID."},
        "delivery_status": {**_TEXT, "description": "State and reason, as call_completed.agent_hangup."},
        "direction": {**_TEXT, "description": "INBOUND or OUTBOUND."},
        "type": {"type": "string", "const": "call"},
        "mode": _TEXT,
        "body": {**_TEXT, "description": "The transcript, one line a turn."},
        "translated_body": _TEXT,
        "language": _TEXT,
        "translation_language": _TEXT,
        "from": _TEXT,
        "to": _TEXT,
        "created_at": _INSTANT,
        "updated_at": _INSTANT,
        "conversation_id": _TEXT,
        "contact_id": _TEXT,
        "channel_id": _TEXT,
        "campaign_id": _TEXT,
        "campaign_contact_id": _TEXT,
        "sequence_id": _TEXT,
        "step_contact_id": _TEXT,
        "step_id": _TEXT,
        "user_id": _WHOLE,
        "metadata": _METADATA,
        "attachments": {
            "type": ["array", "null"],
            "description": "Recordings.",
            "items": {"type": "object", "properties": {"content_type": _TEXT, "url": _TEXT}},
        },
    }
)

_SCHEMAS: Final = {
    "Call": _CALL,
    "OneCall": _object({"data": _named("Call")}),
    "Calls": _object({"data": {"type": "array", "items": _named("Call")}, "total": {"type": "integer", "minimum": 0}}),
    "Failure": _object(
        {
            "errors": {"type": "array", "items": _object({"description": {"type": "string"}})},
            "status": {"type": "integer"},
        }
    ),
}

_FAILURES: Final = {
    "401": "No key, or one that is unknown or revoked.",
    "404": "No such call in the key's organization.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "Something in the request is not allowed; every mistake is named.",
    "429": "More requests in this second than the key or its organization may make.",
    "500": "Something went wrong on the server.",
    "503": "The server is at its capacity (Retry-After says when to try again), or the database cannot be reached.",
    "504": "The search was stopped because the time that it was allowed had passed.",
}
_ALWAYS: Final = ("401", "422", "429", "500", "503")


def _plain_schema(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    cleaned = {key: value for key, value in schema.items() if key not in ("title", "description")}
    if name in ("after", "before"):
        return {"type": ["string", "null"], "format": "date-time"}
    if cleaned.get("type") == "array" and name.endswith("_id"):
        cleaned["items"] = {"type": "string", "format": "uuid"}
    return cleaned


def parameters(model: type[Asking], descriptions: dict[str, str]) -> list[dict[str, Any]]:
    """The query parameters of an operation; arrays are repeated, with or without ``[]``."""
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": _not_null(_plain_schema(name, schema)),
            "description": descriptions[name],
        }
        for name, schema in model.model_json_schema()["properties"].items()
    ]


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query cannot say null."""
    if schema.get("type") == ["string", "null"]:
        return {**schema, "type": "string"}
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
    return {**rest, **kinds[0]} if len(kinds) == 1 else schema


def body(model: type[Asking], descriptions: dict[str, str]) -> dict[str, Any]:
    """The request body of an operation: one value or an array, null for no filter, nothing at all for none."""
    properties = {}
    for name, schema in model.model_json_schema()["properties"].items():
        cleaned = _plain_schema(name, schema)
        cleaned.pop("default", None)
        if cleaned.get("type") == "array":
            cleaned = {"anyOf": [cleaned["items"], cleaned, {"type": "null"}]}
        properties[name] = {**cleaned, "description": descriptions[name]}
    schema = {"type": ["object", "null"], "properties": properties, "additionalProperties": False}
    return {"required": False, "content": {"application/json": {"schema": schema}}}


def id_parameter() -> list[dict[str, Any]]:
    """The path parameter of one call."""
    sentence = "Whippy's own id of the call, Calldex's typed id, or the UUID."
    return [{"name": "id", "in": "path", "required": True, "description": sentence, "schema": {"type": "string"}}]


def operation(answer: str, asked: list[dict[str, Any]], *failures: str, **more: Any) -> dict[str, Any]:
    """``openapi_extra`` of a route whose answer has the named schema."""
    responses = {"200": _response("The answer.", answer)}
    for status in sorted({*failures, *_ALWAYS}):
        responses[status] = _response(_FAILURES[status], "Failure")
    return {"parameters": asked, "responses": responses, "security": [{"key": []}, {"bearer": []}], **more}


def _response(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _named(schema)}}}


def describe(app: FastAPI) -> None:
    """Let the app's OpenAPI document carry the schemas and the ways keys are sent."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {}).update(_SCHEMAS)
            parts["securitySchemes"] = {
                "key": {"type": "apiKey", "in": "header", "name": "X-WHIPPY-KEY"},
                "bearer": {"type": "http", "scheme": "bearer"},
            }
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
