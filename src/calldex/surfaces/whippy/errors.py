"""How errors look on Whippy (documented: docs.whippy.ai/docs/errors)."""

from __future__ import annotations

from typing import Final

from calldex.core.errors import CalldexError, InvalidRequest, Unauthenticated
from calldex.core.jsonbytes import encode

_NOT_AUTHENTICATED: Final = "Not authenticated"


def render_error(error: CalldexError, status: int) -> bytes:
    """``{"errors": [{"description"}], "status"}`` with one entry for each thing that a client said wrongly."""
    if isinstance(error, Unauthenticated):
        descriptions = [_NOT_AUTHENTICATED]
    elif isinstance(error, InvalidRequest) and error.problems:
        descriptions = [problem.message for problem in error.problems]
    else:
        descriptions = [error.message]
    return encode({"errors": [{"description": description} for description in descriptions], "status": status})
