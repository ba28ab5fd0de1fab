"""Standard Webhooks, proven with the reference package in both directions."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook
from tests.ingest.deliveries import NOW, URL, fixture, refused

from calldex.ingest.generic.signature import delivery_id, verify
from calldex.ingest.verdicts import mac

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(24)).decode()
BODY = fixture(__file__, "call_ended.json")


def signed(body: bytes = BODY, moment: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    signature = Webhook(secret).sign("msg_1", moment, body.decode())
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": signature,
    }


@pytest.mark.parametrize("body", [BODY, b"", '{"é": "😀"}'.encode()])
def test_what_the_package_signs_is_accepted(body: bytes) -> None:
    assert verify(signed(body), body, URL, SECRET, NOW).accepted
    assert verify(signed(body), body, URL, SECRET.removeprefix("whsec_"), NOW).accepted


def test_what_we_accept_the_package_verifies() -> None:
    now = datetime.now(NOW.tzinfo)
    seconds = int(now.timestamp())
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(mac(key, f"msg_1.{seconds}.".encode() + BODY)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{signature}"}
    assert verify(headers, BODY, URL, SECRET, now).accepted
    assert Webhook(SECRET).verify(BODY, headers)


def test_one_of_several_signatures_is_enough() -> None:
    right = signed()["Webhook-Signature"]
    several = f"v1a,AAAA v1,AAAA {signed(secret=OTHER)['Webhook-Signature']} {right} v2,x"
    assert verify(signed() | {"Webhook-Signature": several}, BODY, URL, SECRET, NOW).accepted
    refused(verify(signed() | {"Webhook-Signature": right.replace("v1,", "v1a,")}, BODY, URL, SECRET, NOW), "wrong")


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_window_is_five_minutes(seconds: int) -> None:
    beyond = seconds + (1 if seconds > 0 else -1)
    assert verify(signed(moment=NOW + timedelta(seconds=seconds)), BODY, URL, SECRET, NOW).accepted
    refused(verify(signed(moment=NOW + timedelta(seconds=beyond)), BODY, URL, SECRET, NOW), "stale")


def test_another_body_id_time_or_secret_is_wrong() -> None:
    refused(verify(signed(), BODY + b" ", URL, SECRET, NOW), "wrong")
    refused(verify(signed() | {"Webhook-Id": "msg_2"}, BODY, URL, SECRET, NOW), "wrong")
    refused(verify(signed() | {"Webhook-Timestamp": str(int(NOW.timestamp()) + 1)}, BODY, URL, SECRET, NOW), "wrong")
    refused(verify(signed(), BODY, URL, OTHER, NOW), "wrong")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!", "é"])
def test_a_secret_that_is_none_accepts_nothing(secret: str) -> None:
    refused(verify(signed(), BODY, URL, secret, NOW), "wrong")


@pytest.mark.parametrize("given", ["é", "v1", "v1,", "v1,é", ","])
def test_what_is_not_of_the_form_is_wrong(given: str) -> None:
    refused(verify(signed() | {"Webhook-Signature": given}, BODY, URL, SECRET, NOW), "wrong")
    refused(verify(signed() | {"Webhook-Timestamp": "now"}, BODY, URL, SECRET, NOW), "wrong")


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_all_three_headers_are_needed(name: str) -> None:
    headers = {key: value for key, value in signed().items() if key != name}
    refused(verify(headers, BODY, URL, SECRET, NOW), "missing")


def test_the_webhook_id_is_the_deliverys_identity() -> None:
    assert delivery_id(signed(), BODY) == "msg_1"
    assert delivery_id({}, BODY) == f"sha256:{hashlib.sha256(BODY).hexdigest()}"
