"""The closed sets of words that clients may use."""

from __future__ import annotations

from typing import Final, Literal

SCOPE_READ: Final = "read"
SCOPE_WRITE: Final = "write"
SCOPE_APPROVE: Final = "approve"

Direction = Literal["inbound", "outbound"]
Kind = Literal["session", "direct"]
Sentiment = Literal["positive", "negative", "neutral", "unknown"]
Status = Literal[
    "pending_approval",
    "queued",
    "registered",
    "initiated",
    "ringing",
    "canceled",
    "in_progress",
    "completed",
    "busy",
    "no_answer",
    "failed",
]
Classification = Literal[
    "payment_inquiry",
    "payment_promise",
    "account_inquiry",
    "invoice_inquiry",
    "refund_request",
    "cancellation_request",
    "support_request",
    "complaint",
    "feedback",
    "wrong_contact",
    "message_forwarding_request",
    "cc_inclusion_request",
    "not_available",
    "contact_inquiry",
    "dispute",
    "resolution",
    "delivery_failure",
    "payment_processing_request",
    "other",
]
