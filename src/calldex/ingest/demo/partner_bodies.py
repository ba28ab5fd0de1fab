"""The bodies of a partner: 49 keys at a call, 51 in an invoice, 13 in the second version."""

from datetime import datetime
from random import Random
from typing import Any

import msgspec

from calldex.ingest.demo.chance import between, pick, typed_id
from calldex.ingest.demo.company import DESK_NUMBERS, HOST, NAME, Company
from calldex.ingest.demo.partners import Partner, Person
from calldex.ingest.demo.words import raw

# Partner bodies inside an invoice have these two keys, the ones at the call do not.
_PAUSE_FLAGS = ("is_call_outreach_manually_paused", "is_email_outreach_manually_paused")


def dress_partner(
    rng: Random, company: Company, partner: Partner, modified: datetime, outreach: datetime | None
) -> None:
    """Gives the partner its bodies, as they stand after its last call."""
    first = partner.people[0]
    remote_id = f"CUST-{partner.account_number}"
    tags = [pick(rng, company.tags)] if rng.random() < 0.5 else []
    body: dict[str, Any] = {
        "id": partner.id,
        "account_number": partner.account_number,
        "ap_portals": [_portal(rng, company, partner)] if rng.random() < 0.2 else [],
        "assignee": partner.assignee.v1,
        "assignee_id": partner.assignee.id,
        "billing_address": partner.addresses[0],
        "billing_address_id": partner.address_ids[0],
        "contacts": [_contact(partner, person, index) for index, person in enumerate(partner.people)],
        "created_at": partner.created,
        "currency": partner.currency,
        "custom_fields": {"route": f"R{between(rng, 1, 24)}"},
        "description": None,
        "email": f"ap@{partner.host}",
        "family_name": None,
        "finix_identity_id": None,
        "given_name": None,
        "invoice_prefix": "LF",
        "is_active": True,
        "is_call_outreach_manually_paused": False,
        "is_company": True,
        "is_email_disabled": False,
        "is_email_outreach_manually_paused": rng.random() < 0.04,
        "is_phone_disabled": False,
        "is_primary_email": True,
        "is_primary_phone": True,
        "last_outreach_at": outreach,
        "last_outreach_channel": "email" if outreach else None,
        "last_outreach_to": first.email if outreach else None,
        "last_synced_at": modified,
        "legal_name": partner.name,
        "linked_integration": partner.integration[1] if partner.integration else None,
        "modified_at": modified,
        "name": partner.name,
        "object": "partner",
        "on_behalf_of": NAME,
        "on_behalf_of_phone": DESK_NUMBERS[partner.country],
        "organization_id": company.organization_id,
        "parent_id": None,
        "phone": first.phone,
        "remote_created_at": partner.created,
        "remote_id": remote_id,
        "remote_metadata": {"sync_token": str(between(rng, 1, 60))},
        "remote_modified_at": modified,
        "remote_parent_id": None,
        "remote_payment_portal_url": f"https://pay.{HOST}/p/{partner.account_number.lower()}",
        "shipping_address": partner.addresses[1],
        "status_metadata": None,
        "sync_status": "partial",
        "tags": [_partner_tag(partner, *tag) for tag in tags],
        "tax_number": f"{between(rng, 10, 98)}-0000{between(rng, 100, 999)}",
        "timezone": partner.zone,
    }
    partner.in_invoice = raw(body)
    for flag in _PAUSE_FLAGS:
        del body[flag]
    partner.at_call = raw(body)
    short = {
        "created_at": partner.created,
        "modified_at": modified,
        "id": partner.id,
        "account_number": partner.account_number,
        "assignee_id": partner.assignee.id,
        "business_unit_id": company.business_units[partner.country],
        "email": f"ap@{partner.host}",
        "name": partner.name,
        "legal_name": partner.name,
        "phone": first.phone,
        "parent_id": None,
        "remote_id": remote_id,
        "object": "partner",
    }
    partner.short = raw(short)


def _contact(partner: Partner, person: Person, index: int) -> dict[str, Any]:
    return {
        "email": person.email,
        "object": "contact",
        "partner_id": partner.id,
        "id": person.id,
        "address": partner.addresses[0] if index else None,
        "address_id": partner.address_ids[0] if index else None,
        "addresses": [] if index or not partner.address_uid else [_contact_address(partner)],
        "created_at": partner.created,
        "custom_fields": None,
        "external_role": None if index else "billing_contact",
        "family_name": person.last,
        "given_name": person.first,
        "internal_role": None,
        "is_email_disabled": False,
        "is_phone_disabled": False,
        "is_primary": index == 0,
        "is_primary_email": index == 0,
        "is_primary_phone": index == 0,
        "job_title": person.role,
        "modified_at": partner.created,
        "name": person.name,
        "phone": person.phone,
        "remote_created_at": partner.created,
        "remote_id": f"CONT-{partner.account_number}-{index + 1}",
        "remote_metadata": None,
        "remote_modified_at": None,
        "status_metadata": None,
    }


def _contact_address(partner: Partner) -> dict[str, Any]:
    return {
        "object": "contact_address",
        "id": partner.address_uid,
        "city": partner.city,
        "coordinates": {},
        "country": partner.country,
        "created_at": partner.created,
        "description": None,
        "is_primary": True,
        "line1": partner.street,
        "line2": None,
        "modified_at": partner.created,
        "name": partner.name,
        "postal_code": None,
        "state": None,
        "type": "office",
    }


def _portal(rng: Random, company: Company, partner: Partner) -> dict[str, Any]:
    account_id = typed_id(rng, "apac", partner.created)
    return {
        "object": "ap_portal",
        "partner_id": partner.id,
        "id": typed_id(rng, "appt", partner.created),
        "account": {
            "object": "ap_portal_account",
            "organization_id": company.organization_id,
            "provider": "coupa",
            "id": account_id,
            "available_operations": ["submit_invoice", "download_report"],
            "created_at": partner.created,
            "modified_at": partner.created,
        },
        "account_id": account_id,
        "account_key": f"ap@{HOST}",
        "created_at": partner.created,
        "customer_identifier": partner.account_number,
        "customer_name": partner.name,
        "invoice_submission_guidelines": "One invoice per purchase order.",
        "is_enabled": True,
        "is_invoice_submission_enabled": True,
        "is_report_download_enabled": True,
        "modified_at": partner.created,
        "name": f"{partner.name} supplier portal",
        "provider": "coupa",
        "report_email": f"receivables@{HOST}",
        "report_frequency": "daily",
    }


def _partner_tag(partner: Partner, tag_id: str, tag: msgspec.Raw) -> dict[str, Any]:
    return {
        "object": "partner_tag",
        "partner_id": partner.id,
        "tag_id": tag_id,
        "created_at": partner.created,
        "is_manual": True,
        "modified_at": partner.created,
        "tag": tag,
    }
