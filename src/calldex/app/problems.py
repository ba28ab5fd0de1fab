"""RFC 9457, for paths that belong to no surface."""

from http import HTTPStatus

import msgspec

from calldex.core.errors import CalldexError


def problem(error: CalldexError, status: int) -> bytes:
    """The body of an error."""
    return msgspec.json.encode(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": error.message,
            "code": error.code,
        }
    )
