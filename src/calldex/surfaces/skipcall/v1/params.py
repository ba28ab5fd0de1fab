"""What a client may ask of Skipcall's list of calls (inferred: no page names its parameters)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from calldex.core.calls import DIRECTIONS
from calldex.core.filters import CallFilter
from calldex.core.ids import record_candidates
from calldex.core.parameters import Asking, Whole
from calldex.core.times import parse_instant
from calldex.surfaces.skipcall.v1.words import KINDS, statuses_shown_as

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)

_KIND_GROUPS: Final = {**KINDS, "sequence": "session", "direct": "direct"}


def _start(value: object) -> object:
    """A time, or a day that stands for its beginning in UTC."""
    return _day(value) if isinstance(value, str) and _DAY.fullmatch(value) else _time(value)


def _end(value: object) -> object:
    """A time, or a day that is meant with all its hours in UTC."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return _time(value)
    try:
        return _day(value) + timedelta(days=1)
    except OverflowError:
        return _LATEST


def _day(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("there is no such day") from None


def _time(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_instant(value)
    except ValueError as error:
        raise ValueError(f"a day such as 2026-03-12 or a time with a zone is expected: {error}") from error


Name = Annotated[str, Field(min_length=1)]


class ListCalls(Asking):
    """The query of ``GET /v1/calls``."""

    page: Annotated[Whole, Field(ge=0)] = 0
    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    workspaceIds: str | None = None  # noqa: N815 - Skipcall's spelling
    callType: Literal["CALL_SESSION", "DIRECT_CALL", "all", "sequence", "direct", "inbound", "outbound"] | None = None  # noqa: N815
    type: Literal["inbound", "outbound"] | None = None
    status: (
        Literal["queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
        | None
    ) = None
    startDate: Annotated[Any, BeforeValidator(_start)] = None  # noqa: N815
    endDate: Annotated[Any, BeforeValidator(_end)] = None  # noqa: N815
    sequenceId: Name | None = None  # noqa: N815
    userMembershipId: Name | None = None  # noqa: N815
    contactId: Name | None = None  # noqa: N815

    def filter(self) -> CallFilter:
        """The same in our words.

        No call is in a workspace here, so whoever names workspaces gets none, and no word of what there is.
        """
        directions = {str(word) for word in (self.type, self.callType) if word in DIRECTIONS}
        elsewhere = bool((self.workspaceIds or "").strip(" ,"))
        return CallFilter(
            directions=tuple(sorted(directions)),
            kinds=(_KIND_GROUPS[self.callType],) if self.callType in _KIND_GROUPS else (),
            statuses=statuses_shown_as(self.status) if self.status else (),
            sequences=record_candidates("sequence", self.sequenceId) if self.sequenceId else (),
            members=record_candidates("member", self.userMembershipId) if self.userMembershipId else (),
            contacts=record_candidates("contact", self.contactId) if self.contactId else (),
            occurred_from=self.startDate,
            occurred_before=self.endDate,
            # inbound and outbound at once is more than any call can be.
            nothing=True if elsewhere or len(directions) > 1 else None,
        )


DESCRIPTIONS: Final = {
    "page": "Which page, counted from 0.",
    "limit": "How many calls a page holds.",
    "workspaceIds": "Only calls of these workspaces, separated by commas; ids outside the key's scope are ignored.",
    "callType": "The type of the call, in the words of the call itself or of the statistics.",
    "type": "Who called: inbound to the organization, outbound from it.",
    "status": "The status of the call.",
    "startDate": "Calls from this day (UTC) or time on.",
    "endDate": "Calls up to and including this day (UTC), or before this time.",
    "sequenceId": "Calls of this sequence.",
    "userMembershipId": "Calls made by this member of the organization.",
    "contactId": "Calls with this contact.",
}
