"""The objects of Stuut's two versions, key for key in the documented order, and examples with every key filled.

Written down apart from the product's own tables, so that a slip in one of them shows. ``str``, ``num``, ``bool``,
``dt``, ``day``, ``any``, ``map`` and ``money`` (an amount in text) are kinds of values, ``=word`` is that very word,
a capital letter begins the name of another object, ``[]`` is an array.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.ids import typed_id

V1_TEXT: Final = """
Call: direction:=inbound object:str to_number:str id:str agent_id:str approver:User approver_id:str call_agent_id:str
    call_reason:str classifications:Classification[] created_at:dt custom_classifications:str[]
    disconnection_reason:str end_time:dt from_number:str in_voicemail:bool invoices:Invoice[] is_automated:bool
    modified_at:dt partner:Partner partner_id:str recording_url:any retell_id:str sentiment:=positive start_time:dt
    status:=completed summary:str transcript:any transcript_str:str transferred_to:str workflow:OutreachWorkflow
User: email:str family_name:str given_name:str object:str organization_id:str id:str created_at:dt
    dashboard_settings:DashboardSettings default_email_sender_id:str invited_by_user_id:str is_access_approved:bool
    is_org_admin:bool modified_at:dt name:str onboarding_required:bool profile_picture:str selected:bool
DashboardSettings: thread_emails_sort_order:=asc
Classification: agent_reply_reason:str classification:=payment_inquiry is_action_required:bool
    is_reply_required:bool object:str reason:str action_recommendation:str agent_confidence_reason:str
    agent_confidence_score:num agent_error_code:str agent_uncertainties:str[] created_at:dt language:str
    modified_at:dt tasks:Task[]
Task: label:str object:str organization_id:str type:=activity_summary_outreach id:str action_taken:=complete
    assignee:User assignee_id:str close_reason:str completed_action:map created_at:dt data:TaskData[]
    description:str error_reason:str modified_at:dt status:=open trigger_event:TriggerEvent trigger_event_id:str
TaskData: object:str source:=email task_id:str type:=response id:str created_at:dt data:any modified_at:dt
TriggerEvent: name:str object:str id:str actor_id:str created_at:dt data:any entity:any entity_id:str message:str
    modified_at:dt timestamp:dt
Invoice: amount_due:num currency:=ADP object:str remote_id:str total_amount:num id:str amount_paid:num assignee:User
    billing_address:Address billing_address_id:num billing_email:str calls:any[] created_at:dt custom_fields:any
    due_date:dt emails:Email[] in_dispute:bool is_issued_email_sent:bool issued_at:dt last_outreach_at:dt
    last_outreach_channel:=email last_outreach_to:str last_synced_at:dt line_items:LineItem[]
    linked_integration:LinkedIntegration marked_uncollectible_at:dt memo:str modified_at:dt number:str
    order_number:str paid_at:dt partner:Partner partner_id:str payments:InvoicePayment[] pdf:any pdf_id:str
    period_end_date:dt period_start_date:dt private_note:str promised_to_pay_date:day purchase_order_number:str
    remote_created_at:dt remote_invoice_pdf:str remote_metadata:any remote_modified_at:dt remote_partner_id:str
    remote_payment_portal_url:str remote_payment_status:=processing remote_status:str requires_line_item_sync:bool
    shipping_address:Address shipping_address_id:num status:any subtotal:num sync_status:=partial total_discount:num
    total_tax:num type:=payable voided_at:dt
Address: object:str city:str coordinates:map country:str created_at:dt description:str line1:str line2:str
    modified_at:dt name:str phone:str postal_code:str remote_id:str state:str type:str
LineItem: invoice_id:str object:str remote_id:str created_at:dt currency:=ADP custom_fields:any description:str
    line_number:num modified_at:dt name:str period_end_date:dt period_start_date:dt product_type:str quantity:num
    remote_created_at:dt remote_metadata:any remote_modified_at:dt total_amount:num total_discount:num total_tax:num
    unit_amount:num
Email: object:str thread_id:str id:str attachments:Attachment[] author:User author_id:str bcc:str[] body:str
    bounced_addresses:str[] bulk_email_request_id:str cc:str[] created_at:dt custom_headers:any direction:=inbound
    email_reason:str email_sender:EmailSender email_sender_id:str error_message:str from_email:str
    generated_body:str is_automated:bool is_generated:bool is_originated_in_stuut:bool is_unread:bool modified_at:dt
    parent_email_id:str participants:str[] remote_id:str remote_links:RemoteLink[] reply_to:str[]
    send_separately:bool sent_at:dt sent_by_id:str snippet:str status:=draft subject:str to:str[]
Attachment: file_type:=audio mime_type:str name:str object:str organization_id:str id:str content_id:str
    created_at:dt disposition:str is_verified:bool modified_at:dt presigned_url:str presigned_url_expires_at:dt
    purpose:str remote_id:str size:num src:any user_id:str
EmailSender: email:str object:str reply_to:str user_id:str id:str created_at:dt expired_at:dt
    is_nylas_connection:bool is_nylas_grant_expired:bool is_shared:bool modified_at:dt name:str provider:str
    reply_to_name:str signature_html:str
RemoteLink: email_id:str email_sender_id:str object:str remote_id:str remote_thread_id:str created_at:dt
    modified_at:dt
LinkedIntegration: integration_name:str is_configured:bool object:str settings:map id:str api_subdomain:str
    api_url:str connection_info:any created_at:dt credentials_expire_at:dt health:Health identity_info:any
    integration:Integration is_running_setup:bool is_sync_disabled:bool is_webhooks_enabled:bool
    models:IntegrationModel[] modified_at:dt name:str owner_id:str requires_setup:bool username:str
    webhook_listener_url:str webhook_setup_error:str
Health: status:=incomplete details:any message:any reason:any
Integration: display_name:str name:str object:str api_base_url:str api_documentation_url:any
    api_requires_subdomain:bool auth_type:any categories:str[] color:any connection_guide_url:any
    connection_instructions:any connection_steps:IntegrationStep[] created_at:dt description:any is_enabled:bool
    logo:any logo_square:any modified_at:dt settings:IntegrationSetting[] short_description:any
IntegrationStep: type:=fetch title:str description:any endpoint:any fields:any post_auth:bool
IntegrationSetting: key:str type:=any choices:any description:any format:=text group:any guide_url:any
    is_editable:bool is_required:bool is_select:bool label:any post_auth:bool requires_load:bool
IntegrationModel: integration_schema_id:str linked_integration_id:str name:str object:str id:str created_at:dt
    exclude_rule:map field_mappings:any health:Health is_read_enabled:bool is_webhooks_setup:bool
    is_write_enabled:bool last_sync:LastSync last_sync_id:str modified_at:dt next_sync_at:dt sync_requested:bool
LastSync: linked_model_id:str object:str run_id:str id:str created_at:dt entity_id:str is_initial_sync:bool
    is_one_off:bool modified_at:dt pagination:any run:Run timerange_end:dt timerange_start:dt
Run: object:str id:str completed_at:dt created_at:dt data:any event_id:str modified_at:dt output:any remote_id:str
    stacktrace:str started_at:dt status:=scheduled
Partner: id:str account_number:str ap_portals:APPortal[] assignee:User assignee_id:str
    billing_address:Address billing_address_id:num contacts:Contact[] created_at:dt currency:=ADP custom_fields:any
    description:str email:str family_name:str finix_identity_id:str given_name:str invoice_prefix:str is_active:bool
    is_call_outreach_manually_paused:bool is_company:bool is_email_disabled:bool
    is_email_outreach_manually_paused:bool is_phone_disabled:bool is_primary_email:bool is_primary_phone:bool
    last_outreach_at:dt last_outreach_channel:=email last_outreach_to:str last_synced_at:dt legal_name:str
    linked_integration:LinkedIntegration modified_at:dt name:str object:str on_behalf_of:str on_behalf_of_phone:str
    organization_id:str parent_id:str phone:str remote_created_at:dt remote_id:str remote_metadata:any
    remote_modified_at:dt remote_parent_id:str remote_payment_portal_url:str shipping_address:Address
    status_metadata:any sync_status:=partial tags:PartnerTag[] tax_number:str timezone:=Africa/Abidjan
APPortal: object:str partner_id:str id:str account:APPortalAccount account_id:str account_key:str created_at:dt
    customer_identifier:str customer_name:str invoice_submission_guidelines:str is_enabled:bool
    is_invoice_submission_enabled:bool is_report_download_enabled:bool modified_at:dt name:str provider:=coupa
    report_email:str report_frequency:=daily
APPortalAccount: object:str organization_id:str provider:=coupa id:str available_operations:any created_at:dt
    modified_at:dt
Contact: email:str object:str partner_id:str id:str address:Address address_id:num addresses:ContactAddress[]
    created_at:dt custom_fields:any external_role:=billing_contact family_name:str given_name:str
    internal_role:=account_manager is_email_disabled:bool is_phone_disabled:bool is_primary:bool
    is_primary_email:bool is_primary_phone:bool job_title:str modified_at:dt name:str phone:str remote_created_at:dt
    remote_id:str remote_metadata:any remote_modified_at:dt status_metadata:any
ContactAddress: object:str id:str city:str coordinates:map country:str created_at:dt description:str is_primary:bool
    line1:str line2:str modified_at:dt name:str postal_code:str state:str type:str
PartnerTag: object:str partner_id:str tag_id:str created_at:dt is_manual:bool modified_at:dt tag:Tag
Tag: name:str object:str id:str color:str created_at:dt modified_at:dt rule_condition:map
InvoicePayment: amount:num invoice_id:str object:str payment_id:str strategy:=automatic id:str
    agent_confidence_reason:str agent_confidence_score:num agent_error_code:str agent_uncertainties:str[]
    approved:bool approved_at:dt approver_id:str created_at:dt modified_at:dt payment:Payment remote_id:str
Payment: id:str agent_confidence_reason:str agent_confidence_score:num agent_error_code:str
    agent_uncertainties:str[] amount:num amount_refunded:num bank_transaction_id:str billing_email:str created_at:dt
    currency:=ADP currency_rate:num custom_fields:any description:str expected_at:dt finix_transfer_id:str
    initiated_at:dt last_exported_at:dt last_synced_at:dt linked_integration_id:str modified_at:dt object:str
    partner_id:str payment_method:=ach receipt_url:str reference_number:str remittance_id:str remote_created_at:dt
    remote_id:str remote_metadata:any remote_modified_at:dt statement_descriptor:str status:=pending_match
    stripe_session_id:str sync_status:=partial timestamp:dt transaction_match_approved_at:dt
    transaction_match_approver_id:str
OutreachWorkflow: id:str active_days:num[] created_at:dt email_sender_id:str is_active:bool
    is_call_on_weekend_enabled:bool modified_at:dt name:str object:str outreach_window_end:str
    outreach_window_start:str pending_run_strategy:=send_all test_email:str test_phone_number:str
    timezone:=Africa/Abidjan
"""

V2_TEXT: Final = """
Call: created_at:dt modified_at:dt id:str approver:User classifications:Classification[] disconnection_reason:str
    from_number:str in_voicemail:bool invoices:Invoice[] call_reason:str start_time:dt end_time:dt partner:Partner
    provider:str tasks:Task[] to_number:str workflow:Workflow workflow_run:WorkflowRun object:str
    display_tasks:Task[] direction:=inbound sentiment:=positive status:=completed
User: created_at:dt modified_at:dt id:str email:str name:str given_name:str family_name:str profile_picture:str
    object:str
Classification: created_at:dt modified_at:dt id:str object:str classification:=dispute
Invoice: created_at:dt modified_at:dt id:str number:str amount_due:money amount_paid:money amount_remaining:money
    pending_amount_remaining:money total_amount:money due_date:dt issued_at:dt paid_at:dt purchase_order_number:str
    order_number:str partner:Partner object:str
Partner: created_at:dt modified_at:dt id:str account_number:str assignee_id:str business_unit_id:str email:str
    name:str legal_name:str phone:str parent_id:str remote_id:str object:str
Task: created_at:dt modified_at:dt id:str label:str description:str assignee_id:str object:str
Workflow: created_at:dt modified_at:dt id:str name:str is_active:bool object:str
WorkflowRun: created_at:dt modified_at:dt id:str scheduled_for:dt object:str
"""

ONLY_INSIDE_INVOICE: Final = ("is_call_outreach_manually_paused", "is_email_outreach_manually_paused")
"""The two keys that a v1 partner has inside an invoice and not at a call."""

Table = dict[str, dict[str, str]]


def _table(text: str) -> Table:
    found: Table = {}
    keys: dict[str, str] = {}
    for word in text.split():
        if word.endswith(":"):
            keys = found.setdefault(word[:-1], {})
        else:
            name, kind = word.split(":", 1)
            keys[name] = kind
    return found


V1: Final = _table(V1_TEXT)
V2: Final = _table(V2_TEXT)

_PREFIXES: Final = {
    "Call": "call",
    "Partner": "ptn",
    "Invoice": "inv",
    "OutreachWorkflow": "otwfl",
    "Workflow": "otwfl",
    "WorkflowRun": "wfr",
}
_ODD: Final = (
    "",
    ' "quoted" \\ back',
    " \u00e9 \u6f22\u5b57 \U0001f600",
    "\nline\ttab",
    " \u0001\u007f\u2028",
    " </script>",
)
_START: Final = datetime(2026, 3, 1, 9, tzinfo=UTC)
_ZONES: Final = (UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=5, minutes=30)))

encode = msgspec.json.Encoder(decimal_format="number").encode


class Filling:
    """Fills objects with values that are all different; the same seed gives the same ones.

    With ``unknown`` every documented object also gets keys that nobody documents.
    """

    def __init__(self, table: Table, seed: int, *, unknown: bool = False) -> None:
        self._table = table
        self._numbers = count(seed * 100_000 + 1)
        self._unknown = unknown

    def object(self, name: str) -> dict[str, Any]:
        """One object of a table with every key filled, arrays with two entries."""
        filled: dict[str, Any] = {}
        for key, kind in self._table[name].items():
            if self._unknown and next(self._numbers) % 3 == 0:
                filled[f"x_{next(self._numbers)}"] = {"deep": [None, {"er": Decimal("0.10")}]}
            filled[key] = self._value(name, key, kind)
        if self._unknown:
            filled["zz_unknown"] = f"unknown {next(self._numbers)}"
        return filled

    def _value(self, name: str, key: str, kind: str) -> Any:
        if kind.endswith("[]"):
            return [self._value(name, key, kind[:-2]) for _ in range(2)]
        number = next(self._numbers)
        if kind.startswith("="):
            return kind[1:]
        if kind in self._table:
            return self.object(kind)
        if key == "id" and name in _PREFIXES:
            return typed_id(_PREFIXES[name], uuid7(_START + timedelta(milliseconds=number), number))
        return _plain(key, kind, number)


def _plain(key: str, kind: str, number: int) -> Any:
    return _KINDS[kind](key, number)


def _number(key: str, number: int) -> int | Decimal:
    if key.endswith("_id") or number % 5 == 0:
        return number
    return Decimal(f"{-number if number % 7 == 0 else number}.{number % 1000:03d}0")


_ANYTHING: Final[tuple[Callable[[int], Any], ...]] = (
    lambda number: {"z": [number, Decimal("1077.330"), {"a": None}], "a": {}, "text": "\u00fcber"},
    lambda number: [number, [], {}, "text", True, None],
    lambda number: f"anything {number}",
    lambda number: Decimal(f"{number}.50"),
    lambda number: number % 2 == 0,
)


_KINDS: Final[dict[str, Callable[[str, int], Any]]] = {
    "str": lambda key, number: f"{key} {number}{_ODD[number % len(_ODD)]}",
    "num": _number,
    "money": lambda _, number: f"{number}.{number % 1000:03d}0",
    "bool": lambda _, number: number % 2 == 0,
    "day": lambda _, number: f"2026-05-{number % 28 + 1:02d}",
    "dt": lambda _, number: instant_text(_START + timedelta(seconds=number, microseconds=number % 3 * 120_340), number),
    "map": lambda _, number: {f"z {number}": number, "a": {"b": [], "c": None}},
    "any": lambda _, number: _ANYTHING[number % len(_ANYTHING)](number),
}


def instant_text(moment: datetime, number: int = 0) -> str:
    """An instant as one of the spellings that an API may use."""
    local = moment.astimezone(_ZONES[number % len(_ZONES)])
    return local.isoformat().replace("+00:00", "Z")


def uuid7(moment: datetime, number: int) -> UUID:
    """A UUIDv7 of a moment; of two of one millisecond the one with the larger number is the larger."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | number)


def full_v1_call(seed: int = 1, *, unknown: bool = False) -> dict[str, Any]:
    """A v1 call with every key of every object filled. Its partner is that of its first invoice, too."""
    call = Filling(V1, seed, unknown=unknown).object("Call")
    inside = call["invoices"][0]["partner"]
    call["partner"] = {key: value for key, value in inside.items() if key not in ONLY_INSIDE_INVOICE}
    call["partner_id"], call["approver_id"] = inside["id"], call["approver"]["id"]
    return call


def full_v2_call(seed: int = 1, *, unknown: bool = False) -> dict[str, Any]:
    """A v2 call with every key of every object filled, the inferred ones too."""
    call = Filling(V2, seed, unknown=unknown).object("Call")
    call["partner"] = call["invoices"][0]["partner"]
    return call


def documented(table: Table, name: str, given: dict[str, Any], *, inside_invoice: bool = False) -> dict[str, Any]:
    """What the surface shows of an object: the documented keys, in their order; the others are only kept."""
    shown: dict[str, Any] = {}
    for key, kind in table[name].items():
        if name == "Partner" and key in ONLY_INSIDE_INVOICE and not inside_invoice:
            continue
        value, bare = given.get(key), kind.removesuffix("[]")
        inside = name == "Invoice"
        if bare in table and isinstance(value, dict):
            shown[key] = documented(table, bare, value, inside_invoice=inside)
        elif bare in table and isinstance(value, list):
            shown[key] = [documented(table, bare, entry, inside_invoice=inside) for entry in value]
        else:
            shown[key] = [] if value is None and key not in given and kind.endswith("[]") and bare in table else value
    return shown
