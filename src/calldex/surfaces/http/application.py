"""The empty sub-application that every surface begins with, and its browsable reference."""

from collections.abc import Mapping
from html import escape
from inspect import signature
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import request_response

from calldex.core.errors import CalldexError
from calldex.surfaces.http.failures import RenderFailure, install_errors

# The viewer styles elements one by one, hence inline styles; scripts come from this server only,
# and the page can talk to nobody but this server.
_REFERENCE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_REFERENCE_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="../static/calldex.svg">
<script defer src="../static/rapidoc-min.js"></script>
</head>
<body>
<rapi-doc spec-url="openapi.json" load-fonts="false" show-header="false" render-style="focused"
 use-path-in-nav-bar="true" allow-server-selection="false" schema-style="table" default-schema-tab="schema"
 primary-color="#0f766e" regular-font="system-ui, sans-serif"
 mono-font="ui-monospace, monospace"></rapi-doc>
<noscript>The description for programs is <a href="openapi.json">openapi.json</a>.</noscript>
</body>
</html>
"""


class PlainRoute(APIRoute):
    """A route that is documented like any other and calls its handler with the request alone.

    Our handlers read requests themselves, and what the framework would do around them costs as much as the answer.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if list(signature(self.endpoint).parameters) == ["request"]:
            self.app = request_response(self.endpoint)


def surface_app(
    *,
    title: str,
    version: str,
    description: str,
    render: RenderFailure,
    statuses: Mapping[type[CalldexError], int] | None = None,
    failure_media_type: str = "application/json",
) -> FastAPI:
    """A sub-application with its error shape, /openapi.json and /docs, and no route yet."""
    app = FastAPI(
        title=title,
        version=version,
        description=description,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Requests are logged and counted once, by the app around all surfaces.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.router.route_class = PlainRoute
    install_errors(app, render, statuses, media_type=failure_media_type)
    page = _REFERENCE_PAGE.format(title=escape(title))

    async def reference(_request: Request) -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": _REFERENCE_POLICY})

    app.add_route("/docs", reference, include_in_schema=False)
    return app
