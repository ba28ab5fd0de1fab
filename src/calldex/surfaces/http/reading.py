"""Reading what a client sent, strictly: nothing odd in it reaches a surface or the database."""

import re
from urllib.parse import unquote_to_bytes

import msgspec
from starlette.requests import Request

from calldex.core.errors import InvalidRequest, Problem, TooLarge, UnsupportedMediaType
from calldex.core.jsonbytes import decode as decode_exactly
from calldex.core.jsonbytes import what_is_wrong

_MOST_PAIRS = 1000
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;|\Z)", re.IGNORECASE)
_BYTE_POSITION = re.compile(r"\s*\(byte (\d+)\)")


def header(request: Request, name: str) -> str | None:
    """A header's value without outer blanks, or None when it is absent or empty."""
    return (request.headers.get(name) or "").strip() or None


def bearer(request: Request, *, bare: bool = False) -> str | None:
    """The key of `Authorization: Bearer KEY`; with `bare` also of `Authorization: KEY`."""
    value = header(request, "authorization")
    if value is None:
        return None
    scheme, blank, rest = value.partition(" ")
    if blank and scheme.lower() == "bearer":
        return rest.strip() or None
    return value if bare and not blank else None


def read_pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of the query in their order, repeated names included.

    Bytes that are no UTF-8 and NUL raise InvalidRequest that names the parameter.
    """
    query: bytes = request.scope.get("query_string", b"")
    if not query:
        return []
    parts = [part for part in query.split(b"&") if part]
    if len(parts) > _MOST_PAIRS:
        raise InvalidRequest(f"The query has {len(parts)} parameters; {_MOST_PAIRS} are allowed.")
    pairs: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for part in parts:
        name_bytes, _, value_bytes = part.partition(b"=")
        name, name_mistake = _text(name_bytes)
        value, value_mistake = _text(value_bytes)
        if name_mistake:
            problems.append(_bad_text(("query", name), "The name of a parameter", name_mistake))
        elif value_mistake:
            problems.append(_bad_text(("query", name), f'The value of "{name}"', value_mistake))
        else:
            pairs.append((name, value))
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    return pairs


async def read_json(request: Request, limit: int, *, empty: object = None, exact: bool = False) -> object:
    """The body as plain Python values; an empty body gives `empty`, when that is not None.

    With `exact` a number that has a fraction is a Decimal with the digits it came with.

    Refused: another content type, more than `limit` bytes, text that is not UTF-8, NUL, half of
    a surrogate pair, NaN and infinities, numbers that do not fit, nesting without end.
    """
    body = await _read_body(request, limit)
    if not body.strip():
        if empty is not None:
            return empty
        raise _bad_json("The body is empty; it must be JSON.")
    content_type = header(request, "content-type")
    if content_type is not None and not _JSON_TYPE.match(content_type):
        raise UnsupportedMediaType(
            f'The body must be JSON, sent with Content-Type: application/json, not "{content_type[:100]}".'
        )
    try:
        value: object = decode_exactly(body) if exact else msgspec.json.decode(body)
    except UnicodeDecodeError:
        raise _bad_json("The body is not UTF-8 text.") from None
    except RecursionError:
        raise _bad_json("The body is nested too deeply.") from None
    except msgspec.MsgspecError as mistake:
        raise _bad_json(_placed(mistake, body)) from None
    if b"\\u0000" in body and _has_nul(value):
        raise _bad_json("The body has a NUL character (\\u0000) in a text, which is not allowed.")
    return value


async def _read_body(request: Request, limit: int) -> bytes:
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body is larger than the {limit} bytes that are allowed.")
        chunks.append(chunk)
    return b"".join(chunks)


def _text(quoted: bytes) -> tuple[str, str | None]:
    """The text and what is wrong with it, if anything."""
    plain = unquote_to_bytes(quoted.replace(b"+", b" "))
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("utf-8", "replace"), "is not UTF-8 text"
    return text, "has a NUL character, which is not allowed" if "\0" in text else None


def _bad_text(where: tuple[str, str], what: str, mistake: str) -> Problem:
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in what)
    place = where[1].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Problem((where[0], place), f"{shown} {mistake}.", "invalid_text")


def _bad_json(message: str) -> InvalidRequest:
    return InvalidRequest(problems=(Problem(("body",), message, "invalid_json"),))


def _placed(mistake: Exception, body: bytes) -> str:
    """The decoder's words with a line and a column instead of a byte."""
    words = _BYTE_POSITION.sub("", what_is_wrong(mistake, body))
    found = _BYTE_POSITION.search(str(mistake))
    if found is None:
        return f"The body is not valid JSON: {words[:1].lower() + words[1:]}."
    before = body[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before) - (before.rfind(b"\n") + 1) + 1
    return f"The body is not valid JSON: {words} at line {line}, column {column}."


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(name) or _has_nul(inner) for name, inner in value.items())
    if isinstance(value, list):
        return any(_has_nul(inner) for inner in value)
    return False
