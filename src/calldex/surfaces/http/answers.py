"""Answers whose JSON is ready as bytes."""

from collections.abc import Mapping

from starlette.responses import Response


def json_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of bytes that are JSON already; nothing is parsed or checked again."""
    return Response(body, status_code=status, headers=headers, media_type="application/json")
