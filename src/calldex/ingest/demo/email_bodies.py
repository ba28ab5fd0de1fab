"""The body of a reminder e-mail, with its attachment, sender and link to the mail provider."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from calldex.ingest.demo.chance import between, hexes, typed_id
from calldex.ingest.demo.company import HOST, Company
from calldex.ingest.demo.invoices import Invoice, open_amount


def email_body(rng: Random, company: Company, invoice: Invoice, sent: datetime) -> dict[str, Any]:
    """The reminder that went out at that moment, 37 keys."""
    person = invoice.partner.people[0]
    author = invoice.partner.assignee
    email_id = typed_id(rng, "eml", sent)
    sender = f"receivables@{HOST}"
    done = sent + timedelta(seconds=12)
    text = (
        f"<p>Dear {person.first},</p><p>Invoice {invoice.number} is past due; "
        f"{open_amount(invoice, sent):,.2f} {invoice.partner.currency} remain open.</p>"
    )
    return {
        "object": "email",
        "thread_id": typed_id(rng, "thrd", sent),
        "id": email_id,
        "attachments": [_attachment(rng, company, invoice, sent)] if rng.random() < 0.6 else [],
        "author": author.v1,
        "author_id": author.id,
        "bcc": [],
        "body": text,
        "bounced_addresses": [],
        "bulk_email_request_id": None,
        "cc": [],
        "created_at": sent,
        "custom_headers": {"X-Campaign": "first-reminder"},
        "direction": "outbound",
        "email_reason": "first_reminder",
        "email_sender": company.sender,
        "email_sender_id": company.sender_id,
        "error_message": None,
        "from_email": sender,
        "generated_body": None,
        "is_automated": True,
        "is_generated": True,
        "is_originated_in_stuut": True,
        "is_unread": False,
        "modified_at": done,
        "parent_email_id": None,
        "participants": [sender, person.email],
        "remote_id": f"MSG-{hexes(rng, 8)}",
        "remote_links": [
            {
                "email_id": email_id,
                "email_sender_id": company.sender_id,
                "object": "email_remote_link",
                "remote_id": f"MSG-{hexes(rng, 8)}",
                "remote_thread_id": f"THR-{hexes(rng, 8)}",
                "created_at": done,
                "modified_at": done,
            }
        ],
        "reply_to": [sender],
        "send_separately": False,
        "sent_at": done,
        "sent_by_id": author.id,
        "snippet": f"Dear {person.first}, invoice {invoice.number} is past due",
        "status": "sent",
        "subject": f"Reminder: invoice {invoice.number}",
        "to": [person.email],
    }


def _attachment(rng: Random, company: Company, invoice: Invoice, sent: datetime) -> dict[str, Any]:
    file_name = f"{invoice.number.lower()}.pdf"
    return {
        "file_type": "document",
        "mime_type": "application/pdf",
        "name": f"{invoice.number}.pdf",
        "object": "file",
        "organization_id": company.organization_id,
        "id": typed_id(rng, "file", sent),
        "content_id": f"{invoice.number.lower()}@{HOST}",
        "created_at": sent,
        "disposition": "attachment",
        "is_verified": True,
        "modified_at": sent,
        "presigned_url": f"https://files.{HOST}/f/{file_name}?signature={hexes(rng, 8)}",
        "presigned_url_expires_at": sent + timedelta(days=7),
        "purpose": "email",
        "remote_id": f"ATT-{hexes(rng, 6)}",
        "size": between(rng, 90_000, 260_000),
        "src": f"https://files.{HOST}/f/{file_name}",
        "user_id": invoice.partner.assignee.id,
    }
