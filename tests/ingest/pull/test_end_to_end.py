"""A pull from a second Calldex over a socket, however badly the way behaves: afterwards both hold the same calls on the
surface that was pulled, and a second pull changes nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.ingest.pull.sockets import Far, Mishap, far_calldex, misbehaving
from tests.surfaces.comparing import differences

from calldex.actions.create_organization import create_organization
from calldex.actions.import_calls import import_calls
from calldex.actions.issue_key import issue_key
from calldex.app.formats import FORMATS
from calldex.cli.importing import Rejects
from calldex.cli.pulling import Pull, Pulled, run_pull
from calldex.core.errors import Conflict, Unavailable, UsageError
from calldex.ingest.demo import demo_calls
from calldex.ingest.pull.apis import APIS
from calldex.ingest.pull.fetching import Target
from calldex.ingest.pull.waiting import Patience

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATIENCE = Patience(tries=6, first_tries=3, first_pause=0.01, longest_pause=0.05, answer_seconds=5)
BASE = {"stuut-v1": "/stuut", "stuut-v2": "/stuut", "skipcall": "/skipcall", "whippy": "/whippy"}
LISTS = {
    "stuut-v1": "/stuut/v1/calls",
    "stuut-v2": "/stuut/v2/calls",
    "skipcall": "/skipcall/v1/calls",
    "whippy": "/whippy/v1/calls",
}


@pytest.fixture(scope="module")
async def far(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Far]:
    async with far_calldex(await new_database(), tmp_path_factory.mktemp("far")) as running:
        yield running


@pytest.fixture(scope="module")
async def near(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Far]:
    async with far_calldex(await new_database(), tmp_path_factory.mktemp("near")) as running:
        yield running


class Side:
    """An organization of one of the two."""

    number = 0

    def __init__(self, there: Far, organization_id: int, key: str) -> None:
        self.there, self.id, self.key = there, organization_id, key

    @classmethod
    async def of(cls, there: Far) -> Side:
        cls.number += 1
        organization = await create_organization(there.database, f"Side {cls.number}")
        key = await issue_key(there.database, organization)
        return cls(there, organization.id, key.text)

    async def fill(self, calls: int, *, seed: int = 1, now: datetime = NOW) -> None:
        by_form: dict[str, list[bytes]] = {}
        for form, raw in demo_calls(calls, seed=seed, now=now):
            by_form.setdefault(form, []).append(raw)
        for form, raws in by_form.items():
            changes = [FORMATS[form].parse_call(raw) for raw in raws]
            await import_calls(self.there.database, self.id, FORMATS[form].importing(), changes)

    async def ring(self, calls: int, *, now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)) -> None:
        """Calls that are newer than all others."""
        raws = [
            {"id": f"call_new{number}", "direction": "outbound", "object": "call", "to_number": "+12025550143",
             "created_at": (now + timedelta(seconds=number)).isoformat()}
            for number in range(calls)
        ]  # fmt: skip
        changes = [FORMATS["stuut-v1"].parse_call(json.dumps(raw).encode()) for raw in raws]
        await import_calls(self.there.database, self.id, FORMATS["stuut-v1"].importing(), changes)

    async def listed(self, form: str) -> dict[str, Any]:
        """Every call of the organization on a surface, by id, in the order of the list."""
        found: dict[str, Any] = {}
        async with httpx.AsyncClient(
            base_url=self.there.url, headers={"Authorization": f"Bearer {self.key}"}
        ) as client:
            for page in range(100):
                place = {"offset": page * 50} if form == "whippy" else {"page": page}
                answer = await client.get(LISTS[form], params={"limit": 50, **place}, timeout=60)
                assert answer.status_code == 200, answer.text
                data = json.loads(answer.content, parse_float=Decimal)["data"]
                found.update((call["id"], call) for call in data)
                if len(data) < 50:
                    return found
        raise AssertionError("The list has no end.")


async def pull(near: Side, far: Side, form: str, tmp_path: Path, *, url: str | None = None, **more: Any) -> Pulled:
    target = Target(APIS[form], (url or far.there.url) + BASE[form], far.key, "FAR_TOKEN")
    wanted = replace(Pull(target=target, patience=PATIENCE, timeout=1.0, page_size=7), **more)
    with Rejects(tmp_path / "rejects.ndjson") as rejects:
        return await run_pull(near.there.database, near.id, wanted, FORMATS[form], rejects)


async def same(one: Side, other: Side, form: str) -> int:
    here, there = await one.listed(form), await other.listed(form)
    assert list(here) == list(there)
    assert [found for name in here for found in differences(here[name], there[name], name)] == []
    return len(here)


@pytest.mark.parametrize("form", BASE)
async def test_a_pull_through_every_mishap(far: Far, near: Far, form: str, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    await theirs.fill(60)

    async def arrive() -> None:
        await theirs.fill(5, seed=2, now=datetime(2026, 11, 21, 12, tzinfo=UTC))
        await theirs.ring(9)

    mishaps: list[Mishap] = [
        "429 seconds", "ok", "500", "503", "ok", arrive, "cut", "429 milliseconds", "silence", "ok", "hangup",
        "cut without length", "429 date", "ok", "429", "cut",
    ]  # fmt: skip
    async with misbehaving(far.url, mishaps) as proxy:
        done = await pull(ours, theirs, form, tmp_path, url=proxy.url)
        assert mishaps == []
    assert done.tally.rejected == 0
    assert done.tally.created == await same(ours, theirs, form) == 74
    again = await pull(ours, theirs, form, tmp_path, full=True)
    assert (again.tally.created, again.tally.updated, again.tally.unchanged) == (0, 0, 74)
    assert await same(ours, theirs, form) == 74


@pytest.mark.parametrize("form", BASE)
async def test_calls_that_go_away_do_not_hide_others(far: Far, near: Far, form: str, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    await theirs.fill(60)

    async def delete() -> None:
        async with theirs.there.database.pool.acquire() as session:
            await session.execute(
                "UPDATE calls SET deleted_at = now() WHERE organization_id = $1 AND id IN (SELECT id FROM calls"
                " WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY occurred_at DESC, id DESC LIMIT 3)",
                theirs.id,
            )

    async with misbehaving(far.url, ["ok", "ok", delete]) as proxy:
        await pull(ours, theirs, form, tmp_path, url=proxy.url)
    here, there = await ours.listed(form), await theirs.listed(form)
    assert len(there) == 57
    assert there.keys() <= here.keys()


@pytest.mark.parametrize("form", ["stuut-v2", "whippy"])
async def test_the_next_pull_looks_back_a_little(far: Far, near: Far, form: str, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    now = datetime.now(UTC)
    await theirs.fill(40, now=now)
    first = await pull(ours, theirs, form, tmp_path)
    assert (first.since, first.tally.created) == (None, 40)
    await theirs.ring(3, now=now)
    second = await pull(ours, theirs, form, tmp_path)
    assert second.since is not None
    assert second.since < now
    assert second.tally.read < 43
    third = await pull(ours, theirs, form, tmp_path, full=True)
    assert (third.since, third.tally.read) == (None, 43)
    assert await same(ours, theirs, form) == 43


async def test_late_analysis_is_caught(far: Far, near: Far, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    call = {
        "id": "call_late", "direction": "outbound", "to_number": "+12025550143", "object": "call",
        "created_at": datetime.now(UTC).isoformat(), "modified_at": datetime.now(UTC).isoformat(),
        "partner": {"id": "ptn_1", "name": "Acme"},
    }  # fmt: skip
    for summary in (None, "Promised to pay on Friday."):
        change = FORMATS["stuut-v1"].parse_call(
            json.dumps({**call, "summary": summary, "modified_at": datetime.now(UTC).isoformat()}).encode()
        )
        await import_calls(far.database, theirs.id, FORMATS["stuut-v1"].importing(), [change])
        done = await pull(ours, theirs, "whippy", tmp_path)
        assert done.tally.rejected == 0
    assert (done.tally.created, done.tally.updated) == (0, 1)
    assert await same(ours, theirs, "whippy") == 1


async def test_it_stops_at_known_calls_when_told_to(far: Far, near: Far, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    await theirs.fill(60)
    await pull(ours, theirs, "skipcall", tmp_path)
    await theirs.ring(2)
    done = await pull(ours, theirs, "skipcall", tmp_path, stop_after_unchanged=10)
    assert not done.whole
    assert done.tally.created == 2
    assert done.tally.read < 40
    assert await same(ours, theirs, "skipcall") == 62


async def test_since_ends_a_walk_without_window(far: Far, near: Far, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    await theirs.fill(60)
    times = [call["start_time"] or call["created_at"] for call in (await theirs.listed("stuut-v1")).values()]
    done = await pull(ours, theirs, "stuut-v1", tmp_path, since=datetime.fromisoformat(times[20]))
    assert 21 <= done.tally.created < 60


async def test_an_interrupted_walk_goes_on(far: Far, near: Far, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    await theirs.fill(60)
    async with misbehaving(far.url, [*["ok"] * 5, *["500"] * 6]) as proxy:
        with pytest.raises(Unavailable, match=r"the server failed \(500\), after 6 tries.*goes on where it stopped"):
            await pull(ours, theirs, "stuut-v1", tmp_path, url=proxy.url)
        before = len(proxy.requests)
        assert len(await ours.listed("stuut-v1")) == 35
        await theirs.fill(2, seed=4, now=datetime(2026, 11, 21, 12, tzinfo=UTC))
        done = await pull(ours, theirs, "stuut-v1", tmp_path, url=proxy.url)
        asked = [request.split(b" ")[1] for request in proxy.requests[before:]]
    assert done.resumed
    assert asked[0] == b"/stuut/v1/calls?page=4&limit=7"
    assert await same(ours, theirs, "stuut-v1") == 62


async def test_one_pull_at_a_time(far: Far, near: Far, tmp_path: Path) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    await theirs.fill(20)
    async with misbehaving(far.url, ["ok", "silence"]) as proxy:
        first = asyncio.create_task(pull(ours, theirs, "whippy", tmp_path, url=proxy.url))
        while len(proxy.requests) < 2:  # noqa: ASYNC110 - the second request is what is waited for.
            await asyncio.sleep(0.02)
        with pytest.raises(Conflict, match="Another pull of whippy"):
            await pull(ours, theirs, "whippy", tmp_path / "x", url=proxy.url)
        await first
    assert await same(ours, theirs, "whippy") == 20


async def test_a_refused_call_is_told_and_the_others_go_in(far: Far, near: Far, tmp_path: Path) -> None:
    ours = await Side.of(near)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        good = {"id": "1", "created_at": "2026-03-12T15:00:00Z", "updated_at": "2026-03-12T15:00:00Z"}
        body = json.dumps({"data": [good, {"id": 7}, {**good, "id": "2"}], "total": 3}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        target = Target(APIS["whippy"], f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "t", "T")
        with Rejects(tmp_path / "rejects.ndjson") as rejects:
            wanted = Pull(target=target, patience=PATIENCE)
            done = await run_pull(near.database, ours.id, wanted, FORMATS["whippy"], rejects)
    assert (done.tally.read, done.tally.created, done.tally.rejected) == (3, 2, 1)
    assert json.loads((tmp_path / "rejects.ndjson").read_text())["record"] == {"id": 7}


async def test_the_far_limit_is_respected(
    new_database: Callable[[], Awaitable[str]], near: Far, tmp_path: Path
) -> None:
    folder = tmp_path / "far"
    async with far_calldex(await new_database(), folder, whippy_requests_per_second=1, limit_live_keys=True) as slow:
        ours, theirs = await Side.of(near), await Side.of(slow)
        await theirs.fill(15)
        waits: list[tuple[float, str]] = []
        target = Target(APIS["whippy"], f"{slow.url}/whippy", theirs.key, "T")
        with Rejects(tmp_path / "rejects.ndjson") as rejects:
            done = await run_pull(
                near.database,
                ours.id,
                Pull(target=target, patience=PATIENCE, page_size=5),
                FORMATS["whippy"],
                rejects,
                on_wait=lambda seconds, reason: waits.append((seconds, reason)),
            )
        assert done.tally.created == 15
        assert waits
        assert {reason for _, reason in waits} == {"too many requests (429)"}


@pytest.mark.parametrize(
    ("path", "key", "error", "sentence"),
    [
        ("/whippy", "wrong", UsageError, r"does not accept the token in T \(401\)\."),
        ("/stuut", None, UsageError, r"There is no list of calls at .*/stuut/v1/calls/search \(40[45]\)"),
        ("", None, UsageError, r"There is no list of calls at .* \(404\): --url is not the base address of whippy\."),
    ],
)
async def test_what_a_person_has_to_change(
    far: Far, near: Far, tmp_path: Path, path: str, key: str | None, error: type[Exception], sentence: str
) -> None:
    ours, theirs = await Side.of(near), await Side.of(far)
    target = Target(APIS["whippy"], far.url + path, key or theirs.key, "T")
    with Rejects(tmp_path / "rejects.ndjson") as rejects, pytest.raises(error, match=sentence) as raised:
        await run_pull(near.database, ours.id, Pull(target=target, patience=PATIENCE), FORMATS["whippy"], rejects)
    assert target.token not in str(raised.value)


async def test_nobody_is_there(near: Far, tmp_path: Path) -> None:
    ours = await Side.of(near)
    target = Target(APIS["whippy"], "http://127.0.0.1:9", "token", "T")
    with Rejects(tmp_path / "rejects.ndjson") as rejects, pytest.raises(Unavailable, match="no connection.*3 tries"):
        await run_pull(near.database, ours.id, Pull(target=target, patience=PATIENCE), FORMATS["whippy"], rejects)
