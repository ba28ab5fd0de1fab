"""Health, readiness and metrics tell the truth, also when the database is away."""

import asyncio
import re
from pathlib import Path

from calldex.actions.issue_key import IssuedKey
from calldex.settings import Settings
from calldex.store.database import Database, open_database

from .conftest import Running, Serve


async def test_a_healthy_server(tiny: Running) -> None:
    assert (await tiny.client.get("/healthz")).json()["status"] == "ok"
    ready = await tiny.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert (await tiny.client.head("/healthz")).status_code == 200
    assert {line["level"] for line in tiny.log} == {"debug"}


async def test_not_ready_without_tables(serve: Serve, empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url=empty_database_url, port=0, secret="s" * 16)
    database = await open_database(empty_database_url)
    async with serve(settings, database) as running:
        ready = await running.client.get("/readyz")
        assert ready.status_code == 503
        assert "Migrations are pending: 0001" in ready.json()["reason"]
        assert (await running.client.get("/healthz")).status_code == 200
    await database.close()


async def test_not_ready_without_a_database(tiny: Running, key: IssuedKey, database: Database) -> None:
    await database.close()
    ready = await tiny.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "unready")
    answer = await tiny.client.get("/tiny/v1/things/one", headers={"X-Tiny-Key": key.text})
    assert (answer.status_code, answer.json()["tiny"]) == (503, "unavailable")


async def test_an_app_of_its_own_opens_and_migrates(serve: Serve, empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url=empty_database_url, port=0)
    async with serve(settings) as running:
        assert (await running.client.get("/readyz")).status_code == 200


async def test_metrics_count_by_route(tiny: Running, key: IssuedKey) -> None:
    for number in range(3):
        await tiny.client.get(f"/tiny/v1/things/{number}", headers={"X-Tiny-Key": key.text})
    await tiny.client.get("/tiny/v1/things/4")
    await tiny.client.get("/tiny/v1/nothing/5")
    text = (await tiny.client.get("/metrics")).text

    def value(status: int, route: str) -> float:
        labels = f'method="GET",route="{route}",status="{status}",surface="tiny"'
        found = re.search(rf"^calldex_requests_total\{{{re.escape(labels)}\}} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0

    assert value(200, "/tiny/v1/things/{thing_id}") == 3
    assert value(401, "/tiny/v1/things/{thing_id}") == 1
    assert value(404, "none") == 1
    assert "calldex_requests_in_flight 1.0" in text
    assert 'calldex_request_seconds_bucket{le="0.1"' in text
    assert 'calldex_database_connections{state="idle"}' in text


async def test_routes_in_metrics_do_not_grow_with_ids(tiny: Running, key: IssuedKey) -> None:
    for odd in ("tiny", "v1", "things", "a%2Fb", "%20", "é"):
        await tiny.client.get(f"/tiny/v1/things/{odd}", headers={"X-Tiny-Key": key.text})
    routes = {line["route"] for line in tiny.log if line["event"] == "request"}
    assert routes <= {"/tiny/v1/things/{thing_id}", "none"}


async def test_requests_in_flight_are_finished(serve: Serve, settings: Settings, database: Database) -> None:
    async with serve(settings, database) as running:
        slow = asyncio.create_task(running.client.get("/tiny/v1/slow?seconds=0.8"))
        await asyncio.sleep(0.2)
        running.server.should_exit = True
        assert (await slow).json() == "done"
