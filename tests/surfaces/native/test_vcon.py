"""A call leaves as a vCon (draft-ietf-vcon-vcon-core-04) and comes back as the same call on every surface. A vCon of
somebody else becomes a call, and nothing of it is lost. Older spellings are read; what is not safe to read is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.surfaces.comparing import differences
from tests.surfaces.serving import Serving, Tenant, serving
from tests.surfaces.skipcall.examples import full_call as skipcall_call
from tests.surfaces.stuut.examples import full_v1_call, full_v2_call
from tests.surfaces.whippy.examples import full_call as whippy_call

from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.errors import InvalidRequest
from calldex.core.jsonbytes import decode, encode
from calldex.ingest.demo import demo_calls
from calldex.store.calls import find_call
from calldex.store.reaching import reachable_records
from calldex.surfaces.native.v1.vcon import COLUMNS, MEDIA_TYPE, render_vcon, roots
from calldex.surfaces.native.v1.vcon_parse import parse_call

PATHS = ("/stuut/v1/calls", "/stuut/v2/calls", "/skipcall/v1/calls", "/whippy/v1/calls")


@pytest.fixture(scope="module")
async def app(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serving]:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
async def tenant(app: Serving) -> Tenant:
    return await app.tenant()


async def exported(tenant: Tenant, call_id: str, source: str = "native") -> bytes:
    found = await find_call(tenant.database, tenant.organization.id, call_id, source, COLUMNS)
    assert found is not None
    call = found.call
    records = await reachable_records(tenant.database, tenant.organization.id, roots((call,)))
    return render_vcon(call, records)


async def taken(tenant: Tenant, *vcons: bytes | dict[str, Any]) -> list[Any]:
    raws = [vcon if isinstance(vcon, bytes) else encode(vcon) for vcon in vcons]
    importing = tenant.importing.setdefault("vcon", FORMATS["vcon"].importing())
    changes = [FORMATS["vcon"].parse_call(raw) for raw in raws]
    return list(await import_calls(tenant.database, tenant.organization.id, importing, changes))


async def ids(tenant: Tenant) -> list[str]:
    async with tenant.database.pool.acquire() as session:
        rows = await session.fetch(
            "SELECT id FROM calls WHERE organization_id = $1 ORDER BY id", tenant.organization.id
        )
    return [str(row[0]) for row in rows]


async def shown(tenant: Tenant, call_id: str) -> dict[str, Any]:
    found = {}
    for path in PATHS:
        answer = await tenant.ask(f"{path}/{call_id}")
        found[path] = (
            json.loads(answer.content, parse_float=Decimal) if answer.status_code == 200 else answer.status_code
        )
    # A call from elsewhere shows there whose organization it is in.
    if isinstance(found["/skipcall/v1/calls"], dict):
        organization = found["/skipcall/v1/calls"]["organizationId"]
        if organization == str(tenant.organization.public_id):
            found["/skipcall/v1/calls"]["organizationId"] = "the tenant's"
    return found


async def there_and_back(app: Serving, tenant: Tenant) -> int:
    other = await app.tenant()
    names = await ids(tenant)
    vcons = [await exported(tenant, name) for name in names]
    assert set(await taken(other, *vcons)) == {"created"}
    assert await ids(other) == names
    for name, vcon in zip(names, vcons, strict=True):
        assert differences(await shown(tenant, name), await shown(other, name), name) == []
        assert differences(decode(vcon), decode(await exported(other, name)), name) == []
    assert set(await taken(other, *vcons)) == {"unchanged"}
    return len(names)


@pytest.mark.parametrize(
    ("form", "call"),
    [
        ("stuut-v1", full_v1_call(unknown=True)),
        ("stuut-v2", full_v2_call(unknown=True)),
        ("skipcall", skipcall_call()),
        ("skipcall", skipcall_call(status="Gone fishing", type="sideways", deletedAt=None, caller={}, contact={})),
        ("whippy", whippy_call()),
        ("whippy", whippy_call(delivery_status="Something else", direction=None, attachments=[], contact_id="c 9")),
    ],
)
async def test_a_full_call_is_the_same_call_elsewhere(
    app: Serving, tenant: Tenant, form: str, call: dict[str, Any]
) -> None:
    assert await tenant.take(form, [call]) == ["created"]
    assert await there_and_back(app, tenant) == 1


async def test_every_demo_call_is_the_same_call_elsewhere(app: Serving, tenant: Tenant) -> None:
    for form, raw in demo_calls(80, seed=5, now=datetime(2026, 11, 20, 12, tzinfo=UTC)):
        importing = tenant.importing.setdefault(form, FORMATS[form].importing())
        change = FORMATS[form].parse_call(raw)
        assert await import_calls(tenant.database, tenant.organization.id, importing, [change]) == ["created"]
    assert await there_and_back(app, tenant) == 80


async def test_a_call_of_several_sources_keeps_all_its_ids(app: Serving, tenant: Tenant) -> None:
    call = whippy_call()
    await tenant.take("whippy", [call])
    await tenant.take("skipcall", [skipcall_call(id=call["id"], deletedAt=None)])
    assert await there_and_back(app, tenant) == 1


async def test_the_container_is_what_the_draft_says(tenant: Tenant) -> None:
    await tenant.take(
        "whippy", [whippy_call(attachments=[{"content_type": "audio/wav", "url": "https://x.example/a"}])]
    )
    (name,) = await ids(tenant)
    vcon = decode(await exported(tenant, name))
    assert MEDIA_TYPE == "application/vcon"
    assert [key for key in vcon if key != "calldex"] == [
        "uuid", "extensions", "created_at", "updated_at", "parties", "dialog", "analysis", "attachments",
    ]  # fmt: skip
    assert (vcon["uuid"], vcon["extensions"]) == (name, ["calldex"])
    assert vcon["parties"] == [{"tel": "+12025550120", "type": "bot"}, {"tel": "+12025550161"}]
    (dialog,) = vcon["dialog"] or [None]
    assert dialog is None or set(dialog) <= {"type", "start", "parties", "duration", "url"}
    assert {entry["type"]: entry["body"] for entry in vcon["analysis"]} == {
        "summary": "Marta could not talk; the reminder was not finished.",
        "transcript": "Agent: Hola, le llamo de Clear Smile.\nUser: Ahora no puedo hablar, gracias.\n",
        "translation": "Agent: Hello, I am calling from Clear Smile.\nUser: I cannot talk now, thank you.\n",
        "sentiment": "neutral",
    }
    assert all({"vendor", "encoding", "mediatype"} <= set(entry) for entry in vcon["analysis"])
    assert vcon["attachments"][0]["url"] == "https://x.example/a"


async def test_a_call_is_exported_at_its_address(app: Serving, tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [full_v1_call()])
    (name,) = await ids(tenant)
    for text in (name, full_v1_call()["id"]):
        answer = await tenant.ask(f"/api/v1/calls/{text}.vcon")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vcon")
        assert answer.content == await exported(tenant, name)
    stranger = await app.tenant()
    assert (await stranger.ask(f"/api/v1/calls/{name}.vcon")).status_code == 404
    assert (await tenant.ask(f"/api/v1/calls/{name}.vcon", key="nonsense")).status_code == 401
    assert (await tenant.ask(f"/api/v1/calls/{name}.vcon", [("x", "1")])).status_code == 422


@pytest.mark.parametrize(
    ("status", "disposition"),
    [("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed"), ("canceled", "hung-up")],
)
async def test_a_call_without_dialog_says_why(tenant: Tenant, status: str, disposition: str) -> None:
    await tenant.take("skipcall", [skipcall_call(status=status, deletedAt=None)])
    (name,) = await ids(tenant)
    (dialog,) = decode(await exported(tenant, name))["dialog"]
    assert (dialog["type"], dialog["disposition"], dialog["parties"]) == ("incomplete", disposition, [0, 1])


def somebodys_vcon(**changes: Any) -> dict[str, Any]:
    """Two parties, a recorded call, its transcript and its summary, shaped as the draft's examples are."""
    return {
        "uuid": "019a5c00-1111-8222-b333-444455556666",
        "created_at": "2026-03-12T15:10:00.500+00:00",
        "subject": "Adding a line",
        "parties": [{"tel": "tel:+12025550143", "name": "Ana"}, {"sip": "desk@example.org", "name": "Ben"}],
        "dialog": [
            {
                "type": "recording",
                "start": "2026-03-12T15:04:05.000+00:00",
                "duration": 33.12,
                "parties": [0, 1],
                "url": "https://media.example.org/call.mp3",
                "mediatype": "audio/x-mp3",
                "content_hash": "sha512-AAAA",
            }
        ],
        "analysis": [
            {"type": "transcript", "dialog": 0, "vendor": "Scribe", "encoding": "json",
             "body": [{"role": "user", "content": "I would like a second line."}]},
            {"type": "summary", "dialog": 0, "vendor": "Scribe", "encoding": "none", "body": "A line was added."},
            {"type": "sentiment", "dialog": 0, "vendor": "Scribe", "encoding": "none", "body": "Positive"},
            {"type": "tts", "dialog": 0, "vendor": "Scribe", "encoding": "json", "body": {"n": 1.50}},
        ],
        "attachments": [],
        **changes,
    }  # fmt: skip


async def test_somebodys_vcon_becomes_a_call(app: Serving, tenant: Tenant) -> None:
    assert await taken(tenant, somebodys_vcon()) == ["created"]
    answer = await tenant.answer("/stuut/v1/calls/019a5c00-1111-8222-b333-444455556666")
    assert (answer["from_number"], answer["to_number"]) == ("+12025550143", "sip:desk@example.org")
    assert (answer["start_time"], answer["end_time"]) == ("2026-03-12T15:04:05Z", "2026-03-12T15:04:38.120000Z")
    assert (answer["status"], answer["call_reason"]) == ("completed", "Adding a line")
    assert (answer["summary"], answer["sentiment"]) == ("A line was added.", "positive")
    assert answer["transcript"] == [{"role": "user", "content": "I would like a second line."}]
    assert answer["recording_url"] == "https://media.example.org/call.mp3"
    assert await there_and_back(app, tenant) == 1


async def test_nothing_of_a_vcon_is_lost(tenant: Tenant) -> None:
    given = somebodys_vcon(
        extensions=["CC"],
        wtf={"x": [1, None]},
        group=[],
        parties=[{"tel": "+12025550143", "badge": 7}, {"mailto": "ben@example.org"}],
    )
    await taken(tenant, given)
    (name,) = await ids(tenant)
    out = decode(await exported(tenant, name))
    assert out.pop("calldex")
    assert out.pop("extensions") == ["CC", "calldex"]
    expected = {key: value for key, value in decode(encode(given)).items() if key != "extensions"}
    assert {key: differences(value, out[key]) for key, value in expected.items()} == {key: [] for key in expected}


async def test_what_others_add_to_our_vcon_is_read(app: Serving, tenant: Tenant) -> None:
    await tenant.take("skipcall", [skipcall_call(deletedAt=None)])
    (name,) = await ids(tenant)
    vcon = decode(await exported(tenant, name))
    vcon["analysis"].append({"type": "summary", "vendor": "Scribe", "encoding": "none", "body": "They talked."})
    vcon["x_rating"] = 5
    other = await app.tenant()
    assert await taken(other, vcon) == ["created"]
    assert (await other.answer(f"/stuut/v1/calls/{name}"))["summary"] == "They talked."
    again = decode(await exported(other, name))
    assert (again["x_rating"], [entry["vendor"] for entry in again["analysis"]]) == (5, ["Scribe"])


async def test_a_record_of_any_make_spoils_no_answer(tenant: Tenant) -> None:
    body = {"id": 1, "name": 5, "emails": "x", "assignee": [7], "given_name": {}, "is_unknown": "no", "partner": "y"}
    kinds = ("partner", "invoice", "workflow", "workflow_run", "user", "contact", "member")
    names = {kind: str(UUID(int=place + 1)) for place, kind in enumerate(kinds)}
    records = [
        {"id": name, "kind": kind, "source": "stuut", "vendor_id": None, "version": None, "body": body}
        for kind, name in names.items()
    ]
    call = {
        "created_at": "2026-03-12T15:00:00Z", "partner": names["partner"], "invoices": [names["invoice"]],
        "workflow": names["workflow"], "workflow_run": names["workflow_run"], "approver": names["user"],
        "contact": names["contact"], "caller": names["member"], "tasks": [{"assignee": names["user"], "data": 3}],
        "classifications": [{"tasks": 7, "classification": []}], "recording": {"x": 1}, "transcript": [{"role": 1}],
    }  # fmt: skip
    extension = {"source": "stuut", "vendor_ids": {"stuut": "call_1"}, "call": call, "records": records}
    assert await taken(tenant, somebodys_vcon(calldex=extension)) == ["created"]
    for path in PATHS:
        assert (await tenant.ask(path)).status_code == 200, path
    (name,) = await ids(tenant)
    assert decode(await exported(tenant, name))["calldex"]["call"]["tasks"] == call["tasks"]


async def test_an_analysis_of_any_type_goes_out_again(tenant: Tenant) -> None:
    analysis = [{"type": ["odd", {}], "body": 1}, {"type": {"n": 7}, "vendor": "Scribe", "body": "x"}]
    await taken(tenant, somebodys_vcon(analysis=analysis))
    (call_id,) = await ids(tenant)
    assert decode(await exported(tenant, call_id, "vcon"))["analysis"] == analysis


def test_older_spellings_are_read() -> None:
    old = somebodys_vcon(vcon="0.0.1", must_support=[], appended={}, redacted={"uuid": "x", "type": "PII"})
    old["dialog"][0]["mimetype"] = old["dialog"][0].pop("mediatype")
    old["dialog"].append({"type": "transfer", "start": "2026-03-12T15:04:30Z", "transfer-target": 1, "original": 0})
    change = parse_call(encode(old))
    assert change.values["transferred_to"] == "sip:desk@example.org"
    assert change.kept["vcon"]["amended_from"] == {}
    assert change.kept["vcon"]["redacted_from"] == {"uuid": "x", "type": "PII"}
    assert change.kept["vcon"]["vcon"] == "0.0.1"


def test_texts_are_turns_and_the_originator_calls() -> None:
    vcon = somebodys_vcon(
        dialog=[
            {"type": "text", "start": "2026-03-12T15:00:00Z", "parties": [1, 0], "body": "Hello?", "encoding": "none"},
            {"type": "text", "start": "2026-03-12T15:00:09Z", "parties": [0, 1], "body": "Hi.", "encoding": "none"},
        ],
        analysis=[],
    )
    values = parse_call(encode(vcon)).values
    assert (values["from_number"], values["to_number"]) == ("sip:desk@example.org", "+12025550143")
    assert [turn["content"] for turn in decode(values["transcript"])] == ["Hello?", "Hi."]
    vcon["dialog"][0]["originator"] = 0
    assert parse_call(encode(vcon)).values["from_number"] == "+12025550143"


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("no-answer", "no_answer", None),
        ("busy", "busy", None),
        ("congestion", "failed", "congestion"),
        ("hung-up", "canceled", None),
        ("voicemail-no-message", "completed", "voicemail_reached"),
    ],
)
def test_an_incomplete_dialog_is_a_status(word: str, status: str, reason: str | None) -> None:
    dialog = [{"type": "incomplete", "start": "2026-03-12T15:00:00Z", "parties": [0, 1], "disposition": word}]
    values = parse_call(encode(somebodys_vcon(dialog=dialog))).values
    assert (values["status"], values.get("disconnection_reason")) == (status, reason)
    assert "started_at" not in values


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"payload": "e30", "signatures": []}, r"is signed \(JWS\)"),
        ({"ciphertext": "x"}, r"is encrypted \(JWE\)"),
        ({"critical": ["calldex", "lawful_basis"]}, "calls critical: lawful_basis"),
        ({"must_support": ["lawful_basis"]}, "calls critical: lawful_basis"),
        ({"uuid": None}, "uuid is required"),
        ({"created_at": "2026-03-12T15:10:00"}, "created_at: .* no time zone"),
        ({"parties": {}}, "parties: an array"),
        ({"dialog": [7]}, r"dialog\.0: an object"),
        ({"dialog": [{"type": "recording", "start": "noon"}]}, r"dialog\.0\.start: "),
        ({"calldex": {"source": "s", "vendor_ids": {"s": "1"}, "kept": {"words": 3}}}, r"kept\.words: an object"),
        ({"calldex": {"source": "s", "vendor_ids": {"s": "1", "t": 4}}}, r"vendor_ids\.t: text of 1"),
        ({"calldex": {}}, r"calldex\.vendor_ids"),
        ({"calldex": {"source": "s", "vendor_ids": {"s": "1"}, "as_given": 7}}, r"as_given: an array"),
        (
            {"calldex": {"source": "stuut", "vendor_ids": {"stuut": "1"}, "call": {"tasks": [1]}}},
            "tasks: an array of obj",
        ),
        ({"calldex": {"source": "stuut", "vendor_ids": {"stuut": "1"}, "call": {"partner": "x"}}}, "partner: a UUID"),
        ({"calldex": {"source": "s", "vendor_ids": {"s": "1"}, "records": [{"id": "x"}]}}, r"records\.0\.id: a UUID"),
        ({"calldex": {"source": "s", "vendor_ids": {"s": "1"}, "call": {"invoices": [1]}}}, "invoices: a UUID"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_call(encode(somebodys_vcon(**changes)))
    assert any(re.search(sentence, problem.message) for problem in raised.value.problems), raised.value.problems
