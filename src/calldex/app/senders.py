"""Which senders there are: one line each."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from calldex.actions.process_deliveries import Parse, Processing
from calldex.actions.record_events import Recording
from calldex.app.formats import FORMATS, FORMS
from calldex.ingest.elevenlabs import parse as elevenlabs_parse
from calldex.ingest.elevenlabs import signature as elevenlabs_signature
from calldex.ingest.generic import parse as generic_parse
from calldex.ingest.generic import signature as generic_signature
from calldex.ingest.retell import parse as retell_parse
from calldex.ingest.retell import signature as retell_signature
from calldex.ingest.telnyx import parse as telnyx_parse
from calldex.ingest.telnyx import signature as telnyx_signature
from calldex.ingest.twilio import parse as twilio_parse
from calldex.ingest.twilio import signature as twilio_signature
from calldex.ingest.vapi import parse as vapi_parse
from calldex.ingest.vapi import signature as vapi_signature
from calldex.ingest.verdicts import Verdict
from calldex.ingest.whippy import parse as whippy_parse
from calldex.ingest.whippy import signature as whippy_signature

Verify = Callable[[Mapping[str, str], bytes, str, str, datetime], Verdict]
DeliveryId = Callable[[Mapping[str, str], bytes], str]


@dataclass(frozen=True, slots=True)
class Sender:
    """How the deliveries of one sender are known, named and read.

    ``secret`` says what the operator has to enter; ``make_secret`` is there for senders that take ours.
    """

    verify: Verify
    delivery_id: DeliveryId
    parse: Parse
    secret: str
    make_secret: Callable[[], str] | None = None


def _standard_secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


SENDERS: Final[dict[str, Sender]] = {
    "retell": Sender(
        retell_signature.verify,
        retell_signature.delivery_id,
        retell_parse.parse,
        "the API key of the Retell workspace that its webhooks are signed with",
    ),
    "twilio": Sender(
        twilio_signature.verify,
        twilio_signature.delivery_id,
        twilio_parse.parse,
        "the auth token of the Twilio account",
    ),
    "whippy": Sender(
        whippy_signature.verify,
        whippy_signature.delivery_id,
        whippy_parse.parse,
        "the API key of the Whippy developer application",
    ),
    "vapi": Sender(
        vapi_signature.verify,
        vapi_signature.delivery_id,
        vapi_parse.parse,
        "the secret of the Vapi server URL",
        secrets.token_urlsafe,
    ),
    "elevenlabs": Sender(
        elevenlabs_signature.verify,
        elevenlabs_signature.delivery_id,
        elevenlabs_parse.parse,
        "the secret that ElevenLabs showed when the webhook was made",
    ),
    "telnyx": Sender(
        telnyx_signature.verify,
        telnyx_signature.delivery_id,
        telnyx_parse.parse,
        "the public key of the Telnyx account",
    ),
    "generic": Sender(
        generic_signature.verify,
        generic_signature.delivery_id,
        generic_parse.parse,
        "a secret of Standard Webhooks, whsec_ and base64",
        _standard_secret,
    ),
}

PROCESSING: Final = Processing(
    {name: sender.parse for name, sender in SENDERS.items()},
    Recording({"whippy": FORMATS["whippy"].read_record}, FORMS),
)
"""How every sender's deliveries are processed. Whippy's contacts are the ones that its surface knows."""
