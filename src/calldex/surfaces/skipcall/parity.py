"""How we know each operation, parameter and field of Skipcall: pure data, from which PARITY.md is made.

``seed``: printed on the operation's own page. ``documented``: printed on another public page. ``inferred``:
concluded, for the reason given. Names stand in the order of the source. Pages are those of docs.skipcall.app.
"""

from __future__ import annotations

from typing import Final

SEEDS: Final = {"Get a call": "docs.skipcall.app, API reference, page Get a call"}

OPERATIONS: Final = {
    "GET /v1/calls/{id}": ("seed", "Get a call"),
    "GET /v1/calls": ("inferred", "calls/list-calls names it; its parameters and its envelope are not published"),
    "GET /v1/contacts/{id}": ("documented", "contacts/get-a-contact"),
    "POST /v1/contacts": ("documented", "contacts/create-a-contact"),
    "PATCH /v1/contacts/{id}": ("documented", "contacts"),
    "GET /v1/users": ("documented", "users/list-organization-users"),
    "GET /v1/workspaces": ("documented", "workspaces/list-workspaces-accessible-by-this-api-key"),
    "GET /v1/workspaces/{id}/members": ("documented", "workspaces"),
    "GET /v1/custom-fields": ("documented", "custom-fields/list-custom-fields"),
    "POST /v1/tags": ("documented", "tags/create-a-tag"),
    "POST /v1/sequences": ("documented", "sequences"),
    "GET /v1/sequences/{id}/contacts": ("documented", "sequences"),
    "POST /v1/sequences/{id}/contacts": ("documented", "sequences"),
    "DELETE /v1/sequences/{id}/contacts": ("documented", "sequences"),
    "GET /v1/stats/tag-repartition": ("documented", "statistics/get-tag-distribution"),
}
"""Every operation known, those about calls first; which of them are served, the OpenAPI document says."""

PARAMETERS: Final[dict[str, dict[str, str]]] = {
    "GET /v1/calls/{id}": {"seed": "id"},
    "GET /v1/calls": {
        "documented": "workspaceIds",
        "inferred": "page limit callType type status startDate endDate sequenceId userMembershipId contactId",
    },
}

FIELDS: Final[dict[str, dict[str, str]]] = {
    "Call": {
        "seed": (
            "id callType status type startedAt endedAt createdAt contact phoneNumber caller callerPhoneNumber "
            "phoneNumberId userProviderSid adminProviderSid providerConferenceId transferred updatedAt sequenceRunId "
            "sequenceId syncedWithCrmDate deletedAt organizationId organizationMembershipId managedPhoneNumberId notes"
        )
    },
    "Call.contact": {"seed": "id firstName lastName isUnknown"},
    "Call.phoneNumber": {"seed": "value"},
    "Call.caller": {"seed": "firstName lastName"},
    "Call.callerPhoneNumber": {"seed": "value"},
    "CallPage": {"inferred": "data meta"},
    "CallPage.meta": {"inferred": "page limit total totalPages"},
}
"""Every key of every object, by the name of its schema; nested objects have schemas of their own."""

NOTES: Final = {
    "GET /v1/calls.workspaceIds": "named on calls/list-calls; an id outside the key's scope matches nothing",
    "GET /v1/calls.callType": "the words of the call, and of the statistics: all, sequence, direct, inbound, outbound",
    "Call.status": "the page shows completed only; the words are Twilio's, since the provider's ids are",
    "Call.deletedAt": "the only field declared nullable; here every field is null when nothing is known",
}

BEHAVIOUR: Final = (
    ("`Authorization: Bearer KEY`, keys `sk_live_...` and `sk_test_...`", "seed", ""),
    ("`Authorization: KEY` without Bearer", "documented", "the written guide showed it until July 2026"),
    ("a test key reaches a sandbox with records of its own", "inferred", "not published"),
    ("404, not 403, outside the key's scope", "documented", "calls/get-a-call"),
    ("400, 401, 403, 404, 429, 500", "documented", "calls/list-calls"),
    ('`{"statusCode", "message", "error"}`, and `code`', "inferred", "the server is NestJS, whose shape this is"),
    ("`X-RateLimit-Limit`, `-Remaining`, `-Reset` on every answer", "documented", "calls/list-calls"),
    ("`Retry-After` on 429; the window is a minute of the clock", "inferred", "not published"),
    ("live keys are counted and not held to the limit, but by a setting", "inferred", "a choice; sandbox keys are"),
    ("times in UTC with three decimals and Z", "seed", "by its examples"),
    ("`callerPhoneNumber` is our side, whatever the direction", "inferred", "the page calls it the managed number"),
    ("a deleted call answers by id and stands in no list", "inferred", "deletedAt is part of the call"),
    ("newest first: start time, else creation time, then id", "inferred", "no order is published"),
)
"""What holds beside operations and fields: what, how we know it, and from where or why."""
