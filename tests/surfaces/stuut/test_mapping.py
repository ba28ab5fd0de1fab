"""How a call that came through one version of the API reads on the other: what both have is the same, money is a
number in v1 and text in v2, tasks hang off classifications in v1 and off the call in v2.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.surfaces.comparing import differences
from tests.surfaces.serving import Tenant
from tests.surfaces.stuut.examples import ONLY_INSIDE_INVOICE, V1, V2, full_v1_call, full_v2_call

from calldex.core.errors import InvalidRequest
from calldex.surfaces.stuut.v2 import parse as stuut_v2

Body = dict[str, Any]
LEAST = {"created_at": "2026-01-01T00:00:00Z", "direction": "inbound", "to_number": "+12025550100"}


def shared(table: dict[str, str], body: Body) -> Body:
    """What of a body the other version's object has, in that object's order; null for what it alone knows."""
    return {key: body.get(key) for key in table}


def in_v2(call: Body) -> Body:
    """A v1 call as v2 shows it."""
    shown = shared(V2["Call"], call)
    tasks = [task for entry in call["classifications"] for task in entry["tasks"]]
    shown["approver"] = shared(V2["User"], call["approver"])
    shown["classifications"] = [shared(V2["Classification"], entry) for entry in call["classifications"]]
    shown["invoices"] = [invoice_in_v2(invoice) for invoice in call["invoices"]]
    shown["partner"] = shared(V2["Partner"], call["partner"])
    shown["provider"] = "retell"
    shown["tasks"] = [shared(V2["Task"], task) for task in tasks]
    shown["workflow"] = shared(V2["Workflow"], call["workflow"])
    shown["display_tasks"] = [shared(V2["Task"], task) for task in tasks if task["status"] == "open"]
    return shown


def invoice_in_v2(invoice: Body) -> Body:
    shown = shared(V2["Invoice"], invoice)
    for key in ("amount_due", "amount_paid", "total_amount"):
        value = invoice[key]
        shown[key] = str(value)
    shown["partner"] = shared(V2["Partner"], invoice["partner"])
    return shown


async def test_a_v1_call_on_v2(tenant: Tenant) -> None:
    call = full_v1_call(1)
    call["classifications"][0]["tasks"][1]["status"] = "closed"
    for invoice in call["invoices"]:
        invoice |= {"amount_due": Decimal("1077.330"), "amount_paid": Decimal("-5.10"), "total_amount": Decimal("0.07")}
    await tenant.take("stuut-v1", [call])
    answered = await tenant.answer(f"/stuut/v2/calls/{call['id']}")
    assert len(answered["tasks"]) == 4
    assert len(answered["display_tasks"]) == 3
    assert differences(in_v2(call), answered) == []
    page = await tenant.answer("/stuut/v2/calls")
    assert differences(in_v2(call), page["data"][0]) == []


def in_v1(call: Body) -> Body:
    """A v2 call as v1 shows it: its tasks hang off the first classification."""
    shown = shared(V1["Call"], call)
    shown["approver"] = shared(V1["User"], call["approver"])
    shown["approver_id"], shown["partner_id"] = call["approver"]["id"], call["partner"]["id"]
    shown["classifications"] = [
        shared(V1["Classification"], entry) | {"tasks": []} for entry in call["classifications"]
    ]
    shown["classifications"][0]["tasks"] = [shared(V1["Task"], task) | {"data": []} for task in call["tasks"]]
    shown["invoices"] = [invoice_in_v1(invoice) for invoice in call["invoices"]]
    shown["partner"] = partner_in_v1(call["partner"])
    for key in ONLY_INSIDE_INVOICE:
        del shown["partner"][key]
    shown["workflow"] = shared(V1["OutreachWorkflow"], call["workflow"])
    return shown


def invoice_in_v1(invoice: Body) -> Body:
    shown = shared(V1["Invoice"], invoice) | {key: [] for key in ("calls", "emails", "line_items", "payments")}
    for key in ("amount_due", "amount_paid", "total_amount"):
        shown[key] = Decimal(invoice[key])
    shown["partner"] = partner_in_v1(invoice["partner"])
    return shown


def partner_in_v1(partner: Body) -> Body:
    return shared(V1["Partner"], partner) | {key: [] for key in ("ap_portals", "contacts", "tags")}


async def test_a_v2_call_on_v1(tenant: Tenant) -> None:
    call = full_v2_call(2)
    await tenant.take("stuut-v2", [call])
    assert differences(in_v1(call), await tenant.answer(f"/stuut/v1/calls/{call['id']}")) == []


@pytest.mark.parametrize(
    ("currency", "given", "shown"),
    [
        ("USD", "500", "500.00"),
        ("USD", "500.5", "500.50"),
        ("USD", "1077.330", "1077.330"),
        ("USD", "-0.1", "-0.10"),
        ("JPY", "500", "500"),
        ("JPY", "500.5", "500.5"),
        ("KWD", "1.5", "1.500"),
        (None, "7", "7.00"),
        ("nonsense", "7", "7.00"),
        ("USD", "1e3", "1000.00"),
        ("USD", "1E-7", "0.0000001"),
        ("USD", "123456789012345678901234567890.12", "123456789012345678901234567890.12"),
        ("USD", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678.00"),
    ],
)
async def test_money_is_a_number_in_v1_and_text_of_its_currency_in_v2(
    tenant: Tenant, currency: str | None, given: str, shown: str
) -> None:
    value = Decimal(given)
    invoice = {"id": "inv_1", "currency": currency, "amount_due": value if "." in given else Decimal(given)}
    await tenant.take("stuut-v1", [LEAST | {"id": "call_1", "invoices": [invoice]}])
    one, two = await tenant.answer("/stuut/v1/calls/call_1"), await tenant.answer("/stuut/v2/calls/call_1")
    assert Decimal(one["invoices"][0]["amount_due"]) == value
    assert two["invoices"][0]["amount_due"] == shown
    assert two["invoices"][0]["amount_paid"] is None


async def test_money_of_v2_keeps_its_digits_and_is_a_number_in_v1(tenant: Tenant) -> None:
    invoice = {"id": "inv_1", "amount_due": "1077.330", "amount_paid": "5", "amount_remaining": "0.10"}
    await tenant.take("stuut-v2", [LEAST | {"id": "call_1", "invoices": [invoice]}])
    one, two = await tenant.ask("/stuut/v1/calls/call_1"), await tenant.answer("/stuut/v2/calls/call_1")
    assert '"amount_due":1077.330,' in one.text
    assert '"amount_paid":5,' in one.text
    assert {key: two["invoices"][0][key] for key in invoice} == invoice


@pytest.mark.parametrize(
    ("facts", "direction", "status"),
    [
        ({}, None, "queued"),
        ({"start_time": "2026-01-01T00:00:00Z"}, None, "in_progress"),
        ({"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-01T00:01:00Z"}, None, "completed"),
        ({"workflow_run": {"id": "wfr_1"}}, "outbound", "queued"),
        ({"workflow_run": {"id": "wfr_1"}, "direction": "inbound", "status": "failed"}, "inbound", "failed"),
        ({"direction": None, "status": "no_answer"}, None, "no_answer"),
    ],
)
async def test_direction_and_status_that_v2_does_not_print_follow_from_the_rest(
    tenant: Tenant, facts: Body, direction: str | None, status: str
) -> None:
    await tenant.take("stuut-v2", [{"id": "call_1", "created_at": "2026-01-01T00:00:00Z"} | facts])
    for version in ("v1", "v2"):
        call = await tenant.answer(f"/stuut/{version}/calls/call_1")
        assert (call["direction"], call["status"]) == (direction, status)


async def test_a_v2_task_without_a_classification_is_on_v2_only(tenant: Tenant) -> None:
    task = {"id": "task_1", "label": "Call back", "status": "open"}
    await tenant.take("stuut-v2", [LEAST | {"id": "call_1", "classifications": [], "tasks": [task]}])
    one, two = await tenant.answer("/stuut/v1/calls/call_1"), await tenant.answer("/stuut/v2/calls/call_1")
    assert one["classifications"] == []
    assert [entry["id"] for entry in two["tasks"]] == ["task_1"]
    assert [entry["id"] for entry in two["display_tasks"]] == ["task_1"]


async def test_a_provider_that_was_given_is_shown_and_retell_is_known_by_its_id(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [LEAST | {"id": "call_1", "retell_id": "r1"}, LEAST | {"id": "call_2"}])
    await tenant.take("stuut-v2", [LEAST | {"id": "call_3", "provider": "twilio"}])
    answers = [await tenant.answer(f"/stuut/v2/calls/call_{number}") for number in (1, 2, 3)]
    assert [answer["provider"] for answer in answers] == ["retell", None, "twilio"]


async def test_a_classification_that_only_v2_knows_is_shown_on_v1_and_not_filtered_by(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [LEAST | {"id": "call_1", "classifications": [{"classification": "dispute"}]}])
    call = await tenant.answer("/stuut/v1/calls/call_1")
    assert call["classifications"][0]["classification"] == "dispute"
    assert (await tenant.ask("/stuut/v1/calls", [("classification", "dispute")])).status_code == 422
    assert (await tenant.answer("/stuut/v2/calls", [("classification", "dispute")]))["total_records"] == 1


async def test_words_outside_the_published_lists_are_kept(tenant: Tenant) -> None:
    odd = {"direction": "sideways", "sentiment": "mixed", "status": "on_hold"}
    await tenant.take("stuut-v1", [LEAST | odd | {"id": "call_1", "classifications": [{"classification": "odd"}]}])
    for version in ("v1", "v2"):
        call = await tenant.answer(f"/stuut/{version}/calls/call_1")
        assert {key: call[key] for key in odd} == odd
        assert call["classifications"][0]["classification"] == "odd"


async def test_a_transcript_of_another_source_reads_as_turns_and_as_text(tenant: Tenant) -> None:
    text = "Agent: Good morning: hello\nUser: \u00dcber what?\nthe invoice\nAgent: Yes."
    await tenant.take("stuut-v1", [LEAST | {"id": "call_1", "transcript_str": text}])
    call = await tenant.answer("/stuut/v1/calls/call_1")
    assert call["transcript_str"] == text
    assert [(turn["role"], turn["content"]) for turn in call["transcript"]] == [
        ("agent", "Good morning: hello"),
        ("user", "\u00dcber what?\nthe invoice"),
        ("agent", "Yes."),
    ]
    assert all(list(turn) == ["role", "content", "start", "end"] for turn in call["transcript"])


async def test_a_record_of_which_only_an_id_is_known_is_null_beside_it(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [LEAST | {"id": "call_1", "partner_id": "ptn_abc123"}])
    call = await tenant.answer("/stuut/v1/calls/call_1")
    assert (call["partner"], call["partner_id"]) == (None, "ptn_abc123")
    assert (await tenant.answer("/stuut/v1/calls", [("partner", "ptn_abc123")]))["total_records"] == 1
    await tenant.take("stuut-v1", [LEAST | {"id": "call_2", "partner": {"id": "ptn_abc123", "name": "Known"}}])
    assert (await tenant.answer("/stuut/v1/calls/call_1"))["partner"]["name"] == "Known"


@pytest.mark.parametrize("mark", ["delivery_status", "callType", "call_agent_id"])
def test_a_call_of_another_api_is_not_taken_for_one_of_v2(mark: str) -> None:
    raw = f'{{"id": "call_1", "created_at": "2026-03-12T15:03:50Z", "{mark}": "word"}}'.encode()
    with pytest.raises(InvalidRequest) as refused:
        stuut_v2.parse_call(raw)
    assert [problem.field for problem in refused.value.problems] == [mark]
