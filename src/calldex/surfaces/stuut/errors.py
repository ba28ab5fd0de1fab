"""How errors look on Stuut: 422 with a list of what is wrong, and one sentence for everything else.

The shape is inferred: the wording of Stuut's pages fits FastAPI, whose shape this is.
"""

from __future__ import annotations

from calldex.core.errors import CalldexError, InvalidRequest
from calldex.core.jsonbytes import encode


def render_error(error: CalldexError, status: int) -> bytes:
    """``{"detail": [{"loc", "msg", "type"}]}`` for what a client said wrongly, else ``{"detail": "..."}``."""
    if isinstance(error, InvalidRequest) and error.problems:
        return encode(
            {
                "detail": [
                    {"loc": list(problem.where), "msg": problem.message, "type": problem.kind}
                    for problem in error.problems
                ]
            }
        )
    if isinstance(error, InvalidRequest) and status == 422:
        return encode({"detail": [{"loc": ["request"], "msg": error.message, "type": error.code}]})
    return encode({"detail": error.message})
