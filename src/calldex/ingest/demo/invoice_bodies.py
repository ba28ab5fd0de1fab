"""The bodies of an invoice: 59 keys with everything below it in v1, 16 keys in v2."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from calldex.ingest.demo.chance import between, hexes, typed_id
from calldex.ingest.demo.company import HOST, NAME, Company
from calldex.ingest.demo.email_bodies import email_body
from calldex.ingest.demo.invoices import Invoice, Line, Payment, open_amount, paid_amount
from calldex.ingest.demo.texts import names
from calldex.ingest.demo.words import confidence, plain, raw


def dress_invoice(rng: Random, company: Company, invoice: Invoice, now: datetime) -> None:
    """Gives the invoice its bodies, as they stand at `now`."""
    partner = invoice.partner
    first = partner.people[0]
    paid, left = paid_amount(invoice), open_amount(invoice)
    paid_at = invoice.payments[-1].at if not left else None
    mailed = invoice.due + timedelta(days=3, hours=1)
    emails = (
        [email_body(rng, company, invoice, mailed)]
        if mailed < min(now, invoice.modified) and rng.random() < 0.35
        else []
    )
    month = invoice.issued.replace(day=1, hour=5, minute=0, second=0)
    next_month = (month + timedelta(days=32)).replace(day=1)
    slug = invoice.number.lower()
    body = {
        "amount_due": plain(left),
        "currency": partner.currency,
        "object": "invoice",
        "remote_id": f"INV-{invoice.number[3:]}",
        "total_amount": plain(invoice.total),
        "id": invoice.id,
        "amount_paid": plain(paid),
        "assignee": partner.assignee.v1,
        "billing_address": partner.addresses[0],
        "billing_address_id": partner.address_ids[0],
        "billing_email": f"ap@{partner.host}",
        "calls": [],
        "created_at": invoice.issued,
        "custom_fields": {"cost_center": f"K-{between(rng, 1, 9)}"},
        "due_date": invoice.due,
        "emails": emails,
        "in_dispute": invoice.disputed,
        "is_issued_email_sent": True,
        "issued_at": invoice.issued,
        "last_outreach_at": mailed if emails else None,
        "last_outreach_channel": "email" if emails else None,
        "last_outreach_to": first.email if emails else None,
        "last_synced_at": invoice.modified,
        "line_items": [_line_item(invoice, line, position) for position, line in enumerate(invoice.lines, start=1)],
        "linked_integration": (partner.integration[1] if partner.integration and rng.random() < 0.6 else None),
        "marked_uncollectible_at": None,
        "memo": f"Thank you for your order {invoice.order}.",
        "modified_at": invoice.modified,
        "number": invoice.number,
        "order_number": invoice.order,
        "paid_at": paid_at,
        "partner": partner.in_invoice,
        "partner_id": partner.id,
        "payments": [_payment(rng, company, invoice, part) for part in invoice.payments],
        "pdf": {"name": f"{invoice.number}.pdf", "mime_type": "application/pdf"},
        "pdf_id": typed_id(rng, "file", invoice.issued),
        "period_end_date": next_month,
        "period_start_date": month,
        "private_note": None,
        "promised_to_pay_date": invoice.promised.date() if invoice.promised else None,
        "purchase_order_number": invoice.purchase_order,
        "remote_created_at": invoice.issued,
        "remote_invoice_pdf": None,
        "remote_metadata": {"sync_token": str(between(rng, 1, 9))},
        "remote_modified_at": invoice.modified,
        "remote_partner_id": f"CUST-{partner.account_number}",
        "remote_payment_portal_url": f"https://pay.{HOST}/i/{slug}",
        "remote_payment_status": "processing" if paid and left else None,
        "remote_status": "Open" if left else "Paid",
        "requires_line_item_sync": False,
        "shipping_address": partner.addresses[1],
        "shipping_address_id": partner.address_ids[1],
        "status": _status(invoice, now),
        "subtotal": plain(invoice.subtotal),
        "sync_status": "partial",
        "total_discount": plain(invoice.discount),
        "total_tax": plain(invoice.tax),
        "type": "payable",
        "voided_at": None,
    }
    invoice.v1 = raw(body)
    short = {
        "created_at": invoice.issued,
        "modified_at": invoice.modified,
        "id": invoice.id,
        "number": invoice.number,
        "amount_due": f"{left:.2f}",
        "amount_paid": f"{paid:.2f}",
        "amount_remaining": f"{left:.2f}",
        "pending_amount_remaining": f"{left:.2f}",
        "total_amount": f"{invoice.total:.2f}",
        "due_date": invoice.due,
        "issued_at": invoice.issued,
        "paid_at": paid_at,
        "purchase_order_number": invoice.purchase_order,
        "order_number": invoice.order,
        "partner": partner.short,
        "object": "invoice",
    }
    invoice.v2 = raw(short)


def _status(invoice: Invoice, now: datetime) -> str:
    if not open_amount(invoice):
        return "paid"
    if invoice.payments:
        return "partially_paid"
    return "overdue" if invoice.due < now else "open"


def _line_item(invoice: Invoice, line: Line, position: int) -> dict[str, Any]:
    name = names().items[line.item][0]
    return {
        "invoice_id": invoice.id,
        "object": "line_item",
        "remote_id": str(position),
        "created_at": invoice.issued,
        "currency": invoice.partner.currency,
        "custom_fields": None,
        "description": name.capitalize(),
        "line_number": position,
        "modified_at": invoice.issued,
        "name": name,
        "period_end_date": None,
        "period_start_date": None,
        "product_type": "goods",
        "quantity": line.quantity,
        "remote_created_at": invoice.issued,
        "remote_metadata": {"item_ref": f"SKU-{4400 + line.item}"},
        "remote_modified_at": None,
        "total_amount": plain(line.total),
        "total_discount": plain(line.discount),
        "total_tax": plain(line.tax),
        "unit_amount": plain(line.unit),
    }


def _payment(rng: Random, company: Company, invoice: Invoice, part: Payment) -> dict[str, Any]:
    partner, at = invoice.partner, part.at
    payment_id = typed_id(rng, "pay", at)
    reference = f"ACH-{between(rng, 100000, 999999)}"
    remote_id = f"PMT-{hexes(rng, 6).upper()}"
    payment: dict[str, Any] = {
        "id": payment_id,
        "agent_confidence_reason": "Amount and reference agree with one open invoice.",
        "agent_confidence_score": confidence(rng),
        "agent_error_code": None,
        "agent_uncertainties": [],
        "amount": plain(part.amount),
        "amount_refunded": 0,
        "bank_transaction_id": typed_id(rng, "btx", at),
        "billing_email": f"ap@{partner.host}",
        "created_at": at,
        "currency": partner.currency,
        "currency_rate": 1,
        "custom_fields": None,
        "description": f"Payment of {invoice.number}",
        "expected_at": at,
        "finix_transfer_id": None,
        "initiated_at": at,
        "last_exported_at": None,
        "last_synced_at": at,
        "linked_integration_id": partner.integration[0] if partner.integration else None,
        "modified_at": at,
        "object": "payment",
        "partner_id": partner.id,
        "payment_method": "ach",
        "receipt_url": f"https://pay.{HOST}/r/{reference.lower()}",
        "reference_number": reference,
        "remittance_id": None,
        "remote_created_at": at,
        "remote_id": remote_id,
        "remote_metadata": None,
        "remote_modified_at": None,
        "statement_descriptor": NAME.upper(),
        "status": "pending_match",
        "stripe_session_id": None,
        "sync_status": "partial",
        "timestamp": at,
        "transaction_match_approved_at": at,
        "transaction_match_approver_id": partner.assignee.id,
    }
    return {
        "amount": plain(part.amount),
        "invoice_id": invoice.id,
        "object": "invoice_payment",
        "payment_id": payment_id,
        "strategy": "automatic",
        "id": typed_id(rng, "alc", at),
        "agent_confidence_reason": "The remittance names this invoice.",
        "agent_confidence_score": confidence(rng),
        "agent_error_code": None,
        "agent_uncertainties": [],
        "approved": True,
        "approved_at": at,
        "approver_id": company.users[0].id,
        "created_at": at,
        "modified_at": at,
        "payment": payment,
        "remote_id": f"APPL-{remote_id[4:]}",
    }
