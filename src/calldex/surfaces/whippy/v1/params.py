"""What a client may ask of Whippy's calls (seed: Search Calls, which names 17 filters)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from calldex.core.filters import CallFilter, Window
from calldex.core.ids import parse_uuid, record_candidates
from calldex.core.parameters import Asking, Instant, Whole
from calldex.core.phones import phone_key

_LONGEST_MS: Final = 2**63 - 1
"""No call is longer than the database can count, so a greater bound means the same as this one."""

One = TypeVar("One")


def _several(value: object) -> object:
    """One value is a list of one; null is no filter, as an empty list is."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _folded(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _uuid(value: str) -> str:
    if parse_uuid(value) is None:
        raise ValueError("a UUID is expected")
    return value


def _flag(value: object) -> object:
    if value is not None and not isinstance(value, bool):
        raise ValueError("true or false is expected")
    return value


def _flag_in_text(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


OneOrMany = Annotated[list[One], BeforeValidator(_several)]
Uuid = Annotated[str, AfterValidator(_uuid)]
Direction = Annotated[Literal["INBOUND", "OUTBOUND"], BeforeValidator(_folded)]
Milliseconds = Annotated[Whole, Field(ge=0)]


class Paging(Asking):
    """The query of a search."""

    limit: Annotated[Whole, Field(ge=1, le=500)] = 50
    offset: Annotated[Whole, Field(ge=0)] = 0
    timeout: Annotated[Whole, Field(ge=15_000, le=120_000)] = 30_000

    def window(self) -> Window:
        """The part of the list that is asked for."""
        return Window(self.limit, self.offset)


class Filters(Asking):
    """The body of a search; each filter but five takes one value or an array of them."""

    after: Instant = None
    before: Instant = None
    caller: Annotated[OneOrMany[str], Field(alias="from")] = []
    to: OneOrMany[str] = []
    direction: OneOrMany[Direction] = []
    delivery_status: OneOrMany[str] = []
    mode: OneOrMany[str] = []
    language: OneOrMany[str] = []
    call_completion_rating: OneOrMany[str] = []
    voicemail: Annotated[bool | None, BeforeValidator(_flag)] = None
    min_duration: Milliseconds | None = None
    max_duration: Milliseconds | None = None
    agent_id: OneOrMany[Uuid] = []
    agent_version_id: OneOrMany[Uuid] = []
    contact_id: OneOrMany[Uuid] = []
    conversation_id: OneOrMany[Uuid] = []
    channel_id: OneOrMany[Uuid] = []

    @field_validator("max_duration")
    @classmethod
    def _not_below_the_least(cls, value: int | None, others: ValidationInfo) -> int | None:
        least = others.data.get("min_duration")
        if value is not None and least is not None and value < least:
            raise ValueError(f"it must not be below min_duration, which is {least}")
        return value

    def filter(self) -> CallFilter:
        """The same in our words."""
        return CallFilter(
            created_from=self.after,
            created_until=self.before,
            from_keys=_unique(phone_key(number) for number in self.caller),
            to_keys=_unique(phone_key(number) for number in self.to),
            directions=_unique(word.lower() for word in self.direction),
            dispositions=_unique(self.delivery_status),
            modes=_unique(self.mode),
            languages=_unique(self.language),
            completion_ratings=_unique(self.call_completion_rating),
            voicemail=self.voicemail,
            min_duration_ms=_counted(self.min_duration),
            max_duration_ms=_counted(self.max_duration),
            agents=_records("agent", self.agent_id),
            agent_versions=_records("agent_version", self.agent_version_id),
            contacts=_records("contact", self.contact_id),
            conversations=_records("conversation", self.conversation_id),
            channels=_records("channel", self.channel_id),
        )


class ListCalls(Paging, Filters):
    """The query of ``GET /v1/calls`` (inferred): the filters and the page of a search together."""

    voicemail: Annotated[bool | None, BeforeValidator(_flag), BeforeValidator(_flag_in_text)] = None


def _unique(values: Any) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _records(kind: str, named: list[str]) -> tuple[Any, ...]:
    return _unique(record for text in named for record in record_candidates(kind, text))


def _counted(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else min(milliseconds, _LONGEST_MS)


DESCRIPTIONS: Final = {
    "limit": "How many calls to answer with.",
    "offset": "How many calls to leave out from the beginning.",
    "timeout": "After how many milliseconds the search is given up; the database stops working at that moment.",
    "after": "Calls created at this time or later.",
    "before": "Calls created at this time or earlier.",
    "from": "The caller's number, however it is written, or a SIP address.",
    "to": "The callee's number, however it is written, or a SIP address.",
    "direction": "INBOUND or OUTBOUND, in any letter case.",
    "delivery_status": "The delivery status; a word without a dot stands for every dotted form of it too.",
    "mode": "The mode, in any letter case.",
    "language": "The code of the language, in any letter case.",
    "call_completion_rating": "How completely the call did what it was for, in any letter case.",
    "voicemail": "Whether the call reached a voicemail.",
    "min_duration": "Calls of at least so many milliseconds.",
    "max_duration": "Calls of at most so many milliseconds.",
    "agent_id": "Calls of this agent.",
    "agent_version_id": "Calls of this version of an agent.",
    "contact_id": "Calls from or to this contact.",
    "conversation_id": "Calls of this conversation.",
    "channel_id": "Calls from or to this channel.",
}
