"""ElevenLabs' signature: ``t=<seconds>,v0=<hex>``, half an hour (documented: elevenlabs, webhooks_custom.py)."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from tests.ingest.deliveries import NOW, URL, fixture, refused

from calldex.ingest.elevenlabs.signature import delivery_id, verify

SECRET = "wsec_5d0e7c"
BODY = fixture(__file__, "post_call_transcription.json")
SECONDS = int(NOW.timestamp())


def signed(body: bytes = BODY, seconds: int | str = SECONDS, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"ElevenLabs-Signature": f"t={seconds},v0={digest}"}


def test_what_is_signed_is_accepted() -> None:
    assert verify(signed(), BODY, URL, SECRET, NOW).accepted
    both = signed(secret="old")["ElevenLabs-Signature"] + "," + signed()["ElevenLabs-Signature"].split(",")[1]
    assert verify({"elevenlabs-signature": both}, BODY, URL, SECRET, NOW).accepted


@pytest.mark.parametrize("seconds", [-1800, 1800])
def test_the_window_is_half_an_hour(seconds: int) -> None:
    beyond = seconds + (1 if seconds > 0 else -1)
    assert verify(signed(seconds=SECONDS + seconds), BODY, URL, SECRET, NOW).accepted
    verdict = verify(signed(seconds=SECONDS + beyond), BODY, URL, SECRET, NOW)
    refused(verdict, "stale")
    assert "30 minutes" in verdict.message


def test_another_body_or_secret_is_wrong() -> None:
    refused(verify(signed(), BODY + b" ", URL, SECRET, NOW), "wrong")
    refused(verify(signed(secret="other"), BODY, URL, SECRET, NOW), "wrong")
    refused(verify(signed(secret=""), BODY, URL, "", NOW), "wrong")


@pytest.mark.parametrize("given", ["t=1", "v0=00", "t=x,v0=00", "t=1,t=2,v0=00", "t=-1,v0=00", "é", "t=1,v0=é", ",,=,"])
def test_what_is_not_of_the_form_is_wrong(given: str) -> None:
    refused(verify({"elevenlabs-signature": given}, BODY, URL, SECRET, NOW), "wrong")


def test_no_signature_is_missing() -> None:
    refused(verify({}, BODY, URL, SECRET, NOW), "missing")


def test_a_delivery_is_known_by_its_body() -> None:
    assert delivery_id({}, BODY) == f"sha256:{hashlib.sha256(BODY).hexdigest()}"
