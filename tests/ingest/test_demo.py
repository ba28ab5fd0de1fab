"""The demo business has exactly the shapes of the four vendors, and everything in it agrees.

Keys and their order are those of the vendors' documented examples (v2's four enum fields are
inferred and stand last in their object). Sums add up, one id has one body, times are in order,
nobody real can be called or written to, and a seed gives the same bytes every time.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from calldex.ingest.demo import demo_calls

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)

Calls = dict[str, list[dict[str, Any]]]

V1 = """
call: direction object to_number id agent_id approver approver_id call_agent_id call_reason
  classifications created_at custom_classifications disconnection_reason end_time from_number
  in_voicemail invoices is_automated modified_at partner partner_id recording_url retell_id
  sentiment start_time status summary transcript transcript_str transferred_to workflow
user: email family_name given_name object organization_id id created_at dashboard_settings
  default_email_sender_id invited_by_user_id is_access_approved is_org_admin modified_at name
  onboarding_required profile_picture selected
dashboard_settings: thread_emails_sort_order
classification: agent_reply_reason classification is_action_required is_reply_required object
  reason action_recommendation agent_confidence_reason agent_confidence_score agent_error_code
  agent_uncertainties created_at language modified_at tasks
task: label object organization_id type id action_taken assignee assignee_id close_reason
  completed_action created_at data description error_reason modified_at status trigger_event
  trigger_event_id
task_data: object source task_id type id created_at data modified_at
event: name object id actor_id created_at data entity entity_id message modified_at timestamp
invoice: amount_due currency object remote_id total_amount id amount_paid assignee billing_address
  billing_address_id billing_email calls created_at custom_fields due_date emails in_dispute
  is_issued_email_sent issued_at last_outreach_at last_outreach_channel last_outreach_to
  last_synced_at line_items linked_integration marked_uncollectible_at memo modified_at number
  order_number paid_at partner partner_id payments pdf pdf_id period_end_date period_start_date
  private_note promised_to_pay_date purchase_order_number remote_created_at remote_invoice_pdf
  remote_metadata remote_modified_at remote_partner_id remote_payment_portal_url
  remote_payment_status remote_status requires_line_item_sync shipping_address shipping_address_id
  status subtotal sync_status total_discount total_tax type voided_at
address: object city coordinates country created_at description line1 line2 modified_at name phone
  postal_code remote_id state type
email: object thread_id id attachments author author_id bcc body bounced_addresses
  bulk_email_request_id cc created_at custom_headers direction email_reason email_sender
  email_sender_id error_message from_email generated_body is_automated is_generated
  is_originated_in_stuut is_unread modified_at parent_email_id participants remote_id remote_links
  reply_to send_separately sent_at sent_by_id snippet status subject to
file: file_type mime_type name object organization_id id content_id created_at disposition
  is_verified modified_at presigned_url presigned_url_expires_at purpose remote_id size src
  user_id
email_sender: email object reply_to user_id id created_at expired_at is_nylas_connection
  is_nylas_grant_expired is_shared modified_at name provider reply_to_name signature_html
email_remote_link: email_id email_sender_id object remote_id remote_thread_id created_at
  modified_at
line_item: invoice_id object remote_id created_at currency custom_fields description line_number
  modified_at name period_end_date period_start_date product_type quantity remote_created_at
  remote_metadata remote_modified_at total_amount total_discount total_tax unit_amount
linked_integration: integration_name is_configured object settings id api_subdomain api_url
  connection_info created_at credentials_expire_at health identity_info integration
  is_running_setup is_sync_disabled is_webhooks_enabled models modified_at name owner_id
  requires_setup username webhook_listener_url webhook_setup_error
health: status details message reason
integration: display_name name object api_base_url api_documentation_url api_requires_subdomain
  auth_type categories color connection_guide_url connection_instructions connection_steps
  created_at description is_enabled logo logo_square modified_at settings short_description
connection_step: type title description endpoint fields post_auth
setting: key type choices description format group guide_url is_editable is_required is_select
  label post_auth requires_load
linked_model: integration_schema_id linked_integration_id name object id created_at exclude_rule
  field_mappings health is_read_enabled is_webhooks_setup is_write_enabled last_sync last_sync_id
  modified_at next_sync_at sync_requested
sync: linked_model_id object run_id id created_at entity_id is_initial_sync is_one_off modified_at
  pagination run timerange_end timerange_start
run: object id completed_at created_at data event_id modified_at output remote_id stacktrace
  started_at status
partner in invoice: id account_number ap_portals assignee assignee_id billing_address
  billing_address_id contacts created_at currency custom_fields description email family_name
  finix_identity_id given_name invoice_prefix is_active is_call_outreach_manually_paused
  is_company is_email_disabled is_email_outreach_manually_paused is_phone_disabled
  is_primary_email is_primary_phone last_outreach_at last_outreach_channel last_outreach_to
  last_synced_at legal_name linked_integration modified_at name object on_behalf_of
  on_behalf_of_phone organization_id parent_id phone remote_created_at remote_id remote_metadata
  remote_modified_at remote_parent_id remote_payment_portal_url shipping_address status_metadata
  sync_status tags tax_number timezone
ap_portal: object partner_id id account account_id account_key created_at customer_identifier
  customer_name invoice_submission_guidelines is_enabled is_invoice_submission_enabled
  is_report_download_enabled modified_at name provider report_email report_frequency
ap_portal_account: object organization_id provider id available_operations created_at modified_at
contact: email object partner_id id address address_id addresses created_at custom_fields
  external_role family_name given_name internal_role is_email_disabled is_phone_disabled
  is_primary is_primary_email is_primary_phone job_title modified_at name phone remote_created_at
  remote_id remote_metadata remote_modified_at status_metadata
contact_address: object id city coordinates country created_at description is_primary line1 line2
  modified_at name postal_code state type
partner_tag: object partner_id tag_id created_at is_manual modified_at tag
tag: name object id color created_at modified_at rule_condition
invoice_payment: amount invoice_id object payment_id strategy id agent_confidence_reason
  agent_confidence_score agent_error_code agent_uncertainties approved approved_at approver_id
  created_at modified_at payment remote_id
payment: id agent_confidence_reason agent_confidence_score agent_error_code agent_uncertainties
  amount amount_refunded bank_transaction_id billing_email created_at currency currency_rate
  custom_fields description expected_at finix_transfer_id initiated_at last_exported_at
  last_synced_at linked_integration_id modified_at object partner_id payment_method receipt_url
  reference_number remittance_id remote_created_at remote_id remote_metadata remote_modified_at
  statement_descriptor status stripe_session_id sync_status timestamp
  transaction_match_approved_at transaction_match_approver_id
partner: id account_number ap_portals assignee assignee_id billing_address billing_address_id
  contacts created_at currency custom_fields description email family_name finix_identity_id
  given_name invoice_prefix is_active is_company is_email_disabled is_phone_disabled
  is_primary_email is_primary_phone last_outreach_at last_outreach_channel last_outreach_to
  last_synced_at legal_name linked_integration modified_at name object on_behalf_of
  on_behalf_of_phone organization_id parent_id phone remote_created_at remote_id remote_metadata
  remote_modified_at remote_parent_id remote_payment_portal_url shipping_address status_metadata
  sync_status tags tax_number timezone
outreach_workflow: id active_days created_at email_sender_id is_active is_call_on_weekend_enabled
  modified_at name object outreach_window_end outreach_window_start pending_run_strategy
  test_email test_phone_number timezone
"""
V2 = """
call: created_at modified_at id approver classifications disconnection_reason from_number
  in_voicemail invoices call_reason start_time end_time partner provider tasks to_number workflow
  workflow_run object display_tasks
user: created_at modified_at id email name given_name family_name profile_picture object
classification: created_at modified_at id object
invoice: created_at modified_at id number amount_due amount_paid amount_remaining
  pending_amount_remaining total_amount due_date issued_at paid_at purchase_order_number
  order_number partner object
partner: created_at modified_at id account_number assignee_id business_unit_id email name
  legal_name phone parent_id remote_id object
task: created_at modified_at id label description assignee_id object
outreach_workflow: created_at modified_at id name is_active object
workflow_run: created_at modified_at id scheduled_for object
"""

OTHERS = """
skipcall: id callType status type startedAt endedAt createdAt contact phoneNumber caller
  callerPhoneNumber phoneNumberId userProviderSid adminProviderSid providerConferenceId
  transferred updatedAt sequenceRunId sequenceId syncedWithCrmDate deletedAt organizationId
  organizationMembershipId managedPhoneNumberId notes
whippy: id delivery_status direction type mode body translated_body language
  translation_language from to created_at updated_at conversation_id contact_id channel_id
  campaign_id campaign_contact_id sequence_id step_contact_id step_id user_id metadata attachments
metadata: type duration placeholders_data analysis agent_id agent_version_id llm_id llm_version_id
statuses: pending_approval queued registered initiated ringing canceled in_progress completed
  busy no_answer failed
classifications: payment_inquiry payment_promise account_inquiry invoice_inquiry refund_request
  cancellation_request support_request complaint feedback wrong_contact
  message_forwarding_request cc_inclusion_request not_available contact_inquiry other
"""
INFERRED = {"call": ["direction", "sentiment", "status"], "classification": ["classification"]}
PLACES = {
    "health": "health",
    "connection_steps[]": "connection_step",
    "settings[]": "setting",
    "dashboard_settings": "dashboard_settings",
}


@pytest.fixture(scope="module")
def calls() -> Calls:
    decoded: Calls = defaultdict(list)
    for format_name, body in demo_calls(1500, seed=7, now=NOW):
        decoded[format_name].append(json.loads(body, parse_float=Decimal))
    return decoded


def read_table(text: str) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        name, colon, keys = line.rpartition(": ")
        if colon:
            table[name] = keys.split()
        else:
            table[next(reversed(table))] += line.split()
    return table


def objects(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a known kind below the value, with its kind."""
    if isinstance(value, dict):
        kind = PLACES.get(place) or value.get("object")
        if kind:
            inner_partner = (kind, place) == ("partner", "invoices.partner")
            yield ("partner in invoice" if inner_partner else kind), value
        for key, inner in value.items():
            yield from objects(inner, f"invoices.{key}" if place == "invoices[]" else key)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner, f"{place}[]")


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    assert parsed.tzinfo is not None
    return parsed


def test_v1_has_the_documented_keys_in_the_documented_order(calls: Calls) -> None:
    table = read_table(V1)
    assert (len(table["call"]), len(table["invoice"])) == (31, 59)
    assert (len(table["partner"]), len(table["partner in invoice"])) == (49, 51)
    seen = set()
    for kind, value in objects(calls["stuut-v1"], "data"):
        assert list(value) == table[kind], kind
        seen.add(kind)
    assert seen == set(table), "every kind of the graph occurs"


def test_v2_has_the_documented_keys_and_the_inferred_ones_after_them(calls: Calls) -> None:
    table = {kind: keys + INFERRED.get(kind, []) for kind, keys in read_table(V2).items()}
    seen = set()
    for call in calls["stuut-v2"]:
        for kind, value in objects(call, "v2"):
            name = "partner" if kind == "partner in invoice" else kind
            assert list(value) == table[name], name
            seen.add(name)
    assert seen == set(table)


def test_skipcall_and_whippy_have_the_documented_keys(calls: Calls) -> None:
    table = read_table(OTHERS)
    for call in calls["skipcall"]:
        assert list(call) == table["skipcall"]
        assert list(call["contact"]) == ["id", "firstName", "lastName", "isUnknown"]
        assert call["contact"]["isUnknown"] is (call["contact"]["id"] is None)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", call["createdAt"])
    for call in calls["whippy"]:
        assert list(call) == table["whippy"]
        assert list(call["metadata"]) == table["metadata"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", call["created_at"])
        assert (call["translated_body"] is None) is (call["language"] in {None, "en"})


def test_the_same_arguments_give_the_same_bytes() -> None:
    first = list(demo_calls(200, seed=3, now=NOW))
    assert first == list(demo_calls(200, seed=3, now=NOW))
    assert first[:70] == list(demo_calls(70, seed=3, now=NOW)), "fewer calls are the beginning"
    assert first != list(demo_calls(200, seed=4, now=NOW))


def test_calls_are_streamed_and_counted() -> None:
    assert len(list(islice(demo_calls(10**12, seed=1, now=NOW), 3))) == 3
    assert not list(demo_calls(0, seed=1, now=NOW))
    with pytest.raises(ValueError, match="time zone"):
        next(demo_calls(1, seed=1, now=NOW.replace(tzinfo=None)))


def test_invoices_add_up(calls: Calls) -> None:
    for kind, invoice in objects(calls["stuut-v1"], "data"):
        if kind != "invoice":
            continue
        lines, payments = invoice["line_items"], invoice["payments"]
        for line in lines:
            gross = line["quantity"] * line["unit_amount"]
            assert line["total_amount"] == gross - line["total_discount"] + line["total_tax"]
        assert invoice["subtotal"] == sum(line["quantity"] * line["unit_amount"] for line in lines)
        assert invoice["total_tax"] == sum(line["total_tax"] for line in lines)
        assert invoice["total_discount"] == sum(line["total_discount"] for line in lines)
        assert invoice["total_amount"] == sum(line["total_amount"] for line in lines)
        assert invoice["amount_paid"] == sum(payment["amount"] for payment in payments)
        assert invoice["amount_due"] == invoice["total_amount"] - invoice["amount_paid"] >= 0
        assert (invoice["paid_at"] is None) is (invoice["amount_due"] > 0)
        assert (invoice["status"] == "paid") is (invoice["amount_due"] == 0)
        assert -2 <= Decimal(str(invoice["total_amount"])).as_tuple().exponent <= 0  # type: ignore[operator]


def test_one_id_has_one_body(calls: Calls) -> None:
    bodies: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, value in objects(calls["stuut-v1"], "data"):
        if value.get("id"):
            assert bodies.setdefault((kind, value["id"]), value) == value
    shared = 0
    for kind, value in objects(calls["stuut-v2"], "v2"):
        known = bodies.get((kind, value["id"]))
        for key, given in value.items() if known else ():
            if known and key in known and key != "partner":
                shared += 1
                expected = known[key]
                amounts = key.endswith("amount") or key.startswith("amount_")
                assert (Decimal(given) if amounts else given) == expected, (kind, key)
    assert shared > 1000, "the versions tell of the same partners, invoices, users and workflows"
    for (kind, id_), body in bodies.items():
        if kind == "partner":
            inner = bodies.get(("partner in invoice", id_), body)
            assert {key: inner[key] for key in body} == body


def test_ids_have_the_time_of_their_record(calls: Calls) -> None:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    for kind, value in objects(calls["stuut-v1"], "data"):
        if kind in {"call", "partner", "invoice", "user", "task"}:
            prefix, _, digits = value["id"].partition("_")
            assert len(value["id"]) <= 32
            assert prefix in {"call", "ptn", "inv", "user", "task"}
            bits = 0
            for digit in digits:
                bits = bits * 32 + alphabet.index(digit)
            assert datetime.fromtimestamp((bits >> 80) / 1000, UTC) == moment(value["created_at"])
            assert (bits >> 76) & 15 == 7


def test_times_are_in_order_and_within_six_months(calls: Calls) -> None:
    late = 0
    for call in calls["stuut-v1"]:
        times = [call["created_at"], call["start_time"], call["end_time"], call["modified_at"]]
        known = [moment(text) for text in times if text]
        assert known == sorted(known)
        assert NOW - timedelta(days=184) < known[0]
        assert known[-1] <= NOW
        if call["transcript"]:
            assert 30 <= (moment(times[2]) - moment(times[1])).total_seconds() <= 720
            late += moment(times[3]) - moment(times[2]) > timedelta(minutes=2)
        for invoice in call["invoices"]:
            assert moment(invoice["issued_at"]) < known[0]
            assert moment(invoice["modified_at"]) <= NOW
    assert late > 20


def test_a_promise_names_a_day_after_the_call(calls: Calls) -> None:
    promises = 0
    for call in calls["stuut-v1"]:
        labels = {entry["classification"] for entry in call["classifications"]}
        # The call is about its first invoice, which keeps the last day that was named.
        for invoice in call["invoices"][:1]:
            if "payment_promise" in labels and invoice["promised_to_pay_date"]:
                promises += 1
                day = date.fromisoformat(invoice["promised_to_pay_date"])
                assert day > moment(call["created_at"]).date()
    assert promises > 20


def test_what_was_said_fits_the_call(calls: Calls) -> None:
    texts = set()
    timed = 0
    for call in calls["stuut-v1"]:
        turns = call["transcript"]
        if turns is None:
            assert call["summary"] is call["transcript_str"] is None
            assert call["classifications"] == []
            continue
        lines = [f"{turn['role'].capitalize()}: {turn['content']}" for turn in turns]
        assert call["transcript_str"] == "\n".join(lines)
        assert not re.search(r"[{}~|]", call["transcript_str"])
        texts.add(call["transcript_str"])
        for turn in turns:
            if "words" in turn:
                timed += 1
                assert " ".join(word["word"] for word in turn["words"]) == turn["content"]
                assert all(word["start"] < word["end"] for word in turn["words"])
    assert len(texts) > 600
    assert timed


def test_everything_occurs_in_a_few_hundred_calls() -> None:
    table = read_table(OTHERS)
    statuses, labels, sentiments, formats, languages = (Counter[Any]() for _ in range(5))
    for format_name, body in demo_calls(600, seed=11, now=NOW):
        formats[format_name] += 1
        call = json.loads(body)
        if format_name == "stuut-v1":
            statuses[call["status"]] += 1
            sentiments[call["sentiment"]] += 1
            for entry in call["classifications"]:
                labels[entry["classification"]] += 1
                languages[entry["language"]] += 1
    assert set(statuses) == set(table["statuses"])
    assert set(labels) == set(table["classifications"])
    assert set(sentiments) == {"positive", "negative", "neutral", "unknown", None}
    assert set(languages) == {"en", "fr", "es"}
    assert statuses["completed"] > 0.75 * statuses.total()
    shares = {name: round(count / 600, 2) for name, count in formats.items()}
    assert shares == {
        "stuut-v1": pytest.approx(0.6, abs=0.03),
        "stuut-v2": pytest.approx(0.1, abs=0.03),
        "skipcall": pytest.approx(0.15, abs=0.03),
        "whippy": pytest.approx(0.15, abs=0.03),
    }


def test_nobody_real_is_called_or_written_to() -> None:
    fiction = re.compile(r"\+1\d{3}55501\d\d|\+3319900\d{4}|\+34555\d{6}")
    for _, body in demo_calls(400, seed=5, now=NOW):
        text = body.decode()
        for number in re.findall(r"\+\d{8,}", text):
            assert fiction.fullmatch(number), number
        for host in re.findall(r"(?:https?://|@)([\w.-]+)", text):
            assert host.rstrip(".").endswith(".example"), host
