"""No body, however strange, makes a sender's parse or signature raise; and what is used can be kept."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingest.deliveries import NOW, URL, fixture

from calldex.core.calls import FIELDS
from calldex.core.events import Heard
from calldex.core.jsonbytes import decode, encode

SENDERS = ("retell", "twilio", "whippy", "vapi", "elevenlabs", "telnyx", "generic")
HERE = Path(__file__).parent
KINDS = {"text": str, "instant": datetime, "flag": bool, "whole": int, "json": bytes}

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["2026-03-12T15:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 253402300799, 10**15])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def bodies(sender: str) -> list[bytes]:
    folder = HERE / sender
    return [fixture(str(folder / "x.py"), path.name) for path in sorted((folder / "fixtures").iterdir())]


def check(heard: Heard) -> None:
    assert heard.meaning in ("used", "known", "nonsense")
    assert bool(heard.events) is (heard.meaning == "used")
    assert bool(heard.reason) is (heard.meaning == "nonsense")
    for event in heard.events:
        assert event.names
        assert event.time.tzinfo is not None
        encode(event.kept)
        for name, value in event.values.items():
            if FIELDS[name] in KINDS and value is not None:
                assert isinstance(value, KINDS[FIELDS[name]]), name
            if FIELDS[name] == "json":
                decode(value)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(found for key in value for found in paths(value[key], (*path, key)))]
    if isinstance(value, list):
        return [path, *(found for place, entry in enumerate(value) for found in paths(entry, (*path, place)))]
    return [path]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], by)
    return copy


@pytest.mark.parametrize("sender", SENDERS)
def test_any_bytes(sender: str) -> None:
    parse = import_module(f"calldex.ingest.{sender}.parse").parse
    signature = import_module(f"calldex.ingest.{sender}.signature")

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()), st.text(max_size=20))
    def hold(body: bytes, text: str) -> None:
        check(parse(body, None))
        check(parse(body, text))
        headers = dict.fromkeys(("x-retell-signature", "x-twilio-signature", "webhook-signature", "x-signature"), text)
        assert not signature.verify(headers | {"content-type": text}, body, URL, "secret", NOW).accepted
        assert 0 < len(signature.delivery_id(headers, body)) <= 200

    hold()


@pytest.mark.parametrize("sender", [sender for sender in SENDERS if sender != "twilio"])
def test_any_value_in_any_place(sender: str) -> None:
    parse = import_module(f"calldex.ingest.{sender}.parse").parse
    known = [json.loads(body) for body in bodies(sender)]

    @settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        body = data.draw(st.sampled_from(known))
        place = data.draw(st.sampled_from(paths(body)))
        check(parse(json.dumps(replaced(body, place, data.draw(values))).encode(), None))

    hold()


@pytest.mark.parametrize("body", bodies("twilio"))
@pytest.mark.parametrize(
    "strange", [b"", b"%00", b"%FF", b"%F0%9F%98%80", b"9" * 5000, b"-1", b"Thu, 01 Jan 9999 00:00:00 -2359"]
)
def test_any_value_in_any_parameter(body: bytes, strange: bytes) -> None:
    parse = import_module("calldex.ingest.twilio.parse").parse
    pairs = [pair.split(b"=", 1) for pair in body.split(b"&")]
    for place in range(len(pairs)):
        given_pairs = [(name, strange if place == at else value) for at, (name, value) in enumerate(pairs)]
        check(parse(b"&".join(name + b"=" + value for name, value in given_pairs), None))


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, b'{"event": 1e999999999}', b'{"data": "\\ud800"}', b"\xef\xbb\xbf{}"]
)
def test_extremes(sender: str, body: bytes) -> None:
    check(import_module(f"calldex.ingest.{sender}.parse").parse(body, None))


@pytest.mark.parametrize("sender", ["retell", "vapi", "elevenlabs", "telnyx", "generic"])
def test_numbers_too_large_for_a_clock(sender: str) -> None:
    parse = import_module(f"calldex.ingest.{sender}.parse").parse
    for body in bodies(sender):
        for place in paths(json.loads(body)):
            for number in ("1e999999999", "-1e999999999", "1e-999999999"):
                raw = json.dumps(replaced(json.loads(body), place, "@@")).replace('"@@"', number).encode()
                check(parse(raw, None))
