"""What a client may ask of Stuut v1 (seed: List Calls)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from calldex.core.filters import CallFilter
from calldex.core.ids import record_candidates
from calldex.core.parameters import Asking, Whole

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
    "other",
]
Name = Annotated[str, Field(min_length=1)]


class ListCalls(Asking):
    """The query of ``GET /v1/calls``."""

    page: Annotated[Whole, Field(ge=0)] = 0
    limit: Annotated[Whole, Field(ge=1, le=200)] = 50
    classification: list[Classification] = []
    direction: Literal["inbound", "outbound"] | None = None
    invoice: Name | None = None
    partner: Name | None = None
    sentiment: list[Literal["positive", "negative", "neutral", "unknown"]] = []
    workflow: Name | None = None

    def filter(self) -> CallFilter:
        """The same in our words."""
        return CallFilter(
            classifications=tuple(dict.fromkeys(self.classification)),
            directions=(self.direction,) if self.direction else (),
            sentiments=tuple(dict.fromkeys(self.sentiment)),
            invoices=record_candidates("invoice", self.invoice) if self.invoice else (),
            partners=record_candidates("partner", self.partner) if self.partner else (),
            workflows=record_candidates("workflow", self.workflow) if self.workflow else (),
        )


DESCRIPTIONS: Final = {
    "page": "Which page, counted from 0.",
    "limit": "How many calls a page holds.",
    "classification": "Calls with any of these classifications; repeat it for several.",
    "direction": "Who called: inbound to the organization, outbound from it.",
    "invoice": "Calls about this invoice, by its id.",
    "partner": "Calls with this partner, by its id.",
    "sentiment": "Calls with any of these sentiments; repeat it for several.",
    "workflow": "Calls of this outreach workflow, by its id.",
}
