"""The rate limits of Whippy (documented): by the second, for each key and for each organization."""

from __future__ import annotations

from starlette.requests import Request

from calldex.core.errors import RateLimited
from calldex.core.keys import Principal
from calldex.surfaces.http import RateLimiter, add_header

_WAIT_HEADER = "X-RateLimit-Remaining-Interval-Milliseconds"


def make_limiter(per_second: int) -> RateLimiter:
    """Counts the requests of each key and each organization by the second."""
    return RateLimiter(per_second, 1)


def count(limiter: RateLimiter, request: Request, principal: Principal, *, enforced: bool) -> None:
    """Count a request of this key and its organization.

    Raises RateLimited when it is one too many and the limit is enforced; the answer then says in a header how
    long to wait.
    """
    states = [limiter.hit(principal.key_id), limiter.hit(principal.organization_id)]
    for state in states:
        if state.exceeded and enforced:
            add_header(request, _WAIT_HEADER, str(state.milliseconds_left))
            raise RateLimited(
                f"The limit of {state.limit} requests per second is used up; wait {state.milliseconds_left} ms.",
                retry_after=state.retry_after,
            )
