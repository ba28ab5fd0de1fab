"""Ceiling (b): the same bytes from the same web server, with nothing behind it.

``python -m calldex.bench.empty FOLDER PORT`` serves each file of a folder twice: at ``/raw/NAME`` by the least that
an application can do, at ``/route/NAME`` by an empty route of the framework that every surface is made with.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.app.serving import server_config
from calldex.settings import Settings


def application(folder: Path) -> Any:
    """The ASGI application that answers with the bytes of the files."""
    bodies = {file.name: file.read_bytes() for file in folder.iterdir()}
    framework = _framework(bodies)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/route/"):
            await framework(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        body = bodies[scope["path"].removeprefix("/raw/")]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def _framework(bodies: dict[str, bytes]) -> FastAPI:
    app = FastAPI(
        openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
    )

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(bodies[request.path_params["name"]], media_type="application/json")

    app.add_api_route("/route/{name}", answer, methods=["GET", "POST", "PUT"], response_class=Response)
    return app


def main() -> None:
    """Serve until a signal."""
    settings = Settings(port=int(sys.argv[2]))
    uvicorn.Server(server_config(application(Path(sys.argv[1])), settings)).run()


if __name__ == "__main__":
    main()
