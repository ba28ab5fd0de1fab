"""Twilio's signature, proven with the vendor's own package in both directions (twilio.request_validator)."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, urlencode

import pytest
from tests.ingest.deliveries import NOW, fixture, refused
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from calldex.ingest.twilio.signature import delivery_id, verify
from calldex.ingest.verdicts import mac

SECRET = "5d0e7c5d0e7c5d0e7c5d0e7c5d0e7c51"
URL = "https://calls.example.com/ingest/twilio/01jx?org=a%20b"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
JSON = {"content-type": "application/json"}
SHA256 = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
BODY = fixture(__file__, "completed.form")
VALIDATOR = RequestValidator(SECRET)


def theirs(url: str = URL, body: bytes = BODY, algorithm: str | None = None) -> dict[str, str]:
    params = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {"X-Twilio-Signature": str(VALIDATOR.compute_signature(url, params, algorithm))}


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://calls.example.com/ingest/twilio/01jx",
        "https://calls.example.com:443/ingest/twilio/01jx",
        "https://calls.example.com:8443/x?bodySHA256=no",
        "http://calls.example.com/x?a=1&a=2",
    ],
)
def test_what_twilio_signs_is_accepted(url: str) -> None:
    headers = theirs(url) | FORM
    assert verify(headers, BODY, url, SECRET, NOW).accepted
    assert verify(theirs(url, algorithm="HMAC_SHA256") | SHA256 | FORM, BODY, url, SECRET, NOW).accepted


def test_the_port_may_be_signed_or_not() -> None:
    for called in ("https://calls.example.com/x", "https://calls.example.com:443/x"):
        for signed in ("https://calls.example.com/x", "https://calls.example.com:443/x"):
            assert verify(theirs(signed) | FORM, BODY, called, SECRET, NOW).accepted
    refused(
        verify(theirs("https://calls.example.com:8443/x") | FORM, BODY, "https://calls.example.com/x", SECRET, NOW),
        "wrong",
    )


def test_what_we_accept_twilio_validates() -> None:
    params = dict(parse_qsl(BODY.decode(), keep_blank_values=True))
    message = URL + "".join(name + value for name, value in sorted(params.items()))
    ours = base64.b64encode(mac(SECRET.encode(), message.encode(), "sha1")).decode()
    assert verify({"x-twilio-signature": ours} | FORM, BODY, URL, SECRET, NOW).accepted
    assert VALIDATOR.validate(URL, params, ours)


def test_odd_texts_blank_values_and_repeated_parameters_are_signed_as_twilio_does() -> None:
    class Several(dict[str, list[str]]):
        def getall(self, name: str) -> list[str]:
            return self[name]

    given = Several({"Name": ["Größe 😀", "b", "b"], "Blank": [""], "a+b": ["c d&e=f"]})
    body = urlencode(given, doseq=True).encode()
    signature = VALIDATOR.compute_signature(URL, given)
    assert verify({"x-twilio-signature": signature} | FORM, body, URL, SECRET, NOW).accepted


def test_a_body_that_is_no_form_is_signed_by_its_digest_in_the_url() -> None:
    body = '{"CallSid":"CA1","name":"é"}'
    digest = VALIDATOR.compute_hash(body)
    url = f"https://calls.example.com/x?bodySHA256={digest}"
    signature = VALIDATOR.compute_signature(url, {})
    assert VALIDATOR.validate(url, body, signature)
    headers = {"x-twilio-signature": signature} | JSON
    assert verify(headers, body.encode(), url, SECRET, NOW).accepted
    refused(verify(headers, body.encode() + b" ", url, SECRET, NOW), "wrong")
    bare = {"x-twilio-signature": VALIDATOR.compute_signature("https://calls.example.com/x", {})} | JSON
    refused(verify(bare, body.encode(), "https://calls.example.com/x", SECRET, NOW), "wrong")


def test_no_signature_is_missing() -> None:
    refused(verify(FORM, BODY, URL, SECRET, NOW), "missing")


def test_another_body_url_secret_or_algorithm_is_wrong() -> None:
    headers = theirs() | FORM
    refused(verify(headers, BODY.replace(b"completed", b"busy"), URL, SECRET, NOW), "wrong")
    refused(verify(headers, BODY, URL.replace("01jx", "01jy"), SECRET, NOW), "wrong")
    refused(verify(headers, BODY, URL.replace("https", "http"), SECRET, NOW), "wrong")
    refused(verify(headers, BODY, URL, "other", NOW), "wrong")
    refused(verify(headers, BODY, URL, "", NOW), "wrong")
    refused(verify(headers | SHA256, BODY, URL, SECRET, NOW), "wrong")
    settings = {"x-twilio-webhooks-signature-settings": "key=1,algorithm=NONE"}
    refused(verify(headers | settings, BODY, URL, SECRET, NOW), "wrong")


@pytest.mark.parametrize("body", [b"\xff=%FF", b"a=%FF%FE", b"\x00", b"%00=%00"])
def test_a_form_that_cannot_be_read_is_wrong(body: bytes) -> None:
    refused(verify(theirs() | FORM, body, URL, SECRET, NOW), "wrong")


@pytest.mark.parametrize("url", ["https://calls.example.com:x/", "//", "", "https://[::1]:443/x", "https://[::1/x"])
def test_no_url_raises(url: str) -> None:
    refused(verify(theirs() | FORM, BODY, url, SECRET, NOW), "wrong")
    refused(verify(theirs() | JSON, BODY, url, SECRET, NOW), "wrong")


def test_a_repeated_delivery_has_the_same_id() -> None:
    token = {"I-Twilio-Idempotency-Token": "5e7d0c1a-1"}
    assert delivery_id(token, BODY) == "5e7d0c1a-1"
    assert delivery_id({}, BODY) == delivery_id({}, bytes(BODY)) != delivery_id({}, BODY + b"&a=b")
