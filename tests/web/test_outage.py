"""When the database is away the explorer says so on a page, to programs as a problem, and never more than that."""

from __future__ import annotations

from pathlib import Path

from tests.surfaces.serving import serving
from tests.web.visiting import visitor


async def test_a_database_that_is_away_is_said_to_be(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path) as app:
        tenant = await app.tenant()
        async with visitor(app, tenant) as admin:
            admin.client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
            app.database.pool.terminate()
            for path in ("/calls", "/overview", "/settings/users"):
                page = await admin.get(path)
                assert page.status_code == 503
                assert page.headers["content-type"].startswith("text/html")
                assert "The database cannot be reached" in page.text
                assert page.headers["x-request-id"] in page.text
                assert "Traceback" not in page.text
            program = await admin.client.get("/calls")
            assert program.status_code == 503
            assert program.headers["content-type"] == "application/problem+json"
            part = await admin.get("/calls", fragment=True)
            assert part.status_code == 503
            assert "<html" not in part.text
