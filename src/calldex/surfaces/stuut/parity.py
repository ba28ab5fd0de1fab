"""How we know each operation, parameter and field of Stuut: pure data, from which PARITY.md is made.

``seed``: printed on the operation's own page. ``documented``: printed on another public page. ``inferred``:
concluded, for the reason given. Names stand in the order of the source. Pages are those of docs.api.stuut.co.
"""

from __future__ import annotations

from typing import Final

SEEDS: Final = {
    "List Calls (v1)": "docs.api.stuut.co, API reference, page List Calls",
    "Retrieve A Call (v1)": "docs.api.stuut.co, API reference, page Retrieve A Call",
    "Get Calls (v2)": "docs.api.stuut.co, API reference, page Get Calls",
}

OPERATIONS: Final = {
    "GET /v1/calls": ("seed", "List Calls (v1)"),
    "GET /v1/calls/{call_id}": ("seed", "Retrieve A Call (v1)"),
    "GET /v2/calls": ("seed", "Get Calls (v2)"),
    "GET /v2/calls/{call_id}": (
        "inferred",
        "no page exists; the list's schema is named CallList, which hints at one; answers with a row of the list",
    ),
    "GET /v1/partners": ("documented", "partners/list-partners"),
    "GET /v1/partners/{id}/contacts/{id}": ("documented", "partner-contacts/retrieve-a-contact"),
    "GET /v1/invoices": ("documented", "invoices/list-invoices"),
    "POST /v1/invoices/{id}/sync": ("documented", "invoices/sync-an-invoice"),
    "GET /v1/tasks": ("documented", "tasks/list-tasks"),
    "POST /v1/tasks/{id}/set-assignee": ("documented", "tasks/set-task-assignee"),
    "GET /v1/users": ("documented", "users/list-users"),
    "GET /v1/organizations": ("documented", "organizations/list-all-organizations"),
    "GET /v1/payments/{id}": ("documented", "payments/retrieve-a-payment"),
    "POST /v1/call-agents": ("documented", "call-agents/create-call-agent"),
    "PATCH /v2/call-agent": ("documented", "call-agent/update-call-agent"),
    "GET /v1/outreach-workflows/{id}/stages": ("documented", "outreach-workflows"),
    "POST /v2/business-units": ("documented", "business-units/create-a-business-unit"),
}
"""Every operation known, those about calls first; which of them are served, the OpenAPI document says."""

PARAMETERS: Final[dict[str, dict[str, str]]] = {
    "GET /v1/calls": {"seed": "page limit classification direction invoice partner sentiment workflow"},
    "GET /v1/calls/{call_id}": {"seed": "call_id"},
    "GET /v2/calls": {
        "seed": (
            "page limit business_unit_id__in sentiment classification direction partner_id invoice_id workflow_id "
            "before after"
        )
    },
    "GET /v2/calls/{call_id}": {"inferred": "call_id"},
}

FIELDS: Final[dict[str, dict[str, str]]] = {
    "v1Page": {"seed": "data current_page total_records next_page"},
    "v2Page": {"seed": "data current_page total_records next_page"},
    "v1Call": {
        "seed": (
            "direction object to_number id agent_id approver approver_id call_agent_id call_reason classifications "
            "created_at custom_classifications disconnection_reason end_time from_number in_voicemail invoices "
            "is_automated modified_at partner partner_id recording_url retell_id sentiment start_time status summary "
            "transcript transcript_str transferred_to workflow"
        )
    },
    "v1OutreachWorkflow": {
        "seed": (
            "id active_days created_at email_sender_id is_active is_call_on_weekend_enabled modified_at name object "
            "outreach_window_end outreach_window_start pending_run_strategy test_email test_phone_number timezone"
        )
    },
    "v1Invoice": {
        "seed": (
            "amount_due currency object remote_id total_amount id amount_paid assignee billing_address "
            "billing_address_id billing_email calls created_at custom_fields due_date emails in_dispute "
            "is_issued_email_sent issued_at last_outreach_at last_outreach_channel last_outreach_to last_synced_at "
            "line_items linked_integration marked_uncollectible_at memo modified_at number order_number paid_at "
            "partner partner_id payments pdf pdf_id period_end_date period_start_date private_note "
            "promised_to_pay_date purchase_order_number remote_created_at remote_invoice_pdf remote_metadata "
            "remote_modified_at remote_partner_id remote_payment_portal_url remote_payment_status remote_status "
            "requires_line_item_sync shipping_address shipping_address_id status subtotal sync_status total_discount "
            "total_tax type voided_at"
        )
    },
    "v1InvoicePayment": {
        "seed": (
            "amount invoice_id object payment_id strategy id agent_confidence_reason agent_confidence_score "
            "agent_error_code agent_uncertainties approved approved_at approver_id created_at modified_at payment "
            "remote_id"
        )
    },
    "v1Payment": {
        "seed": (
            "id agent_confidence_reason agent_confidence_score agent_error_code agent_uncertainties amount "
            "amount_refunded bank_transaction_id billing_email created_at currency currency_rate custom_fields "
            "description expected_at finix_transfer_id initiated_at last_exported_at last_synced_at "
            "linked_integration_id modified_at object partner_id payment_method receipt_url reference_number "
            "remittance_id remote_created_at remote_id remote_metadata remote_modified_at statement_descriptor status "
            "stripe_session_id sync_status timestamp transaction_match_approved_at transaction_match_approver_id"
        )
    },
    "v1Partner": {
        "seed": (
            "id account_number ap_portals assignee assignee_id billing_address billing_address_id contacts created_at "
            "currency custom_fields description email family_name finix_identity_id given_name invoice_prefix "
            "is_active is_call_outreach_manually_paused is_company is_email_disabled is_email_outreach_manually_paused "
            "is_phone_disabled is_primary_email is_primary_phone last_outreach_at last_outreach_channel "
            "last_outreach_to last_synced_at legal_name linked_integration modified_at name object on_behalf_of "
            "on_behalf_of_phone organization_id parent_id phone remote_created_at remote_id remote_metadata "
            "remote_modified_at remote_parent_id remote_payment_portal_url shipping_address status_metadata "
            "sync_status tags tax_number timezone"
        )
    },
    "v1PartnerTag": {"seed": "object partner_id tag_id created_at is_manual modified_at tag"},
    "v1Tag": {"seed": "name object id color created_at modified_at rule_condition"},
    "v1Contact": {
        "seed": (
            "email object partner_id id address address_id addresses created_at custom_fields external_role "
            "family_name given_name internal_role is_email_disabled is_phone_disabled is_primary is_primary_email "
            "is_primary_phone job_title modified_at name phone remote_created_at remote_id remote_metadata "
            "remote_modified_at status_metadata"
        )
    },
    "v1ContactAddress": {
        "seed": (
            "object id city coordinates country created_at description is_primary line1 line2 modified_at name "
            "postal_code state type"
        )
    },
    "v1APPortal": {
        "seed": (
            "object partner_id id account account_id account_key created_at customer_identifier customer_name "
            "invoice_submission_guidelines is_enabled is_invoice_submission_enabled is_report_download_enabled "
            "modified_at name provider report_email report_frequency"
        )
    },
    "v1APPortalAccount": {"seed": "object organization_id provider id available_operations created_at modified_at"},
    "v1LinkedIntegration": {
        "seed": (
            "integration_name is_configured object settings id api_subdomain api_url connection_info created_at "
            "credentials_expire_at health identity_info integration is_running_setup is_sync_disabled "
            "is_webhooks_enabled models modified_at name owner_id requires_setup username webhook_listener_url "
            "webhook_setup_error"
        )
    },
    "v1IntegrationModel": {
        "seed": (
            "integration_schema_id linked_integration_id name object id created_at exclude_rule field_mappings health "
            "is_read_enabled is_webhooks_setup is_write_enabled last_sync last_sync_id modified_at next_sync_at "
            "sync_requested"
        )
    },
    "v1LastSync": {
        "seed": (
            "linked_model_id object run_id id created_at entity_id is_initial_sync is_one_off modified_at pagination "
            "run timerange_end timerange_start"
        )
    },
    "v1Run": {
        "seed": (
            "object id completed_at created_at data event_id modified_at output remote_id stacktrace started_at status"
        )
    },
    "v1Integration": {
        "seed": (
            "display_name name object api_base_url api_documentation_url api_requires_subdomain auth_type categories "
            "color connection_guide_url connection_instructions connection_steps created_at description is_enabled "
            "logo logo_square modified_at settings short_description"
        )
    },
    "v1IntegrationSetting": {
        "seed": (
            "key type choices description format group guide_url is_editable is_required is_select label post_auth "
            "requires_load"
        )
    },
    "v1IntegrationStep": {"seed": "type title description endpoint fields post_auth"},
    "v1Health": {"seed": "status details message reason"},
    "v1LineItem": {
        "seed": (
            "invoice_id object remote_id created_at currency custom_fields description line_number modified_at name "
            "period_end_date period_start_date product_type quantity remote_created_at remote_metadata "
            "remote_modified_at total_amount total_discount total_tax unit_amount"
        )
    },
    "v1Email": {
        "seed": (
            "object thread_id id attachments author author_id bcc body bounced_addresses bulk_email_request_id cc "
            "created_at custom_headers direction email_reason email_sender email_sender_id error_message from_email "
            "generated_body is_automated is_generated is_originated_in_stuut is_unread modified_at parent_email_id "
            "participants remote_id remote_links reply_to send_separately sent_at sent_by_id snippet status subject to"
        )
    },
    "v1RemoteLink": {"seed": ("email_id email_sender_id object remote_id remote_thread_id created_at modified_at")},
    "v1EmailSender": {
        "seed": (
            "email object reply_to user_id id created_at expired_at is_nylas_connection is_nylas_grant_expired "
            "is_shared modified_at name provider reply_to_name signature_html"
        )
    },
    "v1Attachment": {
        "seed": (
            "file_type mime_type name object organization_id id content_id created_at disposition is_verified "
            "modified_at presigned_url presigned_url_expires_at purpose remote_id size src user_id"
        )
    },
    "v1Address": {
        "seed": (
            "object city coordinates country created_at description line1 line2 modified_at name phone postal_code "
            "remote_id state type"
        )
    },
    "v1Classification": {
        "seed": (
            "agent_reply_reason classification is_action_required is_reply_required object reason "
            "action_recommendation agent_confidence_reason agent_confidence_score agent_error_code agent_uncertainties "
            "created_at language modified_at tasks"
        )
    },
    "v1Task": {
        "seed": (
            "label object organization_id type id action_taken assignee assignee_id close_reason completed_action "
            "created_at data description error_reason modified_at status trigger_event trigger_event_id"
        )
    },
    "v1TriggerEvent": {
        "seed": ("name object id actor_id created_at data entity entity_id message modified_at timestamp")
    },
    "v1TaskData": {"seed": "object source task_id type id created_at data modified_at"},
    "v1User": {
        "seed": (
            "email family_name given_name object organization_id id created_at dashboard_settings "
            "default_email_sender_id invited_by_user_id is_access_approved is_org_admin modified_at name "
            "onboarding_required profile_picture selected"
        )
    },
    "v1DashboardSettings": {"seed": "thread_emails_sort_order"},
    "v2Call": {
        "seed": (
            "created_at modified_at id approver classifications disconnection_reason from_number in_voicemail invoices "
            "call_reason start_time end_time partner provider tasks to_number workflow workflow_run object "
            "display_tasks"
        ),
        "inferred": "direction sentiment status",
    },
    "v2WorkflowRun": {"seed": "created_at modified_at id scheduled_for object"},
    "v2Workflow": {"seed": "created_at modified_at id name is_active object"},
    "v2Task": {"seed": "created_at modified_at id label description assignee_id object"},
    "v2Invoice": {
        "seed": (
            "created_at modified_at id number amount_due amount_paid amount_remaining pending_amount_remaining "
            "total_amount due_date issued_at paid_at purchase_order_number order_number partner object"
        )
    },
    "v2Partner": {
        "seed": (
            "created_at modified_at id account_number assignee_id business_unit_id email name legal_name phone "
            "parent_id remote_id object"
        )
    },
    "v2Classification": {"seed": "created_at modified_at id object", "inferred": "classification"},
    "v2User": {"seed": ("created_at modified_at id email name given_name family_name profile_picture object")},
}
"""Every key of every object, by the name of its schema; nested objects have schemas of their own."""

NOTES: Final = {
    "v2Call.direction": "can be filtered by and is not printed: this generation of pages leaves enums out of examples",
    "v2Call.sentiment": "as direction",
    "v2Call.status": "as direction; v1 has it",
    "v2Classification.classification": "as direction",
    "v1Partner.is_call_outreach_manually_paused": "only inside an invoice",
    "v1Partner.is_email_outreach_manually_paused": "only inside an invoice",
    "v1Invoice.calls": "what the source gave, else empty; calls are never nested again",
    "v1Call.object": "the word itself is never shown; inferred for records of our own",
}

BEHAVIOUR: Final = (
    ("`Authorization: Bearer KEY` on every operation", "seed", ""),
    ("a key belongs to one organization", "documented", "users/list-users"),
    ("the form of a key", "inferred", "not published; `sk_live_...` and `sk_test_...` here"),
    ('422 `{"detail": [{"loc", "msg", "type"}]}`, else `{"detail": "..."}`', "inferred", "v2's wording fits FastAPI"),
    ("newest first: start time, else creation time, then id", "inferred", "no order is published"),
    ("`next_page` is `page + 1`, null on the last page", "inferred", "the page says: if one exists"),
    (
        "v2 `after` <= t < `before`, on start time, else creation time",
        "inferred",
        "the page names the clock, not the ends",
    ),
    ("arrays as `a=1&a=2` and as `a[]=1&a[]=2`", "inferred", "no page says how arrays are sent"),
    ("money is a number in v1 and text in v2", "seed", ""),
    ("`total_records` is always an exact number", "inferred", "v2 allows null"),
    (
        "call ids: `call_` and 26 characters for calls of other sources",
        "inferred",
        "the page gives at most 32 characters",
    ),
    ("enums shown by example only take and give any text", "seed", "task types, currencies, time zones and so on"),
)
"""What holds beside operations and fields: what, how we know it, and from where or why."""
