"""How we know each operation, parameter and field of Whippy: pure data, from which PARITY.md is made.

``seed``: printed on the operation's own page. ``documented``: printed on another public page or visible in
public client code. ``inferred``: concluded, for the reason given. Names stand in the order of the source.
``docs/...`` and ``reference/...`` are pages of docs.whippy.ai.
"""

from __future__ import annotations

from typing import Final

SEEDS: Final = {"Search Calls": "docs.whippy.ai/reference/searchcalls"}

OPERATIONS: Final = {
    "POST /v1/calls/search": (
        "seed",
        "Search Calls; the page prints neither method nor path: as its sisters have them",
    ),
    "GET /v1/calls": ("inferred", "no page exists; the filters of the search as a query"),
    "GET /v1/calls/{id}": ("inferred", "no page exists; answers with the record under data"),
    "POST /v1/agents/{id}/call": ("documented", "reference/startagentcall"),
    "GET /v1/agents": ("documented", "GitHub hellowhippy/whippy-mcp"),
    "GET /v1/agents/{id}": ("documented", "GitHub hellowhippy/whippy-mcp"),
    "GET /v1/channels": ("documented", "GitHub hellowhippy/whippy-mcp"),
    "GET /v1/channels/{id}": ("documented", "GitHub hellowhippy/whippy-mcp"),
    "GET /v1/contacts": ("documented", "GitHub hellowhippy/whippy-mcp"),
    "POST /v1/contacts": ("documented", "GitHub hellowhippy/whippy-mcp"),
    "POST /v1/contacts/search": ("documented", "reference/searchcontacts"),
    "GET /v1/conversations/{id}": ("documented", "GitHub hellowhippy/whippy-mcp"),
    "POST /v1/messages/search": ("documented", "reference/searchmessages"),
}
"""Every operation known, those about calls first; which of them are served, the OpenAPI document says."""

_FILTERS: Final = (
    "after before from to direction delivery_status mode language call_completion_rating voicemail min_duration "
    "max_duration agent_id agent_version_id contact_id conversation_id channel_id"
)

PARAMETERS: Final[dict[str, dict[str, str]]] = {
    "POST /v1/calls/search": {"seed": f"limit offset timeout {_FILTERS}"},
    "GET /v1/calls": {"inferred": f"limit offset timeout {_FILTERS}"},
    "GET /v1/calls/{id}": {"inferred": "id"},
}

FIELDS: Final[dict[str, dict[str, str]]] = {
    "Calls": {"documented": "data total"},
    "OneCall": {"inferred": "data"},
    "Call": {
        "documented": (
            "id delivery_status direction type mode body translated_body language translation_language from to "
            "created_at updated_at conversation_id contact_id channel_id campaign_id campaign_contact_id sequence_id "
            "step_contact_id step_id user_id metadata attachments"
        )
    },
    "Call.metadata": {
        "documented": "type duration placeholders_data analysis agent_id agent_version_id llm_id llm_version_id"
    },
    "Call.metadata.analysis": {
        "inferred": "call_summary user_sentiment call_completion_rating in_voicemail",
    },
    "Call.attachments": {"inferred": "content_type url"},
}
"""Every key of every object, by the name of its schema; nested objects have schemas of their own."""

NOTES: Final = {
    "POST /v1/calls/search.timeout": "the page gives range and default, not the name",
    "POST /v1/calls/search.limit": "the page gives no range; 500 is the most of reference/searchcontacts",
    "Calls.data": "docs/pagination",
    "Calls.total": "docs/pagination",
    "Call.id": "all fields from the webhook bodies of docs/calls: a call is a message of the type call",
    "Call.metadata.duration": "milliseconds is inferred from the filters",
    "Call.metadata.analysis": "its keys are not shown; inferred from Retell's, whose settings the agents have",
}

BEHAVIOUR: Final = (
    ("`X-WHIPPY-KEY: KEY`", "documented", "docs/api-keys"),
    ("`Authorization: Bearer KEY`", "documented", "public client code; not on Whippy's pages"),
    ('`{"errors": [{"description"}], "status"}`; 401 says Not authenticated', "documented", "docs/errors"),
    ("422 for every mistake in a search, one entry each", "inferred", "sister operations answer 422"),
    ("the window is on creation time", "seed", ""),
    ("the window includes both ends", "inferred", "reference/searchmessages says so of messages"),
    ("one value or an array, but for five filters", "seed", ""),
    ("newest first: start time, else creation time, then id", "inferred", "the page gives no order"),
    ("the database stops at `timeout`; 504", "inferred", "the page calls it the timeout of the search query"),
    ("`delivery_status` without a dot matches every dotted form", "inferred", "docs/calls shows dotted words"),
    ("any value of `mode` and `call_completion_rating`", "inferred", "the page prints enums without their values"),
    ("25 requests a second, per key and per organization; 429", "documented", "docs/rate-limiting"),
    ("`X-RateLimit-Remaining-Interval-Milliseconds` on 429", "documented", "a public client reads it"),
    ("`Retry-After` on 429", "inferred", "for clients that know nothing else"),
    ("live keys are not held to the limit, but by a setting", "inferred", "a choice; sandbox keys are"),
    ("times in UTC with microseconds and Z", "documented", "the webhook bodies of docs/calls"),
)
"""What holds beside operations and fields: what, how we know it, and from where or why."""
