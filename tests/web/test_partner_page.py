"""A partner's page: found by any of its ids, it has what is open with it, what was promised and the latest calls.

Whatever a record's body is made of, the page is there, what strangers wrote is text, and the number of statements does
not depend on how much there is. A partner of another organization is not there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surfaces.hearing import hearing
from tests.surfaces.native.writer import Writer
from tests.surfaces.serving import Serving
from tests.web.visiting import Visitor, browser_of, visitor

from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.amounts import read_amount
from calldex.core.ids import record_uuid, typed_id
from calldex.core.jsonbytes import encode
from calldex.ingest.demo import demo_calls
from calldex.store.records import StoredRecord
from calldex.web.invoices import read_invoice
from calldex.web.partner_facts import read_partner, sums_of

NOW = datetime.now(UTC)
TODAY = NOW.date()


@asynccontextmanager
async def shop(app: Serving, role: str = "viewer") -> AsyncIterator[tuple[Writer, Visitor]]:
    """An organization that a program writes into, and somebody who looks."""
    writer = await Writer.of(app)
    async with visitor(app, writer.tenant, role) as somebody:
        yield writer, somebody


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def day(days: int) -> str:
    """A day of the calendar so many days from today."""
    return (TODAY + timedelta(days=days)).isoformat()


def section(page: str, name: str) -> str:
    """The text of a section by its heading's id, without marks."""
    found = page.split(f'id="{name}-title">', 1)[1].split("</section>", maxsplit=1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


async def called(writer: Writer, days: float, invoices: list[Any], *, promise: bool = False, **more: Any) -> None:
    fields: dict[str, Any] = {
        "direction": "outbound",
        "to_number": "+12025550143",
        "started_at": ago(days),
        "partner": "p-1",
        "invoices": invoices,
        **more,
    }
    if promise:
        fields["classifications"] = [{"classification": "payment_promise"}]
    await writer.put(f"call-{uuid4()}", **fields)


async def test_the_page_begins_with_who_it_is(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        partner = {
            "id": "p-1",
            "name": "Silver <b>Birch</b>",
            "legal_name": "Silver Birch Ltd.",
            "account_number": "C-1",
            "email": "ap@birch.example",
            "phone": "+12025550143",
            "billing_address": {"line1": "1 High Street", "city": "Ely", "country": "GB", "coordinates": {}},
            "assignee": {"id": "u-1", "name": "Priya Raman"},
            "business_unit": {"name": "North"},
            "contacts": [
                {"given_name": "Joan", "family_name": "Hill", "job_title": "Controller", "is_primary": True},
                {"phone": "+12025550144"},
                {"id": 3},
            ],
        }
        await called(writer, 1, [], partner=partner)
        page = await viewer.page("/partners/p-1")
        assert "Silver &lt;b&gt;Birch&lt;/b&gt;" in page
        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        for said in ("Silver Birch Ltd.", "C-1", "ap@birch.example", "+1 202-555-0143", "1 High Street, Ely, GB"):
            assert said in text
        for said in ("Priya Raman", "North", "2 contacts", "Joan Hill", "Controller", "+1 202-555-0144"):
            assert said in text


async def test_every_id_of_a_partner_leads_to_it_and_a_strangers_does_not(app: Serving) -> None:
    async with shop(app) as (writer, viewer), shop(app, "admin") as (_, stranger), browser_of(app) as nobody:
        named = "a/b c?d#é"
        await called(writer, 1, [], partner={"id": named, "name": "Birch"})
        found = record_uuid("native", "partner", named)
        for path in ("a/b%20c%3Fd%23%C3%A9", str(found), typed_id("ptn", found)):
            assert '<h1 dir="auto">Birch</h1>' in await viewer.page(f"/partners/{path}")
            assert (await stranger.get(f"/partners/{path}")).status_code == 404
            assert (await nobody.get(f"/partners/{path}")).headers["location"].startswith("/sign-in")
        for path in (str(uuid4()), "nobody", "%00", "x" * 5000):
            assert (await viewer.get(f"/partners/{path}")).status_code == 404
        assert (await viewer.post("/partners")).status_code == 405


async def test_every_page_leads_to_the_partners(app: Serving) -> None:
    async with shop(app) as (_, viewer):
        for path in ("/calls", "/overview", "/tasks", "/account"):
            page = await viewer.page(path)
            assert '<a href="/partners">Partners</a>' in page
        assert '<a href="/partners" aria-current="page">Partners</a>' in await viewer.page("/partners")


async def test_a_record_of_another_kind_is_no_partner(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        await called(writer, 1, [{"id": "i-1"}], partner={"id": "p-1", "name": "Birch"})
        assert (await viewer.get(f"/partners/{record_uuid('native', 'invoice', 'i-1')}")).status_code == 404


async def test_open_invoices_and_their_sums_by_currency(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        await called(
            writer,
            2,
            [
                {"id": "1", "number": "N-1", "total_amount": "100.10", "amount_paid": "0.10", "amount_due": "100.00",
                 "currency": "USD", "due_date": day(-10), "issued_at": f"{day(-40)}T00:00:00Z"},
                {"id": "2", "number": "N-2", "amount_due": "0.30", "currency": "USD", "due_date": day(5)},
                {"id": "3", "number": "N-3", "total_amount": "9.00", "amount_paid": "2.00", "currency": "EUR"},
                {"id": "4", "number": "N-4", "amount_due": "0.00", "currency": "USD", "paid_at": ago(3)},
                {"id": "5", "number": "N-5", "amount_due": "50.00", "currency": "USD", "voided_at": ago(3)},
                {"id": "7", "number": "N-7", "amount_due": "7.00", "currency": "USD", "status": "draft"},
                {"id": "8", "number": "N-8", "amount_due": "-25.00", "currency": "USD"},
                {"id": "9", "number": "N-9", "amount_due": None, "total_amount": "40", "currency": "USD"},
            ],
            partner={"id": "p-1", "name": "Birch"},
        )  # fmt: skip
        await called(writer, 1, [{"id": "6", "number": "<i>N-6</i>", "amount_due": "1.00"}])
        page = await viewer.page("/partners/p-1")
        text = section(page, "invoices")
        opened, closed = text.split("4 invoices with nothing to be paid")
        for number in ("N-1", "N-2", "N-3", "<i>N-6</i>", "N-9"):
            assert number in opened, number
        for number in ("N-4", "N-5", "N-7", "N-8"):
            assert number in closed, number
        assert "<i>N-6" not in page
        assert "10 days overdue" in opened
        assert "Sum USD $100.30 $100.00 overdue" in opened
        assert "Sum EUR €7.00" in opened
        assert "N-4" in closed
        assert "Void" in closed
        assert "Draft" in closed
        assert "Credit" in closed
        assert "not said, not counted" in opened


async def test_promises_and_whether_they_were_kept(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        kept = {"id": "k", "number": "KEPT", "amount_due": "0", "paid_at": ago(12), "promised_to_pay_date": day(-10)}
        late = {"id": "l", "number": "LATE", "amount_due": "0", "paid_at": ago(3), "promised_to_pay_date": day(-10)}
        broken = {"id": "b", "number": "BROKEN", "amount_due": "5", "promised_to_pay_date": day(-2)}
        opened = {"id": "o", "number": "OPEN", "amount_due": "5", "promised_to_pay_date": day(3)}
        unknown = {"id": "u", "number": "UNKNOWN", "amount_due": "5", "promised_to_pay_date": None}
        gone = {"id": "g", "number": "GONE", "amount_due": "5", "voided_at": ago(1), "promised_to_pay_date": day(-2)}
        alone = {"id": "a", "number": "ALONE", "amount_due": "5", "promised_to_pay_date": day(1)}
        await called(writer, 25, [opened], promise=True, summary="An earlier promise", partner={"id": "p-1"})
        await called(writer, 20, [kept], promise=True, summary="<script>alert(1)</script>")
        for place, invoice in enumerate((late, broken, opened, unknown)):
            await called(writer, 19 - place, [invoice["id"]] if invoice is opened else [invoice], promise=True)
        await called(writer, 2, [alone])
        # A promise to pay what is not to be paid is neither kept nor broken.
        await called(writer, 3, [gone], promise=True)
        page = await viewer.page("/partners/p-1")
        assert "<script>alert" not in page
        text = section(page, "promises")
        assert "1 kept 2 broken 2 open 3 no day known" in text
        rows = [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in page.split("<tr>")]
        for number, word in (("KEPT", "kept"), ("LATE", "broken"), ("BROKEN", "broken"), ("UNKNOWN", "no day known")):
            assert [row for row in rows if number in row and f" {word} {number}" in row], number
        # The day of an invoice is that of the latest promise to pay it.
        assert [row for row in rows if "An earlier promise" in row and "no day known OPEN" in row]
        assert [row for row in rows if "Not in a call" in row and "open ALONE 5 still due" in row]


async def test_the_latest_calls_and_the_way_to_all_of_them(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        await called(writer, 30, [], partner={"id": "p-1", "name": "Birch"})
        for number in range(23):
            await called(writer, number, [], summary=f"Number {number}.")
        await called(writer, 1, [], partner={"id": "p-2", "name": "Oak"}, summary="Of another")
        page = await viewer.page("/partners/p-1")
        assert re.findall(r"Number (\d+)\.", page) == [str(number) for number in range(20)]
        assert "Of another" not in page
        link = re.search(r'href="(/calls\?partner=[^"]+)">All 24 calls', page)
        assert link is not None
        assert "<strong>24 calls</strong>" in await viewer.page(link[1])


async def test_the_statements_do_not_depend_on_how_much_there_is(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        invoices = [{"id": str(number), "amount_due": "1.00"} for number in range(40)]
        await called(writer, 1, [], partner={"id": "few", "name": "Few", "assignee": {"id": "u", "name": "U"}})
        for number in range(25):
            partner = {"id": "many", "name": "Many", "assignee": {"id": "u", "name": "U"}}
            await called(writer, number, invoices, promise=True, partner=partner)
        asked: dict[str, list[list[str]]] = {"few": [], "many": []}
        for name in ("few", "many") * 4:
            async with hearing(app.database) as heard:
                await viewer.page(f"/partners/{name}")
            asked[name].append(heard)
        # A connection that meets a type for the first time asks about it, so the shortest list of each is looked at.
        few, many = (min(lists, key=len) for lists in asked.values())
        assert few == many
        # Beside nine questions: the beginning and the end of a transaction, and what is left of its time.
        assert len(many) <= 12, many


async def test_demo_partners_of_every_source_have_a_page(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        by_source: dict[str, list[Any]] = {}
        for source, raw in demo_calls(120, seed=3, now=NOW):
            by_source.setdefault(source, []).append(raw)
        for source, calls in by_source.items():
            changes = [FORMATS[source].parse_call(raw) for raw in calls]
            await import_calls(app.database, writer.tenant.organization.id, FORMATS[source].importing(), changes)
        partners = await app.database.pool.fetch(
            "SELECT DISTINCT partner FROM calls WHERE organization_id = $1 AND partner IS NOT NULL",
            writer.tenant.organization.id,
        )
        assert len(partners) > 10
        for (partner,) in partners:
            assert "Latest calls" in await viewer.page(f"/partners/{partner}")


async def test_a_partner_is_found_by_the_beginning_of_a_name(app: Serving) -> None:
    async with shop(app) as (writer, viewer), shop(app) as (_, stranger), browser_of(app) as nobody:
        await called(writer, 1, [], partner={"id": "p-1", "name": "Silver <b>Birch", "account_number": "C-7"})
        page = await viewer.page("/partners", name="bir")
        found = record_uuid("native", "partner", "p-1")
        assert f'href="/partners/{found}"' in page
        assert "Silver &lt;b&gt;Birch" in page
        part = await viewer.get("/partners", fragment=True, name="c-7 silv")
        assert part.text.lstrip().startswith("<section")
        assert str(found) in part.text
        for other, name in ((viewer, "oak"), (viewer, "\0"), (stranger, "bir")):
            text = await other.page("/partners", name=name)
            assert str(found) not in text
        assert (await nobody.get("/partners")).status_code == 303


# Whatever a body is made of

ODD = ("NaN", "1e400", "-5", "9999-12-31T23:59:59.999Z", "0001-01-01", "2026-02-30", "USD", str(UUID(int=7)))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = [
    "name",
    "legal_name",
    "given_name",
    "family_name",
    "account_number",
    "email",
    "phone",
    "billing_address",
    "address",
    "assignee",
    "assignee_id",
    "business_unit",
    "business_unit_id",
    "currency",
    "contacts",
]
INVOICE = [
    "number",
    "status",
    "issued_at",
    "due_date",
    "promised_to_pay_date",
    "paid_at",
    "voided_at",
    "total_amount",
    "amount_paid",
    "amount_due",
    "amount_remaining",
    "currency",
]


def record_of(body: Any) -> StoredRecord:
    return StoredRecord(UUID(int=1), "partner", "native", None, None, 1, b"{}", encode(body), None)


@given(values | st.dictionaries(st.sampled_from(NAMES), values))
def test_any_body_is_read_as_a_partner(body: Any) -> None:
    facts = read_partner(record_of(body), {})
    assert facts.name
    assert all(contact.name for contact in facts.contacts)


@given(st.dictionaries(st.sampled_from(INVOICE), values))
def test_any_body_is_read_as_an_invoice(body: dict[str, Any]) -> None:
    invoice = read_invoice(UUID(int=2), None, body)
    assert invoice.number
    assert invoice.state in ("open", "paid", "void", "credit")
    assert invoice.overdue(TODAY) >= 0
    assert len(sums_of([invoice], TODAY)) == (invoice.state == "open" and invoice.owed is not None)


@pytest.mark.parametrize(
    "given",
    [
        *("1e-999999", "1E17", "1_000", "٣", "Infinity", "nan", "0x1", "", "1,000", "9" * 16, "0.1234567", "5.", "+5"),
        *(Decimal("1E-999999"), Decimal("1E+17"), 10**15, True, [1], {"a": 1}),
    ],
)
def test_what_is_no_plain_amount_stands_as_given_and_in_no_sum(given: Any) -> None:
    assert read_amount(given) is None
    body = {"currency": "USD", "amount_due": given, "total_amount": given, "amount_paid": "1"}
    invoice = read_invoice(UUID(int=2), None, body)
    assert (invoice.owed, invoice.total, invoice.state) == (None, None, "open")
    assert sums_of([invoice], TODAY) == []
    shown = invoice.unread.get("owed", "")
    assert shown == (given if isinstance(given, str) else encode(given).decode())


@pytest.mark.parametrize("given", ["0", "-12.50", "999999999999999.999999", 7, Decimal("0.10"), " 3 "])
def test_a_plain_amount_is_one(given: Any) -> None:
    assert read_amount(given) == Decimal(str(given).strip())


async def test_an_amount_that_is_none_is_on_the_page_and_not_counted(app: Serving) -> None:
    async with shop(app) as (writer, viewer):
        await called(
            writer,
            1,
            [
                {"id": "1", "number": "N-1", "amount_due": "1e-999999", "currency": "USD"},
                {"id": "2", "number": "N-2", "amount_due": "2.50", "currency": "USD"},
            ],
            partner={"id": "p-1", "name": "Birch"},
        )
        text = section(await viewer.page("/partners/p-1"), "invoices")
        assert "1e-999999 not counted" in text
        assert "Sum USD $2.50" in text


@given(st.lists(st.tuples(st.sampled_from(["USD", "EUR"]), st.integers(0, 10**9), st.integers(-5, 5)), max_size=8))
def test_sums_are_those_of_the_cents(rows: list[tuple[str, int, int]]) -> None:
    invoices = [
        read_invoice(
            UUID(int=number),
            None,
            {"currency": currency, "amount_due": Decimal(cents).scaleb(-2), "due_date": day(due)},
        )
        for number, (currency, cents, due) in enumerate(rows)
    ]
    found = {one.currency: (one.owed, one.overdue) for one in sums_of(invoices, TODAY)}
    for currency in ("USD", "EUR"):
        own = [(cents, due) for code, cents, due in rows if code == currency and cents]
        if own:
            owed = sum(cents for cents, _ in own)
            assert found[currency] == (
                Decimal(owed).scaleb(-2),
                Decimal(sum(cents for cents, due in own if due < 0)).scaleb(-2),
            )
        else:
            assert currency not in found


@pytest.mark.parametrize(
    ("said", "owed"),
    [
        ({"amount_due": "3", "amount_remaining": "2", "total_amount": "9", "amount_paid": "1"}, "3"),
        ({"amount_due": "", "amount_remaining": "2", "total_amount": "9", "amount_paid": "1"}, "2"),
        ({"total_amount": "9", "amount_paid": "1"}, "8"),
        ({"total_amount": "9"}, None),
    ],
)
def test_what_is_due_is_said_before_it_is_worked_out(said: dict[str, Any], owed: str | None) -> None:
    assert read_invoice(UUID(int=2), None, said).owed == (None if owed is None else Decimal(owed))


@pytest.mark.parametrize(
    ("given_as", "zone_day"),
    [
        ("2026-03-12", date(2026, 3, 12)),
        ("2026-03-12T00:00:00Z", date(2026, 3, 12)),
        ("2026-03-12T23:30:00-05:00", date(2026, 3, 13)),
        ("2026-03-12T05:00:00", None),
        (20260312, None),
    ],
)
def test_a_day_is_read_as_it_is_meant(given_as: Any, zone_day: date | None) -> None:
    invoice = read_invoice(UUID(int=2), None, {"due_date": given_as})
    assert invoice.due == zone_day
