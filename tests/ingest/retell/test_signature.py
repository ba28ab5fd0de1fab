"""Retell's signature, proven with the vendor's own package in both directions (retell-sdk, lib/webhook_auth.py)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from retell.lib.webhook_auth import symmetric
from tests.ingest.deliveries import NOW, URL, fixture, refused

from calldex.ingest.retell.signature import delivery_id, verify
from calldex.ingest.verdicts import mac

SECRET = "key_5d0e7c"
MILLISECONDS = int(NOW.timestamp() * 1000)
BODIES = (fixture(__file__, "call_started.json"), b"{}", b"", '{"text":"Größe 😀 \\u00e9"}'.encode())


def theirs(body: bytes, milliseconds: int = MILLISECONDS, secret: str = SECRET) -> str:
    return str(symmetric["sign"](body.decode(), secret, milliseconds))


@pytest.mark.parametrize("body", BODIES)
def test_what_retell_signs_is_accepted(body: bytes) -> None:
    assert verify({"x-retell-signature": theirs(body)}, body, URL, SECRET, NOW).accepted
    assert verify({"X-Retell-Signature": theirs(body)}, body, URL, SECRET, NOW).accepted


@pytest.mark.parametrize("body", BODIES)
def test_what_we_accept_retell_verifies(body: bytes) -> None:
    ours = f"v={MILLISECONDS},d={mac(SECRET.encode(), body + str(MILLISECONDS).encode()).hex()}"
    assert verify({"x-retell-signature": ours}, body, URL, SECRET, NOW).accepted
    assert symmetric["verify"](body.decode(), SECRET, ours, {"timestamp": MILLISECONDS})


@pytest.mark.parametrize("minutes", [-5, 5])
def test_the_window_is_five_minutes_in_both_directions(minutes: int) -> None:
    sent = MILLISECONDS + minutes * 60_000
    for milliseconds, accepted in ((sent, True), (sent + (1 if minutes > 0 else -1), False)):
        signature = theirs(b"{}", milliseconds)
        verdict = verify({"x-retell-signature": signature}, b"{}", URL, SECRET, NOW)
        assert verdict.accepted is accepted
        assert symmetric["verify"]("{}", SECRET, signature, {"timestamp": MILLISECONDS}) is accepted
    refused(verdict, "stale")
    assert "stale" in verdict.message
    assert "5 minutes" in verdict.message


def test_a_stale_signature_under_another_secret_is_wrong() -> None:
    signature = theirs(b"{}", MILLISECONDS - 10_000_000, "other")
    refused(verify({"x-retell-signature": signature}, b"{}", URL, SECRET, NOW), "wrong")


def test_no_signature_is_missing() -> None:
    refused(verify({}, b"{}", URL, SECRET, NOW), "missing")
    refused(verify({"x-retell-signature": " "}, b"{}", URL, SECRET, NOW), "missing")


def test_another_body_and_another_secret_are_wrong() -> None:
    signature = theirs(b'{"a":1}')
    refused(verify({"x-retell-signature": signature}, b'{"a":2}', URL, SECRET, NOW), "wrong")
    refused(verify({"x-retell-signature": signature}, b'{"a":1}', URL, "key_other", NOW), "wrong")
    refused(verify({"x-retell-signature": theirs(b"{}", secret="x")}, b"{}", URL, "", NOW), "wrong")


@pytest.mark.parametrize(
    "signature",
    [
        "v=1,d=zz",
        "d=00",
        theirs(b"{}").upper(),
        theirs(b"{}").replace("v=", "v=+"),
        theirs(b"{}") + ",d=" + "0" * 64,
        "v=\u0661\u0662,d=" + "0" * 64,
        "v=1,d=\u00e9" + "0" * 63,
        "v=" + "9" * 400 + ",d=" + "0" * 64,
    ],
)
def test_what_is_not_of_the_form_is_wrong(signature: str) -> None:
    refused(verify({"x-retell-signature": signature}, b"{}", URL, SECRET, NOW), "wrong")


def test_a_far_clock_is_no_trouble() -> None:
    assert not verify(
        {"x-retell-signature": theirs(b"{}", 10**15)}, b"{}", URL, SECRET, NOW + timedelta(days=9)
    ).accepted


def test_a_repeated_delivery_has_the_same_id_and_no_other_has() -> None:
    first, second = (fixture(__file__, name) for name in ("call_ended.json", "call_analyzed.json"))
    assert delivery_id({"x-retell-signature": theirs(first)}, first) == delivery_id({}, first)
    assert delivery_id({}, first) != delivery_id({}, second)
