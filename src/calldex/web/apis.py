"""The page for programs: which APIs are served here."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.web.context import WebContext
from calldex.web.pages import render
from calldex.web.visits import frame, html


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """Open to everybody: it says nothing that the references of the APIs do not."""

    async def page(request: Request) -> Response:
        values = {"visit": None, "person": None, **frame(context, request)}
        return html(render("apis.html", surfaces=context.surfaces(), **values))

    return [Route("/apis", page)]
