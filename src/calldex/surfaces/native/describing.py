"""What the OpenAPI document says of our own operations: parameters, bodies, answers, problems, the key."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from calldex.core.calls import FIELDS
from calldex.core.parameters import Asking
from calldex.surfaces.native.errors import MEANINGS, MEDIA_TYPE

_STATUS_TEXT: Final = {
    "201": "It was created.",
    "204": "It is done, and there is nothing to say.",
    "206": "The part that was asked for.",
    "304": "The client has this version already.",
    "400": "The request cannot be read.",
    "401": "No key, or one that is unknown or revoked.",
    "403": "The key lacks the scope that this needs.",
    "404": "There is no such thing in the key's organization.",
    "409": "It contradicts what is there: an impossible move, or the same idempotency key at this moment.",
    "412": "It is not the version that was named.",
    "413": "The body is too large.",
    "415": "The body is of another content type.",
    "416": "The recording has no such part.",
    "422": "Something in the request is not allowed; every mistake is named.",
    "428": "If-Match is missing.",
    "500": "Something went wrong on the server.",
    "503": "The server is at its capacity (Retry-After says when to try again), or the database cannot be reached.",
}
_ALWAYS: Final = ("401", "403", "422", "500", "503")
_WITH_BODY: Final = ("413", "415")

_KIND_SCHEMAS: Final[dict[str, Any]] = {
    "text": {"type": ["string", "null"]},
    "instant": {"type": ["string", "null"], "format": "date-time"},
    "flag": {"type": ["boolean", "null"]},
    "whole": {"type": ["integer", "null"]},
    "json": {},
    "ref": {"anyOf": [{"$ref": "#/components/schemas/Record"}, {"type": "null"}]},
    "refs": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Record"}},
}


def named(name: str) -> dict[str, str]:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameters(model: type[Asking], descriptions: dict[str, str]) -> list[dict[str, Any]]:
    """The query parameters of an operation; arrays are repeated, with or without ``[]``."""
    whole = model.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in whole.get("required", ()),
            "schema": _plain(name, schema),
            "description": descriptions[name],
        }
        for name, schema in whole["properties"].items()
    ]


def _plain(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    if name.startswith(("occurred_", "created_")):
        return {"type": "string", "format": "date-time"}
    cleaned = {key: value for key, value in schema.items() if key not in ("title", "description")}
    kinds = [kind for kind in cleaned.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        rest = {key: value for key, value in cleaned.items() if key != "anyOf" and (key, value) != ("default", None)}
        return {**rest, **kinds[0]}
    return cleaned


def path_id(name: str = "id", sentence: str = "Any id of the call: your own, a vendor's, the UUID.") -> dict[str, Any]:
    """A parameter of the path."""
    return {"name": name, "in": "path", "required": True, "description": sentence, "schema": {"type": "string"}}


def key_header() -> dict[str, Any]:
    """The Idempotency-Key of a POST."""
    sentence = "For 24 hours the same key with the same request gives the same answer, and nothing is done twice."
    schema = {"type": "string", "minLength": 1, "maxLength": 255}
    return {"name": "Idempotency-Key", "in": "header", "required": False, "description": sentence, "schema": schema}


def if_match(*, required: bool, or_none: bool = False) -> list[dict[str, Any]]:
    """The headers of a conditional request."""
    found = [
        {
            "name": "If-Match",
            "in": "header",
            "required": required,
            "description": "The ETag of the version that the change is made against.",
            "schema": {"type": "string"},
        }
    ]
    if or_none:
        sentence = "`*`: only create, never change."
        schema: dict[str, Any] = {"type": "string", "enum": ["*"]}
        found.append(
            {"name": "If-None-Match", "in": "header", "required": False, "description": sentence, "schema": schema}
        )
    return found


def body(name: str, media_type: str = "application/json", *, required: bool = True) -> dict[str, Any]:
    """A request body of a named schema."""
    return {"required": required, "content": {media_type: {"schema": named(name)}}}


def operation(
    answer: str | None, asked: list[dict[str, Any]], *statuses: str, scope: str | None, **more: Any
) -> dict[str, Any]:
    """``openapi_extra`` of a route whose answer has the named schema (None: no body, the first status is good)."""
    good = {status for status in statuses if status < "400"}
    responses: dict[str, Any] = {}
    if answer is not None:
        content = {"application/json": {"schema": named(answer)}}
        for status in {"200", *good - {"304", "204"}}:
            responses[status] = {"description": _STATUS_TEXT.get(status, "The answer."), "content": content}
    for status in good - responses.keys():
        responses[status] = {"description": _STATUS_TEXT[status]}
    with_body = _WITH_BODY if "requestBody" in more else ()
    bad = {*(status for status in statuses if status >= "400"), *_ALWAYS, *with_body}
    for status in bad:
        responses[status] = {
            "description": _STATUS_TEXT[status],
            "content": {MEDIA_TYPE: {"schema": named("Problem")}},
        }
    found = {"parameters": asked, "responses": dict(sorted(responses.items())), **more}
    if scope is not None:
        found["security"] = [{"key": []}]
        found["x-scope"] = scope
    return found


def _object(properties: dict[str, Any], *, needed: list[str] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": needed or list(properties)}


def _answer_schemas(field_names: tuple[str, ...]) -> dict[str, Any]:
    text, whole, flag, instant = (_KIND_SCHEMAS[kind] for kind in ("text", "whole", "flag", "instant"))
    own: dict[str, Any] = {
        "id": {"type": "string"},
        "uuid": {"type": "string", "format": "uuid"},
        "source": {"type": "string"},
        "ids": {"type": "object", "additionalProperties": {"type": "string"}},
        "revision": {"type": "integer"},
        "occurred_at": {"type": "string", "format": "date-time"},
        "disposition": text,
        "voicemail": flag,
        "has_recording": flag,
        "has_transcript": flag,
        "stored_recording": {"anyOf": [named("StoredRecording"), {"type": "null"}]},
        "kept": {"type": ["object", "null"]},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "metadata": {"type": ["object", "null"]},
    }
    properties = {name: own.get(name) or _KIND_SCHEMAS[FIELDS[name]] for name in field_names}
    result = {"status": {"type": "integer"}, "outcome": {"enum": ["created", "updated", "unchanged", "refused"]}}
    named_result = {**result, "id": {"type": "string"}, "uuid": text, "revision": whole, "error": named("Problem")}
    link = {"url": {"type": "string"}, "expires_at": {"type": "string", "format": "date-time"}}
    return {
        "Call": _object(properties, needed=["id"]),
        "Calls": _object(
            {
                "data": {"type": "array", "items": named("Call")},
                "total": whole,
                "page": whole,
                "next_page": whole,
                "next_cursor": text,
            }
        ),
        "Hits": _object(
            {
                "data": {"type": "array", "items": named("Hit")},
                "total": whole,
                "ranked_of": whole,
                "page": whole,
                "next_page": whole,
                "next_cursor": text,
            }
        ),
        "Hit": _object(
            {
                **{name: own[name] for name in ("id", "uuid", "occurred_at")},
                "direction": text,
                "from_number": text,
                "to_number": text,
                "agent_id": text,
                "partner": {"anyOf": [named("Record"), {"type": "null"}]},
                "rank": {"type": "number"},
                "matches": {"type": "array", "items": named("Match")},
            }
        ),
        "Match": _object(
            {
                "turn": {"type": "integer"},
                "speaker": {"enum": ["customer", "agent", None]},
                "start_ms": whole,
                "end_ms": whole,
                "excerpt": {"type": "string"},
                "highlights": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
            }
        ),
        "Record": _object(
            {
                "kind": {"type": "string"},
                "id": {"type": "string"},
                "uuid": {"type": "string", "format": "uuid"},
                "source": {"type": "string"},
                "version": instant,
                "revision": {"type": "integer"},
                "body": {"type": "object"},
            },
            needed=["uuid"],
        ),
        "StoredRecording": _object(
            {
                "id": {"type": "string"},
                **link,
                "content_type": {"type": "string"},
                "bytes": {"type": "integer"},
                "sha256": {"type": "string"},
                "created_at": {"type": "string", "format": "date-time"},
            }
        ),
        "Note": _object({"id": {"type": "string"}, "text": {"type": "string"}, "author": text, "created_at": instant}),
        "Notes": _object({"data": {"type": "array", "items": named("Note")}}),
        "BatchResults": _object(
            {"results": {"type": "array", "items": _object(named_result, needed=["status", "outcome"])}}
        ),
        "RecordBody": {
            "type": "object",
            "description": "The members of a record as its system has them; `modified_at` is its version.",
            "properties": {"created_at": instant, "modified_at": instant},
            "additionalProperties": True,
        },
        "Problem": _object(
            {
                "type": {"type": "string", "format": "uri-reference"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "code": {"type": "string", "enum": sorted(MEANINGS)},
                "problems": {
                    "type": "array",
                    "items": _object(
                        {
                            "in": {"type": "string"},
                            "name": {"type": "string"},
                            "pointer": {"type": "string"},
                            "message": {"type": "string"},
                            "kind": {"type": "string"},
                        },
                        needed=["in", "message", "kind"],
                    ),
                },
                "possible": {"type": "array", "items": {"type": "string"}},
            },
            needed=["type", "title", "status", "detail", "code"],
        ),
    }


def describe(app: FastAPI, bodies: tuple[type[Asking], ...], field_names: tuple[str, ...]) -> None:
    """Let the app's OpenAPI document carry the schemas and the way keys are sent."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            _, definitions = models_json_schema(
                [(model, "validation") for model in bodies], ref_template="#/components/schemas/{model}"
            )
            parts = document.setdefault("components", {})
            schemas = {**definitions["$defs"], **_answer_schemas(field_names)}
            parts.setdefault("schemas", {}).update(schemas)
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
