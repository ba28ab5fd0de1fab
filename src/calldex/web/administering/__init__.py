"""The settings of an organization, for those who administer it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.web.administering import activity, inbox, keys, sources, users
from calldex.web.context import WebContext
from calldex.web.visits import Visit, visited


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """``/settings`` and what is below it."""

    async def first(visit: Visit) -> Response:
        return visit.go(visit.link("/settings/keys"))

    return [
        Route("/settings", visited(context, first, "administer"), methods=["GET"]),
        *keys.routes(context),
        *users.routes(context),
        *sources.routes(context),
        *inbox.routes(context),
        *activity.routes(context),
    ]
