"""How errors look on Skipcall: the shape is inferred from the framework its documents betray, and a code."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from calldex.core.errors import CalldexError, InvalidRequest, RateLimited, Unauthenticated
from calldex.core.jsonbytes import encode

STATUSES: Final[dict[type[CalldexError], int]] = {InvalidRequest: 400}
"""Skipcall answers 400 to invalid parameters (documented)."""

_CODES: Final = {Unauthenticated.code: "API_KEY_INVALID", RateLimited.code: "RATE_LIMIT_EXCEEDED"}


def render_error(error: CalldexError, status: int) -> bytes:
    """``{"statusCode", "message", "error", "code"}``; the message is a list for what a client said wrongly."""
    message: str | list[str] = error.message
    if isinstance(error, InvalidRequest):
        message = [problem.message for problem in error.problems] or [error.message]
    return encode(
        {
            "statusCode": status,
            "message": message,
            "error": HTTPStatus(status).phrase,
            "code": _CODES.get(error.code, error.code.upper()),
        }
    )
