"""What Skipcall's OpenAPI document says of its operations: parameters, answers, errors, the key."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from calldex.core.parameters import Asking

_TEXT: Final = {"type": ["string", "null"]}
_INSTANT: Final = {"type": ["string", "null"], "format": "date-time"}
_FLAG: Final = {"type": ["boolean", "null"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that always has all its keys."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_NUMBER: Final = _object({"value": _TEXT})

_CALL: Final = _object(
    {
        "id": {"type": "string", "description": "The call's id: Skipcall's own where it gave one, else a UUID."},
        "callType": {**_TEXT, "description": "CALL_SESSION for a call of a sequence, DIRECT_CALL for a single one."},
        "status": {**_TEXT, "description": "The status, in Twilio's words."},
        "type": {**_TEXT, "description": "inbound or outbound."},
        "startedAt": _INSTANT,
        "endedAt": _INSTANT,
        "createdAt": _INSTANT,
        "contact": _object({"id": _TEXT, "firstName": _TEXT, "lastName": _TEXT, "isUnknown": _FLAG}),
        "phoneNumber": {**_NUMBER, "description": "The other party's number."},
        "caller": {**_object({"firstName": _TEXT, "lastName": _TEXT}), "description": "The member who called."},
        "callerPhoneNumber": {**_NUMBER, "description": "The number on our side."},
        "phoneNumberId": _TEXT,
        "userProviderSid": _TEXT,
        "adminProviderSid": _TEXT,
        "providerConferenceId": _TEXT,
        "transferred": _FLAG,
        "updatedAt": _INSTANT,
        "sequenceRunId": _TEXT,
        "sequenceId": _TEXT,
        "syncedWithCrmDate": _INSTANT,
        "deletedAt": {**_INSTANT, "description": "When the call was deleted; it then stands in no list."},
        "organizationId": _TEXT,
        "organizationMembershipId": _TEXT,
        "managedPhoneNumberId": _TEXT,
        "notes": _TEXT,
    }
)

_PAGE: Final = _object(
    {
        "data": {"type": "array", "items": _named("Call")},
        "meta": _object({name: {"type": "integer", "minimum": 0} for name in ("page", "limit", "total", "totalPages")}),
    }
)

_FAILURE: Final = _object(
    {
        "statusCode": {"type": "integer"},
        "message": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "error": {"type": "string"},
        "code": {"type": "string"},
    }
)

_SCHEMAS: Final = {"Call": _CALL, "CallPage": _PAGE, "Failure": _FAILURE}

_FAILURES: Final = {
    "400": "Something in the request is not allowed; every mistake is named.",
    "401": "No key, or one that is unknown or revoked.",
    "404": "No such call in the key's organization.",
    "429": "More requests in this minute than the key may make.",
    "500": "Something went wrong on the server.",
    "503": "The server is at its capacity (Retry-After says when to try again), or the database cannot be reached.",
}

_RATE_HEADERS: Final = {
    name: {"description": description, "schema": {"type": "integer"}}
    for name, description in (
        ("X-RateLimit-Limit", "Requests per minute."),
        ("X-RateLimit-Remaining", "Requests left in this minute."),
        ("X-RateLimit-Reset", "When the next minute begins, in Unix seconds."),
    )
}


def parameters(model: type[Asking], descriptions: dict[str, str]) -> list[dict[str, Any]]:
    """The query parameters of an operation."""
    found = []
    for name, schema in model.model_json_schema()["properties"].items():
        cleaned = {key: value for key, value in schema.items() if key not in ("title", "anyOf", "default")}
        # A query cannot say null, so what is left of a choice is the other half.
        cleaned |= next((kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}), {})
        if schema.get("default") is not None:
            cleaned["default"] = schema["default"]
        if name in ("startDate", "endDate"):
            cleaned = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
        found.append(
            {"name": name, "in": "query", "required": False, "schema": cleaned, "description": descriptions[name]}
        )
    return found


def id_parameter() -> list[dict[str, Any]]:
    """The path parameter of one call."""
    sentence = "Skipcall's own id of the call, Calldex's typed id, or the UUID."
    return [{"name": "id", "in": "path", "required": True, "description": sentence, "schema": {"type": "string"}}]


def operation(answer: str, asked: list[dict[str, Any]], *failures: str) -> dict[str, Any]:
    """``openapi_extra`` of a route whose answer has the named schema."""
    responses: dict[str, Any] = {"200": _response("The answer.", answer)}
    for status in (*failures, "400", "401", "429", "500", "503"):
        responses[status] = _response(_FAILURES[status], "Failure")
    responses["429"]["headers"] = {
        **_RATE_HEADERS,
        "Retry-After": {"description": "Seconds until the next minute.", "schema": {"type": "integer"}},
    }
    return {"parameters": asked, "responses": dict(sorted(responses.items())), "security": [{"key": []}]}


def _response(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": _RATE_HEADERS,
        "content": {"application/json": {"schema": _named(schema)}},
    }


def describe(app: FastAPI) -> None:
    """Let the app's OpenAPI document carry the schemas and the way keys are sent."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {}).update(_SCHEMAS)
            parts["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "description": "sk_live_... or sk_test_..."}
            }
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
