"""The words of vCon, the IETF's container of a conversation, and how older drafts spell them.

One draft is spoken: draft-ietf-vcon-vcon-core-04 (7 September 2026). Its container has no version of its own
(the member ``vcon`` is deprecated); what an older draft renamed is read under both names.
"""

from __future__ import annotations

from typing import Any, Final

DRAFT: Final = "draft-ietf-vcon-vcon-core-04"
MEDIA_TYPE: Final = "application/vcon"
EXTENSION: Final = "calldex"
"""The name of our extension and of the one member that it adds: what a vCon has no word for."""

SOURCE: Final = "vcon"

MEMBERS: Final = frozenset(
    {
        "vcon", "uuid", "extensions", "critical", "created_at", "updated_at", "subject", "redacted_from",
        "amended_from", "group", "parties", "dialog", "analysis", "attachments",
    }
)  # fmt: skip
"""The members of the container in this draft."""

_RENAMED: Final = {
    "appended": "amended_from",
    "amended": "amended_from",
    "redacted": "redacted_from",
    "must_support": "critical",
}
_RENAMED_INSIDE: Final = {
    "mimetype": "mediatype",
    "transfer-target": "transfer_target",
    "target-dialog": "target_dialog",
}

DISPOSITIONS: Final = {"busy": "busy", "no_answer": "no-answer", "failed": "failed", "canceled": "hung-up"}
"""Why a call had no dialog, in the draft's words, by our status."""

STATUSES: Final = {
    "busy": ("busy", None),
    "no-answer": ("no_answer", None),
    "failed": ("failed", None),
    "congestion": ("failed", "congestion"),
    "hung-up": ("canceled", None),
    "voicemail-no-message": ("completed", "voicemail_reached"),
}
"""Our status and reason for a disposition."""


def current_names(given: dict[str, Any]) -> dict[str, Any]:
    """The container with its members under the names of this draft; a current name beside an old one wins."""
    return _renamed(given, _RENAMED)


def current_names_inside(entry: dict[str, Any]) -> dict[str, Any]:
    """The same for an object inside the container."""
    return _renamed(entry, _RENAMED_INSIDE)


def _renamed(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    if not given.keys() & names.keys():
        return given
    return {names.get(key, key): value for key, value in given.items() if key not in names or names[key] not in given}
