"""Splicing: holes are filled with the records that they name, wherever and however deep those stand."""

from __future__ import annotations

from uuid import uuid4

from calldex.core.splicing import Splicer, hole, only_inside_invoice

A, B, C = uuid4(), uuid4(), uuid4()


def test_holes_are_filled_at_every_depth() -> None:
    forms = {A.hex: b'{"b":' + hole(B) + b',"c":[' + hole(C) + b"," + hole(C) + b"]}", B.hex: b'{"c":' + hole(C) + b"}"}
    splicer = Splicer({C.hex: b"1"}, forms)
    assert splicer.record(A) == b'{"b":{"c":1},"c":[1,1]}'
    assert splicer.fill(b'{"x":' + hole(A) + b"}") == b'{"x":{"b":{"c":1},"c":[1,1]}}'
    assert splicer.fill(b"no holes") == b"no holes"


def test_what_is_not_known_is_null() -> None:
    splicer = Splicer({}, {A.hex: b"[" + hole(B) + b"]"})
    assert splicer.record(None) == splicer.record(B) == b"null"
    assert splicer.record(A) == b"[null]"
    assert (splicer.known(A), splicer.known(B)) == (True, False)


def test_text_for_invoices_is_there_only_inside_one() -> None:
    splicer = Splicer(
        {},
        {A.hex: b"{" + only_inside_invoice(b'"paused":true,') + b'"name":1}', B.hex: hole(A, inside_invoice=True)},
    )
    assert splicer.record(A) == b'{"name":1}'
    assert splicer.record(B) == b'{"paused":true,"name":1}'
    assert splicer.fill(hole(A)) == b'{"name":1}'


def test_a_record_inside_itself_is_null() -> None:
    forms = {A.hex: b'{"b":' + hole(B) + b"}", B.hex: b'{"a":' + hole(A) + b',"b":' + hole(B) + b"}"}
    for order in ((A, B), (B, A)):
        splicer = Splicer({}, forms)
        found = {record: splicer.record(record) for record in order}
        assert found == {A: b'{"b":{"a":null,"b":null}}', B: b'{"a":{"b":null},"b":null}'}
