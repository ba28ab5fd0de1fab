"""What a client may ask of Stuut v2 (seed: Get Calls)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from calldex.core.filters import CallFilter
from calldex.core.ids import record_candidates
from calldex.core.parameters import Asking, Instant, Whole

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
Name = Annotated[str, Field(min_length=1)]


class ListCalls(Asking):
    """The query of ``GET /v2/calls``."""

    page: Annotated[Whole, Field(ge=0)] = 0
    limit: Annotated[Whole, Field(ge=1, le=500)] = 100
    business_unit_id__in: list[Name] = []
    sentiment: list[Literal["positive", "negative", "neutral", "unknown"]] = []
    classification: list[Classification] = []
    direction: Literal["inbound", "outbound"] | None = None
    partner_id: Name | None = None
    invoice_id: Name | None = None
    workflow_id: Name | None = None
    before: Annotated[Instant, Field(json_schema_extra={"type": "string", "format": "date-time"})] = None
    after: Annotated[Instant, Field(json_schema_extra={"type": "string", "format": "date-time"})] = None

    def filter(self) -> CallFilter:
        """The same in our words; the window is half-open, ``after`` <= time < ``before``."""
        return CallFilter(
            business_units=tuple(dict.fromkeys(self.business_unit_id__in)),
            sentiments=tuple(dict.fromkeys(self.sentiment)),
            classifications=tuple(dict.fromkeys(self.classification)),
            directions=(self.direction,) if self.direction else (),
            partners=record_candidates("partner", self.partner_id) if self.partner_id else (),
            invoices=record_candidates("invoice", self.invoice_id) if self.invoice_id else (),
            workflows=record_candidates("workflow", self.workflow_id) if self.workflow_id else (),
            occurred_from=self.after,
            occurred_before=self.before,
        )


DESCRIPTIONS: Final = {
    "page": "Which page, counted from 0.",
    "limit": "How many calls a page holds.",
    "business_unit_id__in": "Calls with partners of any of these business units; repeat it for several.",
    "sentiment": "Calls with any of these sentiments; repeat it for several.",
    "classification": "Calls with any of these classifications; repeat it for several.",
    "direction": "Who called: inbound to the organization, outbound from it.",
    "partner_id": "Calls with this partner.",
    "invoice_id": "Calls about this invoice.",
    "workflow_id": "Calls of this workflow.",
    "before": "Calls that started (else: were created) before this time, which is not included.",
    "after": "Calls that started (else: were created) at this time or later.",
}
