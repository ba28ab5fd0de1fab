"""The objects of Stuut v2, key for key in the order of its document (seed: the v2 page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.numbers import get_currency_precision

from calldex.surfaces.stuut.shapes import FLAG, INSTANT, TEXT, Field, Shape, amount, linked, many

_USUAL_DECIMALS = 2
_MOST_DIGITS = 60
"""An amount beyond this is nonsense and keeps its exponent: written out it could fill the memory."""


def _as_text(value: Any, body: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return value
    found = amount(value)
    if found is None:
        return value
    currency = body.get("currency")
    decimals = get_currency_precision(currency) if isinstance(currency, str) else _USUAL_DECIMALS
    if abs(found.adjusted()) > _MOST_DIGITS:
        return str(found)
    whole, _, fraction = f"{found:f}".partition(".")
    fraction = fraction.ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


MONEY = Field("amount in text", show=_as_text)

USER = Shape(
    "User",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "email": TEXT,
        "name": TEXT,
        "given_name": TEXT,
        "family_name": TEXT,
        "profile_picture": TEXT,
        "object": TEXT,
    },
)

CLASSIFICATION = Shape(
    "Classification",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "object": TEXT,
        # Inferred: filtered by, and never printed in the document.
        "classification": TEXT,
    },
)

PARTNER = Shape(
    "Partner",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "account_number": TEXT,
        "assignee_id": TEXT,
        "business_unit_id": TEXT,
        "email": TEXT,
        "name": TEXT,
        "legal_name": TEXT,
        "phone": TEXT,
        "parent_id": TEXT,
        "remote_id": TEXT,
        "object": TEXT,
    },
)

INVOICE = Shape(
    "Invoice",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "number": TEXT,
        "amount_due": MONEY,
        "amount_paid": MONEY,
        "amount_remaining": MONEY,
        "pending_amount_remaining": MONEY,
        "total_amount": MONEY,
        "due_date": INSTANT,
        "issued_at": INSTANT,
        "paid_at": INSTANT,
        "purchase_order_number": TEXT,
        "order_number": TEXT,
        "partner": linked("partner", PARTNER),
        "object": TEXT,
    },
)

TASK = Shape(
    "Task",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "label": TEXT,
        "description": TEXT,
        "assignee_id": TEXT,
        "object": TEXT,
    },
)

WORKFLOW = Shape(
    "Workflow",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "name": TEXT,
        "is_active": FLAG,
        "object": TEXT,
    },
)

WORKFLOW_RUN = Shape(
    "WorkflowRun",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "scheduled_for": INSTANT,
        "object": TEXT,
    },
)

CALL = Shape(
    "Call",
    {
        "created_at": INSTANT,
        "modified_at": INSTANT,
        "id": TEXT,
        "approver": linked("user", USER),
        "classifications": many(CLASSIFICATION),
        "disconnection_reason": TEXT,
        "from_number": TEXT,
        "in_voicemail": FLAG,
        "invoices": many(INVOICE),
        "call_reason": TEXT,
        "start_time": INSTANT,
        "end_time": INSTANT,
        "partner": linked("partner", PARTNER),
        "provider": TEXT,
        "tasks": many(TASK),
        "to_number": TEXT,
        "workflow": linked("workflow", WORKFLOW),
        "workflow_run": linked("workflow_run", WORKFLOW_RUN),
        "object": TEXT,
        "display_tasks": many(TASK),
        "direction": TEXT,
        "sentiment": TEXT,
        "status": TEXT,
    },
)
"""The call itself, for the reference; ``render`` prints it."""

RECORDS: dict[str, Shape] = {
    "user": USER,
    "partner": PARTNER,
    "invoice": INVOICE,
    "workflow": WORKFLOW,
    "workflow_run": WORKFLOW_RUN,
}
"""Which shape a linked record has here, by its kind."""
