"""What a client may ask of our own list of calls: every filter of every surface under one set of names."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from calldex.core.calls import Classification, Status
from calldex.core.filters import CallFilter
from calldex.core.ids import record_candidates
from calldex.core.parameters import Asking, Instant, Whole
from calldex.core.phones import phone_key, prefix_keys
from calldex.core.searching import Search, read_search
from calldex.core.spoken import Speaker
from calldex.core.suggestions import did_you_mean
from calldex.store.call_lists import Order
from calldex.surfaces.native.v1.render import FIELD_NAMES, HEAVY
from calldex.surfaces.native.v1.words import Direction, Kind, Sentiment

_LONGEST_MS: Final = 2**63 - 1


def _flag(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _fields(text: str) -> str:
    names = [name.strip() for name in text.split(",")]
    bare = [name.removeprefix("-") for name in names]
    unknown = [name for name in bare if name not in FIELD_NAMES]
    if unknown:
        hint = did_you_mean(unknown[0], FIELD_NAMES)
        raise ValueError(f'"{unknown[0][:64]}" is no field of a call.{hint}'.rstrip("."))
    if len({name.startswith("-") for name in names}) > 1:
        raise ValueError("either name the fields to show, or, each with a minus, those to leave out")
    return text


Name = Annotated[str, Field(min_length=1, max_length=500)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Milliseconds = Annotated[Whole, Field(ge=0)]
Fields = Annotated[str, AfterValidator(_fields)]


def _searchable(text: str) -> str:
    read_search(text)
    return text


Words = Annotated[Name, AfterValidator(_searchable)]


class OneCall(Asking):
    """The query of ``GET /v1/calls/{id}``."""

    fields: Fields | None = None
    deleted: Flag = False


class Paged(Asking):
    """Which part of a list is wanted."""

    page: Annotated[Whole, Field(ge=0)] | None = None
    limit: Annotated[Whole, Field(ge=1, le=500)] = 50
    cursor: Name | None = None
    total: Literal["none", "exact"] = "none"

    @field_validator("cursor")
    @classmethod
    def _not_beside_a_page(cls, value: str | None, others: ValidationInfo) -> str | None:
        if value is not None and others.data.get("page") is not None:
            raise ValueError("a list goes on by cursor or by page, not by both")
        return value


class CallFilters(Asking):
    """Every filter of a list of calls."""

    source: list[Name] = []
    direction: list[Direction] = []
    status: list[Status] = []
    sentiment: list[Sentiment] = []
    classification: list[Classification] = []
    kind: list[Kind] = []
    partner: list[Name] = []
    invoice: list[Name] = []
    workflow: list[Name] = []
    business_unit: list[Name] = []
    agent: list[Name] = []
    agent_version: list[Name] = []
    contact: list[Name] = []
    conversation: list[Name] = []
    channel: list[Name] = []
    sequence: list[Name] = []
    member: list[Name] = []
    caller: Annotated[list[Name], Field(alias="from")] = []
    to: list[Name] = []
    number: list[Name] = []
    number_prefix: list[Name] = []
    disposition: list[Name] = []
    mode: list[Name] = []
    language: list[Name] = []
    completion_rating: list[Name] = []
    tag: list[Name] = []
    voicemail: Flag | None = None
    has_recording: Flag | None = None
    has_transcript: Flag | None = None
    min_duration_ms: Milliseconds | None = None
    max_duration_ms: Milliseconds | None = None
    occurred_from: Instant = None
    occurred_before: Instant = None
    created_from: Instant = None
    created_until: Instant = None

    def filter(self, said: Search | None = None) -> CallFilter:
        """The same in our words."""
        return CallFilter(
            sources=_unique(self.source),
            directions=_unique(self.direction),
            statuses=_unique(self.status),
            sentiments=_unique(self.sentiment),
            classifications=_unique(self.classification),
            kinds=_unique(self.kind),
            partners=_records("partner", self.partner),
            invoices=_records("invoice", self.invoice),
            workflows=_records("workflow", self.workflow),
            business_units=_unique(self.business_unit),
            agents=_records("agent", self.agent),
            agent_versions=_records("agent_version", self.agent_version),
            contacts=_records("contact", self.contact),
            conversations=_records("conversation", self.conversation),
            channels=_records("channel", self.channel),
            sequences=_records("sequence", self.sequence),
            members=_records("member", self.member),
            from_keys=_unique(map(phone_key, self.caller)),
            to_keys=_unique(map(phone_key, self.to)),
            number_keys=_unique(map(phone_key, self.number)),
            number_prefixes=_unique(key for text in self.number_prefix for key in prefix_keys(text)),
            dispositions=_unique(self.disposition),
            modes=_unique(self.mode),
            languages=_unique(self.language),
            completion_ratings=_unique(self.completion_rating),
            tags=_unique(self.tag),
            voicemail=self.voicemail,
            has_recording=self.has_recording,
            has_transcript=self.has_transcript,
            min_duration_ms=_counted(self.min_duration_ms),
            max_duration_ms=_counted(self.max_duration_ms),
            occurred_from=self.occurred_from,
            occurred_before=self.occurred_before,
            created_from=self.created_from,
            created_until=self.created_until,
            said=said,
        )


class ListCalls(CallFilters, Paged):
    """The query of ``GET /v1/calls``."""

    sort: Literal["-time", "time", "-duration", "duration"] = "-time"
    fields: Fields | None = None
    q: Words | None = None

    @property
    def order(self) -> Order:
        """The order of the list."""
        return Order("duration" if self.sort.endswith("duration") else "time", not self.sort.startswith("-"))

    @property
    def search(self) -> Search | None:
        """What must have been said, if anything."""
        return None if self.q is None else read_search(self.q)


class SearchTranscripts(CallFilters, Paged):
    """The query of ``GET /v1/transcripts/search``."""

    limit: Annotated[Whole, Field(ge=1, le=100)] = 20
    q: Words
    speaker: Literal["customer", "agent"] | None = None
    sort: Annotated[Literal["relevance", "-time", "time"], Field(validate_default=True)] = "relevance"

    @field_validator("speaker")
    @classmethod
    def _the_one_of_q(cls, value: Speaker | None, others: ValidationInfo) -> Speaker | None:
        if "q" in others.data:
            read_search(others.data["q"], value)
        return value

    @field_validator("sort")
    @classmethod
    def _by_time_with_a_cursor(cls, value: str, others: ValidationInfo) -> str:
        if value == "relevance" and others.data.get("cursor") is not None:
            raise ValueError("a cursor goes on in the order of time; give sort=-time or sort=time with it")
        return value

    @property
    def order(self) -> Order:
        """The order of the hits when they are not ordered by relevance."""
        return Order("time", self.sort == "time")

    @property
    def search(self) -> Search:
        """What must have been said."""
        return read_search(self.q, self.speaker)


def _unique(values: Any) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _records(kind: str, named: list[str]) -> tuple[Any, ...]:
    return _unique(record for text in named for record in record_candidates(kind, text))


def _counted(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else min(milliseconds, _LONGEST_MS)


DESCRIPTIONS: Final = {
    "page": "Which page, counted from 0. Calls that arrive in between move the pages; a cursor stands still.",
    "limit": "How many calls to answer with.",
    "cursor": "Go on after the last call of an earlier answer: its `next_cursor`, with the same filters and sort.",
    "sort": "By time or duration; with a minus the latest or longest first. No known duration is the shortest.",
    "total": "Whether to count how many calls match.",
    "fields": f"The fields to show, separated by commas; or, each with a minus, those to leave out: `-{HEAVY[0]}`.",
    "deleted": "Whether a deleted call is shown too.",
    "source": "Calls that this source was the first to tell of.",
    "direction": "Who called: inbound to the organization, outbound from it.",
    "status": "Where the call stands.",
    "sentiment": "The sentiment of the other side.",
    "classification": "Calls with any of these classifications.",
    "kind": "Whether the call belongs to a session or stands alone.",
    "partner": "Calls with this partner, by any id of it.",
    "invoice": "Calls about this invoice, by any id of it.",
    "workflow": "Calls of this workflow, by any id of it.",
    "business_unit": "Calls with partners of this business unit.",
    "agent": "Calls of this agent.",
    "agent_version": "Calls of this version of an agent.",
    "contact": "Calls from or to this contact.",
    "conversation": "Calls of this conversation.",
    "channel": "Calls over this channel.",
    "sequence": "Calls of this sequence.",
    "member": "Calls that this member made.",
    "from": "The calling number, however it is written, or a SIP address.",
    "to": "The called number, likewise.",
    "number": "The number of either side, likewise.",
    "number_prefix": "How the number of either side begins; without a plus also as a country's code.",
    "disposition": "State and reason in one dotted word; a state alone stands for every reason.",
    "mode": "The mode, in any letter case.",
    "language": "The code of the language, in any letter case.",
    "completion_rating": "How completely the call did what it was for, in any letter case.",
    "tag": "Calls with any of these tags.",
    "voicemail": "Whether the call reached a voicemail.",
    "has_recording": "Whether there is a recording.",
    "has_transcript": "Whether there is a transcript.",
    "min_duration_ms": "Calls of at least so many milliseconds.",
    "max_duration_ms": "Calls of at most so many milliseconds.",
    "occurred_from": "Calls that started at this time or later; one that did not start counts by its creation.",
    "occurred_before": "Calls that started before this time.",
    "created_from": "Calls created at this time or later.",
    "created_until": "Calls created at this time or earlier.",
    "q": 'What was said: words, "a phrase", -without, begin*, one OR another; speaker:customer in front of them.',
    "speaker": "Who said it: the customer or the agent. Anybody when it is not given.",
}
