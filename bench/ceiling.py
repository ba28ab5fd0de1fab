"""The ceiling: the same bytes from the same web server, with nothing behind it.

``python -m bench.ceiling FOLDER PORT`` serves the files of a folder at ``/NAME``, each read once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn


def application(folder: Path) -> Any:
    """An ASGI application that answers ``/NAME`` with the bytes of the file NAME."""
    bodies = {f"/{file.name}": file.read_bytes() for file in folder.iterdir()}

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        body = bodies[scope["path"]]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


if __name__ == "__main__":
    uvicorn.run(application(Path(sys.argv[1])), port=int(sys.argv[2]), log_level="error", lifespan="off")
