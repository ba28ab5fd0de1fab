"""What the OpenAPI document says of an operation: parameters, answers, errors, the key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI

from calldex.core.parameters import Asking
from calldex.surfaces.stuut.shapes import Shape, schemas

_ERROR_SCHEMAS: Final[dict[str, Any]] = {
    "Problems": {
        "type": "object",
        "required": ["detail"],
        "properties": {
            "detail": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["loc", "msg", "type"],
                    "properties": {
                        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                        "msg": {"type": "string"},
                        "type": {"type": "string"},
                    },
                },
            }
        },
    },
    "Failure": {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}},
}

_FAILURES: Final = {
    "401": ("No key, or one that is unknown or revoked.", "Failure"),
    "404": ("No such call in the key's organization.", "Failure"),
    "422": ("Something in the request is not allowed.", "Problems"),
}


def parameters(model: type[Asking], descriptions: dict[str, str]) -> list[dict[str, Any]]:
    """The query parameters of an operation; arrays are repeated, with or without ``[]``."""
    properties = model.model_json_schema()["properties"]
    found = []
    for name, schema in properties.items():
        cleaned = {key: value for key, value in schema.items() if key not in ("title", "description")}
        entry = {"name": name, "in": "query", "required": False, "schema": cleaned}
        if name in descriptions:
            entry["description"] = descriptions[name]
        found.append(entry)
    return found


def call_id_parameter() -> list[dict[str, Any]]:
    """The path parameter of one call."""
    sentence = "Stuut's own id of the call, Calldex's typed id, or the UUID."
    return [{"name": "call_id", "in": "path", "required": True, "description": sentence, "schema": {"type": "string"}}]


def operation(answer: str, asked: list[dict[str, Any]], failures: Iterable[str]) -> dict[str, Any]:
    """``openapi_extra`` of a route whose answer has the named schema."""
    responses: dict[str, Any] = {
        "200": {"description": "The answer.", "content": {"application/json": {"schema": _reference(answer)}}}
    }
    for status in failures:
        sentence, schema = _FAILURES[status]
        responses[status] = {
            "description": sentence,
            "content": {"application/json": {"schema": _reference(schema)}},
        }
    return {"parameters": asked, "responses": responses, "security": [{"key": []}]}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def page_schema(call: str) -> dict[str, Any]:
    """The envelope of a list."""
    return {
        "type": "object",
        "required": ["data", "current_page", "total_records", "next_page"],
        "properties": {
            "data": {"type": "array", "items": _reference(call)},
            "current_page": {"type": "integer", "minimum": 0},
            "total_records": {"type": "integer", "minimum": 0},
            "next_page": {"type": ["integer", "null"]},
        },
    }


def shape_schemas(version: str, shapes: Iterable[Shape]) -> dict[str, Any]:
    """The schemas of the objects of one version, named apart from those of the other."""
    found = {name: schema for shape in shapes for name, schema in schemas(shape)}
    return {f"{version}{name}": _renamed(schema, version) for name, schema in found.items()}


def _renamed(schema: Any, version: str) -> Any:
    if isinstance(schema, dict):
        return {
            key: value.replace("schemas/", f"schemas/{version}") if key == "$ref" else _renamed(value, version)
            for key, value in schema.items()
        }
    return [_renamed(entry, version) for entry in schema] if isinstance(schema, list) else schema


def describe(app: FastAPI, components: dict[str, Any]) -> None:
    """Let the app's OpenAPI document carry the schemas and the way keys are sent."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {}).update({**_ERROR_SCHEMAS, **components})
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
