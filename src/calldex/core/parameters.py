"""Reading what a client said: every mistake named at once, with what is allowed and the nearest known name."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema

from calldex.core.errors import InvalidRequest, Problem
from calldex.core.jsonbytes import encode
from calldex.core.suggestions import did_you_mean
from calldex.core.times import parse_instant

Asked = TypeVar("Asked", bound="Asking")

_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,4000}\Z", re.ASCII)


class Asking(BaseModel):
    """What a client may say to one operation; a name outside the model is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # Bounds around a validator keep Python's names in the schema, which JSON Schema does not know.
        schema: dict[str, Any] = _with_json_bounds(handler(core))
        return schema


class NothingAsked(Asking):
    """An operation without parameters."""


def _with_json_bounds(schema: Any) -> Any:
    if isinstance(schema, dict):
        names = {"ge": "minimum", "le": "maximum"}
        return {names.get(key, key): _with_json_bounds(value) for key, value in schema.items()}
    return [_with_json_bounds(entry) for entry in schema] if isinstance(schema, list) else schema


def _whole(value: object) -> object:
    if isinstance(value, str):
        if not _WHOLE_NUMBER.fullmatch(value):
            raise ValueError("a whole number is expected")
        return int(value)
    if isinstance(value, float) and value.is_integer():
        # In JSON 5.0 is as whole as 5; some languages know no other way to write it.
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number is expected")  # noqa: TRY004 - pydantic reports ValueError only
    return value


def _instant(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("an ISO 8601 time with a zone is expected, as text")  # noqa: TRY004 - as above
    return parse_instant(value)


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number, from a query's text or from JSON; neither a fraction nor a truth value passes for one."""

Instant = Annotated[Any, BeforeValidator(_instant)]
"""An RFC 3339 time with its zone, read as an aware datetime in UTC; None stays None."""


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (list, tuple):
        return True
    if origin is Annotated:
        return _is_list(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return any(_is_list(part) for part in get_args(annotation))
    return False


@cache
def _names(model: type[Asking]) -> dict[str, bool]:
    """The names a client may use, each with whether it takes several values."""
    return {(info.alias or name): _is_list(info.annotation) for name, info in model.model_fields.items()}


def read_parameters(model: type[Asked], pairs: Iterable[tuple[str, str]], *, relaxed: bool = False) -> Asked:
    """The parameters of a query string: ``a=1&a=2`` and ``a[]=1&a[]=2`` are both lists.

    ``relaxed`` leaves unknown names out instead of refusing them. Raises InvalidRequest with every problem.
    """
    names = _names(model)
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in pairs:
        bare = name.removesuffix("[]")
        several = names.get(bare)
        if several is None or (bare != name and not several):
            if not relaxed:
                problems.append(_unknown("query", name, names))
        elif several:
            found.setdefault(bare, []).append(value)
        elif bare in found:
            problems.append(Problem(("query", name), f"{name} was given more than once.", "repeated", value))
        else:
            found[bare] = value
    return _validated(model, found, "query", problems)


def read_body(model: type[Asked], body: object, *, relaxed: bool = False) -> Asked:
    """The members of a JSON object. Raises InvalidRequest with every problem."""
    if not isinstance(body, dict):
        kind = "array" if isinstance(body, list) else type(body).__name__
        sentence = (
            f"The body must be a JSON object, and an {kind} was given."
            if kind == "array"
            else ("The body must be a JSON object.")
        )
        raise InvalidRequest(problems=(Problem(("body",), sentence, "object_type", body),))
    names = _names(model)
    problems = [] if relaxed else [_unknown("body", str(name), names) for name in body if name not in names]
    return _validated(model, {name: value for name, value in body.items() if name in names}, "body", problems)


def _unknown(place: str, name: str, names: Iterable[str]) -> Problem:
    shown = name[:64]
    allowed = ", ".join(names)
    sentence = f"{shown} is not known here.{did_you_mean(name, names)} Known are: {allowed or 'none'}."
    return Problem((place, shown), sentence, "unknown_parameter", None)


def _validated(model: type[Asked], values: dict[str, Any], place: str, problems: list[Problem]) -> Asked:
    try:
        asked = model.model_validate(values)
    except ValidationError as error:
        problems.extend(_problem(place, dict(entry), values) for entry in error.errors(include_url=False))
        # A value that is one thing or a list of it is wrong in two ways at once; one sentence is enough.
        unique = {problem.where[:2]: problem for problem in reversed(problems)}
        raise InvalidRequest(problems=tuple(reversed(unique.values()))) from None
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    return asked


def _problem(place: str, entry: dict[str, Any], values: dict[str, Any]) -> Problem:
    where = tuple(part for part in entry["loc"] if isinstance(part, int) or not part.startswith(("list[", "function-")))
    name = str(where[0]) if where else place
    given = entry.get("input")
    kind = str(entry["type"])
    context = entry.get("ctx", {})
    if kind == "literal_error":
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        allowed = [word.strip() for word in expected.split(",")]
        hint = did_you_mean(given, allowed) if isinstance(given, str) else ""
        sentence = f"{name}: {_shown(given)} is not one of {', '.join(allowed)}.{hint}"
    elif kind == "missing":
        sentence = f"{name} is required."
    elif kind == "value_error":
        sentence = f"{name}: {str(entry['msg']).removeprefix('Value error, ')}, and {_shown(given)} was given."
    else:
        sentence = f"{name}: {entry['msg']}; {_shown(given)} was given."
    if not where and place == "query":
        where = (name,)
    return Problem((place, *where), sentence, kind, values.get(name))


def _as_json(value: object) -> str:
    try:
        return encode(value).decode()
    except (TypeError, RecursionError, msgspec.MsgspecError):
        return repr(value)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else _as_json(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f'"{text}"' if isinstance(value, str) else text
