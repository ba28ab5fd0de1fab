"""A call of Whippy with all 24 keys and the 8 of its metadata in their order (documented: docs.whippy.ai/docs/calls),
and ways to vary it.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

KEYS: Final = [
    "id",
    "delivery_status",
    "direction",
    "type",
    "mode",
    "body",
    "translated_body",
    "language",
    "translation_language",
    "from",
    "to",
    "created_at",
    "updated_at",
    "conversation_id",
    "contact_id",
    "channel_id",
    "campaign_id",
    "campaign_contact_id",
    "sequence_id",
    "step_contact_id",
    "step_id",
    "user_id",
    "metadata",
    "attachments",
]
METADATA_KEYS: Final = [
    "type",
    "duration",
    "placeholders_data",
    "analysis",
    "agent_id",
    "agent_version_id",
    "llm_id",
    "llm_version_id",
]


def uuid_of(name: str, number: int = 0) -> str:
    """The same UUID for the same name and number, another one for any other."""
    return str(UUID(int=int.from_bytes(name.encode()[:6].ljust(6, b"."), "big") << 80 | 4 << 76 | 2 << 62 | number))


def full_call(number: int = 1, metadata: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A call in which every key has a value; ``caller`` in the changes stands for ``from``."""
    call: dict[str, Any] = {
        "id": uuid_of("call", number),
        "delivery_status": "call_completed.user_hangup",
        "direction": "OUTBOUND",
        "type": "call",
        "mode": "ai",
        "body": "Agent: Hola, le llamo de Clear Smile.\nUser: Ahora no puedo hablar, gracias.\n",
        "translated_body": "Agent: Hello, I am calling from Clear Smile.\nUser: I cannot talk now, thank you.\n",
        "language": "es",
        "translation_language": "en",
        "from": "+12025550120",
        "to": "+12025550161",
        "created_at": "2026-03-12T16:02:10.551203Z",
        "updated_at": "2026-03-12T16:03:00.001870Z",
        "conversation_id": uuid_of("conver"),
        "contact_id": uuid_of("person"),
        "channel_id": uuid_of("channl"),
        "campaign_id": uuid_of("campgn"),
        "campaign_contact_id": uuid_of("cctact"),
        "sequence_id": uuid_of("seq"),
        "step_contact_id": uuid_of("sctact"),
        "step_id": uuid_of("step"),
        "user_id": 1207,
        "metadata": {
            "type": "phone",
            "duration": 21350,
            "placeholders_data": {"first_name||paciente": "Marta", "appointment_day": "jueves"},
            "analysis": {
                "call_summary": "Marta could not talk; the reminder was not finished.",
                "user_sentiment": "Neutral",
                "call_completion_rating": "Partial",
                "in_voicemail": False,
                "custom_analysis_data": {"score": 4, "weights": [1, 2.50]},
            },
            "agent_id": uuid_of("agent"),
            "agent_version_id": uuid_of("avers"),
            "llm_id": uuid_of("llm"),
            "llm_version_id": uuid_of("llmver"),
            **(metadata or {}),
        },
        "attachments": [{"content_type": "audio/wav", "url": "https://recordings.clearsmile.example/marta.wav"}],
    }
    if "caller" in changes:
        changes["from"] = changes.pop("caller")
    unknown = changes.keys() - call.keys()
    assert not unknown, f"no such key: {unknown}"
    return {**call, **changes}
