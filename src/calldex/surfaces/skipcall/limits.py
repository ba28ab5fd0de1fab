"""The rate limit of a key, told by three headers on every answer (documented; the window is inferred)."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calldex.core.errors import RateLimited
from calldex.core.keys import Principal
from calldex.surfaces.http import RateLimiter, RateState

_SECONDS = 60
_SCOPE_KEY = "calldex.skipcall.rate"


def make_limiter(per_minute: int) -> RateLimiter:
    """Counts the requests of each key by the minute."""
    return RateLimiter(per_minute, _SECONDS)


def count(limiter: RateLimiter, request: Request, principal: Principal, *, enforced: bool) -> None:
    """Count a request of this key. Raises RateLimited when it is one too many and the limit is enforced."""
    state = limiter.hit(principal.key_id)
    request.scope[_SCOPE_KEY].append(state)
    if state.exceeded and enforced:
        raise RateLimited(
            f"The limit of {state.limit} requests per minute is used up; wait {state.retry_after} seconds.",
            retry_after=state.retry_after,
        )


class RateHeaders:
    """Puts the headers on every answer; one to nobody we know tells the limit as still whole."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A list, because the routers below see a copy of the scope.
        states: list[RateState] = []
        scope[_SCOPE_KEY] = states

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start" and self._limiter.limit:
                state = states[-1] if states else self._limiter.peek(None)
                headers = MutableHeaders(scope=message)
                headers["X-RateLimit-Limit"] = str(state.limit)
                headers["X-RateLimit-Remaining"] = str(state.remaining)
                headers["X-RateLimit-Reset"] = str(state.reset)
            await send(message)

        await self._app(scope, receive, telling)
