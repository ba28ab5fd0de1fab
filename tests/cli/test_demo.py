"""`calldex demo`: as many believable calls as asked for, the same for the same seed, on every surface, with amounts
that add up; in the sandbox when asked; wrong numbers are refused in one sentence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.surfaces.serving import Serving, Tenant, serving

from calldex.actions.draw_waveform import waveform_of
from calldex.cli.demo import seed_demo
from calldex.cli.demo_sound import RECORDED, record_demo
from calldex.store.recordings import newest_recordings

from .conftest import Calldex

CALLS = 400


@pytest.fixture(scope="module")
async def app(new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
async def filled(app: Serving) -> Tenant:
    tenant = await app.tenant()
    assert await seed_demo(tenant.database, tenant.organization.id, CALLS, 7) == CALLS
    return tenant


async def test_every_surface_shows_all_of_them(filled: Tenant) -> None:
    for path, total in (
        ("/stuut/v1/calls?limit=200", "total_records"),
        ("/stuut/v2/calls?limit=500", "total_records"),
        ("/whippy/v1/calls?limit=500", "total"),
    ):
        answer = await filled.answer(path)
        assert answer[total] == CALLS
        assert answer["data"]
    assert (await filled.answer("/skipcall/v1/calls"))["meta"]["total"] == CALLS


async def test_the_same_seed_adds_nothing(filled: Tenant) -> None:
    assert await seed_demo(filled.database, filled.organization.id, CALLS, 7) == 0
    assert (await filled.answer("/stuut/v1/calls?limit=1"))["total_records"] == CALLS


async def test_an_organization_may_have_the_story_that_another_one_has(app: Serving, filled: Tenant) -> None:
    other = await app.tenant()
    assert await seed_demo(other.database, other.organization.id, 50, 7) == 50
    assert (await filled.answer("/stuut/v1/calls?limit=1"))["total_records"] == CALLS
    assert (await other.answer("/stuut/v1/calls?limit=1"))["total_records"] == 50


async def test_amounts_add_up(filled: Tenant) -> None:
    invoices: dict[str, Any] = {}
    for page in (0, 1):
        answer = await filled.answer(f"/stuut/v1/calls?limit=200&page={page}")
        invoices |= {invoice["id"]: invoice for call in answer["data"] for invoice in call["invoices"]}
    whole = [invoice for invoice in invoices.values() if invoice["line_items"]]
    assert len(whole) > 20
    for invoice in whole:
        assert sum(Decimal(item["total_amount"]) for item in invoice["line_items"]) == invoice["total_amount"]
        assert invoice["amount_due"] == invoice["total_amount"] - invoice["amount_paid"]


async def test_calls_are_of_several_kinds_and_tongues(filled: Tenant) -> None:
    calls = [
        call for page in (0, 1) for call in (await filled.answer(f"/stuut/v1/calls?limit=200&page={page}"))["data"]
    ]
    assert {call["direction"] for call in calls} == {"inbound", "outbound"}
    assert len({call["status"] for call in calls}) >= 4
    assert len({call["sentiment"] for call in calls}) >= 4
    languages = {entry["language"] for call in calls for entry in call["classifications"]}
    assert {"en", "es", "fr"} <= {str(language)[:2].lower() for language in languages}
    spoken = [call for call in calls if call["transcript"]]
    assert len(spoken) > len(calls) / 4
    assert all(turn["role"] in ("agent", "user") and turn["content"] for call in spoken for turn in call["transcript"])


async def test_the_newest_calls_that_say_when_what_was_said_can_be_heard(app: Serving, tmp_path: Path) -> None:
    tenant, place = await app.tenant(), str(tmp_path)
    organization = tenant.organization.id
    await seed_demo(tenant.database, organization, 150, 7)
    count = await record_demo(tenant.database, organization, place, "http://calldex.test/api")
    assert 0 < count <= RECORDED
    calls = (await tenant.answer("/stuut/v1/calls?limit=150"))["data"]
    heard = [call for call in calls if str(call["recording_url"]).startswith("http://calldex.test/api/v1/calls/")]
    assert len(heard) == count
    ids = {UUID(call["recording_url"].split("/")[-2]): call for call in heard}
    async with tenant.database.session() as session:
        stored = await newest_recordings(session, organization, ids)
    assert set(stored) == set(ids)
    for call_id, call in ids.items():
        waveform = await waveform_of(tenant.database, organization, stored[call_id], place)
        assert waveform.peaks is not None
        assert waveform.duration_ms is not None
        words = [word for turn in call["transcript"] for word in turn["words"]]
        assert abs(waveform.duration_ms - float(words[-1]["end"]) * 1000) <= 510
        # Somebody speaks at half of the first turn.
        middle = (words[0]["start"] + call["transcript"][0]["words"][-1]["end"]) / 2
        place_of_it = int(float(middle) * 1000 / waveform.duration_ms * len(waveform.peaks))
        assert max(waveform.peaks[place_of_it - 1 : place_of_it + 2]) > 60
        assert max(waveform.peaks[-1:]) < 30


def test_the_command_fills_an_organization_and_its_sandbox(calldex: Calldex, tmp_path: Path) -> None:
    assert calldex("org", "create", "Demonstration").code == 0
    done = calldex("demo", "--org", "Demonstration", "--calls", "120", "--seed", "3", "--json")
    assert (done.code, done.json) == (0, {"calls": 120, "created": 120, "seed": 3})
    done = calldex("demo", "--org", "Demonstration", "--calls", "30", "--test")
    assert (done.code, done.out) == (0, "30 demo calls were created.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--org", "Nobody", "--calls", "5"), 'no organization "Nobody"'),
        (("--org", "Nobody", "--calls", "0"), "--calls"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(calldex: Calldex, arguments: tuple[str, ...], words: str) -> None:
    done = calldex("demo", *arguments)
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1
