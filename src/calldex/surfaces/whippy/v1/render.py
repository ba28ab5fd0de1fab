"""A call as Whippy shows it: 24 keys and the 8 of its metadata, all of them always (documented: its webhooks)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import DIRECTIONS, Call
from calldex.core.ids import parse_uuid, record_uuid
from calldex.core.jsonbytes import decode, encode
from calldex.core.transcripts import text_of_turns
from calldex.store.calls import Columns
from calldex.surfaces.whippy.v1.words import CALL, OPEN_ENDED, SOURCE

COLUMNS: Final = Columns(
    "kept",
    "deleted_at",
    "disposition",
    "direction",
    "mode",
    "transcript_text",
    "transcript_unless_text",
    "translated_text",
    "language",
    "translation_language",
    "from_number",
    "to_number",
    "created_at",
    "modified_at",
    "conversation_id",
    "conversation",
    "contact_id",
    "contact",
    "channel_id",
    "channel",
    "campaign_id",
    "campaign_contact_id",
    "sequence_id",
    "sequence",
    "step_contact_id",
    "step_id",
    "user_number",
    "medium",
    "duration_ms",
    "placeholders",
    "analysis",
    "summary",
    "sentiment",
    "completion_rating",
    "in_voicemail",
    "agent_id",
    "agent",
    "agent_version_id",
    "agent_version",
    "model_id",
    "model_version_id",
    "attachments",
    "recording",
)


class Metadata(msgspec.Struct):
    """What Whippy says of a call beside what it says of every message."""

    type: str | None
    duration: int | None
    placeholders_data: msgspec.Raw
    analysis: msgspec.Raw
    agent_id: str | None
    agent_version_id: str | None
    llm_id: str | None
    llm_version_id: str | None


class CallAnswer(msgspec.Struct, rename={"caller": "from"}):
    """The keys of a call; ``caller`` stands for ``from``, which is a word of the language."""

    id: str
    delivery_status: str | None
    direction: str | None
    type: str
    mode: str | None
    body: str | None
    translated_body: str | None
    language: str | None
    translation_language: str | None
    caller: str | None
    to: str | None
    created_at: str | None
    updated_at: str | None
    conversation_id: str | None
    contact_id: str | None
    channel_id: str | None
    campaign_id: str | None
    campaign_contact_id: str | None
    sequence_id: str | None
    step_contact_id: str | None
    step_id: str | None
    user_id: int | None
    metadata: Metadata
    attachments: msgspec.Raw


class Analysis(msgspec.Struct):
    """What we know of an analysis; another source's call has exactly these keys."""

    call_summary: str | None = None
    user_sentiment: str | None = None
    call_completion_rating: str | None = None
    in_voicemail: bool | None = None


class _GivenAnalysis(msgspec.Struct):
    """The same keys as a source gave them: an analysis may be written by others, whose types are their own."""

    call_summary: Any = None
    user_sentiment: Any = None
    call_completion_rating: Any = None
    in_voicemail: Any = None


class _Kept(msgspec.Struct):
    words: dict[str, Any] = {}


_kept: Final = msgspec.json.Decoder(_Kept).decode
_given_analysis: Final = msgspec.json.Decoder(_GivenAnalysis).decode
_NULL: Final = msgspec.Raw(b"null")
_NO_LIST: Final = msgspec.Raw(b"[]")
_NO_OBJECT: Final = msgspec.Raw(b"{}")

_CONTENT_TYPES: Final = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "webm": "audio/webm",
}
_UNKNOWN_CONTENT: Final = "application/octet-stream"


def render_call(call: Call) -> bytes:
    """One call, bare."""
    return encode(
        CallAnswer(
            id=call.vendor_ids.get(SOURCE) or str(call.id),
            delivery_status=call.disposition,
            direction=call.direction.upper() if call.direction in DIRECTIONS else call.direction,
            type=CALL,
            mode=call.mode,
            body=_body(call),
            translated_body=call.translated_text,
            language=call.language,
            translation_language=call.translation_language,
            caller=call.from_number,
            to=call.to_number,
            created_at=_instant(call.created_at),
            updated_at=_instant(call.modified_at),
            conversation_id=_linked_id(call, "conversation", call.conversation_id, call.conversation),
            contact_id=_linked_id(call, "contact", call.contact_id, call.contact),
            channel_id=_linked_id(call, "channel", call.channel_id, call.channel),
            campaign_id=_linked_id(call, "campaign", call.campaign_id),
            campaign_contact_id=_linked_id(call, "campaign_contact", call.campaign_contact_id),
            sequence_id=_linked_id(call, "sequence", call.sequence_id, call.sequence),
            step_contact_id=_linked_id(call, "step_contact", call.step_contact_id),
            step_id=_linked_id(call, "step", call.step_id),
            user_id=call.user_number,
            metadata=Metadata(
                type=call.medium,
                duration=call.duration_ms,
                placeholders_data=_NO_OBJECT if call.placeholders is None else msgspec.Raw(call.placeholders),
                analysis=_analysis(call),
                agent_id=_linked_id(call, "agent", call.agent_id, call.agent),
                agent_version_id=_linked_id(call, "agent_version", call.agent_version_id, call.agent_version),
                llm_id=_linked_id(call, "model", call.model_id),
                llm_version_id=_linked_id(call, "model_version", call.model_version_id),
            ),
            attachments=_attachments(call),
        )
    )


def _instant(moment: datetime | None) -> str | None:
    """UTC with microseconds and Z."""
    return None if moment is None else f"{moment.isoformat(timespec='microseconds')[:-6]}Z"


def _linked_id(call: Call, kind: str, text: str | None, ours: UUID | None = None) -> str | None:
    """A linked id: always a UUID, unless Whippy itself gave another one."""
    if text is None or SOURCE in call.vendor_ids or parse_uuid(text) is not None:
        return text
    return str(ours or record_uuid(call.source, kind, text))


def _body(call: Call) -> str | None:
    """One line a turn, each ended by a newline; what came from Whippy without one stays without."""
    text = call.transcript_text
    if text is None and call.transcript is not None:
        text = text_of_turns(decode(call.transcript))
    if not text or text.endswith("\n"):
        return text
    if SOURCE in call.vendor_ids and call.kept is not None and _kept(call.kept).words.get(OPEN_ENDED):
        return text
    return f"{text}\n"


def _analysis(call: Call) -> msgspec.Raw:
    """The analysis as it came, brought up to date where another source knows better; else made of what is known."""
    known = Analysis(
        call.summary,
        call.sentiment.capitalize() if call.sentiment is not None else None,
        call.completion_rating,
        call.in_voicemail,
    )
    if call.analysis is None or call.analysis == b"null":
        return _NULL if known == Analysis() else msgspec.Raw(encode(known))
    given = _given_analysis(call.analysis)
    better = {name: value for name in Analysis.__struct_fields__ if (value := _better(name, given, known)) is not None}
    return msgspec.Raw(encode({**decode(call.analysis), **better}) if better else call.analysis)


def _better(name: str, given: _GivenAnalysis, known: Analysis) -> Any:
    """What is known beyond what was given, if anything; the letter case of a sentiment is the giver's."""
    old, new = getattr(given, name), getattr(known, name)
    if name == "user_sentiment" and isinstance(old, str) and isinstance(new, str) and old.lower() == new.lower():
        return None
    return None if old == new else new


def _attachments(call: Call) -> msgspec.Raw:
    """The attachments as they came; the recording of a call from elsewhere is one."""
    if call.attachments is not None:
        return msgspec.Raw(call.attachments)
    url = decode(call.recording) if call.recording is not None else None
    if not isinstance(url, str) or not url:
        return _NO_LIST
    ending = url.partition("?")[0].rpartition(".")[2].lower()
    content_type = _CONTENT_TYPES.get(ending, _UNKNOWN_CONTENT)
    return msgspec.Raw(encode([{"content_type": content_type, "url": url}]))
