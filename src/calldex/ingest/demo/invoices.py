"""An invoice: what was sold, what was paid when, and sums that agree."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from calldex.ingest.demo.chance import between, pick, typed_id
from calldex.ingest.demo.partners import Partner
from calldex.ingest.demo.texts import names
from calldex.ingest.demo.words import cents

_ZERO = Decimal(0)
_TAX_RATES = {
    "US": (Decimal("0.0625"), Decimal("0.08"), Decimal(0), Decimal("0.07")),
    "FR": (Decimal("0.20"),),
    "ES": (Decimal("0.21"),),
}
_DISCOUNTS = (_ZERO, _ZERO, _ZERO, Decimal("0.05"), Decimal("0.10"))


class Line(msgspec.Struct, frozen=True, gc=False):
    """One position: `total` is quantity * unit - discount + tax."""

    item: int
    quantity: int
    unit: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal


class Payment(msgspec.Struct, frozen=True, gc=False):
    amount: Decimal
    at: datetime


class Invoice(msgspec.Struct):
    """`subtotal` is the sum of quantity * unit; `total` is that minus discount plus tax.

    `v1` and `v2` are the finished bodies, made when the history of the partner is known.
    """

    id: str
    partner: Partner
    number: str
    order: str
    purchase_order: str
    issued: datetime
    due: datetime
    lines: list[Line]
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal
    modified: datetime
    payments: list[Payment]
    promised: datetime | None = None
    disputed: bool = False
    v1: msgspec.Raw = msgspec.Raw(b"null")
    v2: msgspec.Raw = msgspec.Raw(b"null")


def issue_invoice(rng: Random, partner: Partner, serial: int, issued: datetime) -> Invoice:
    """A new invoice of one to three positions, due thirty days later."""
    rate = pick(rng, _TAX_RATES[partner.country])
    lines = [_line(rng, rate) for _ in range(1 + (rng.random() < 0.4) + (rng.random() < 0.15))]
    subtotal = sum((line.unit * line.quantity for line in lines), _ZERO)
    discount = sum((line.discount for line in lines), _ZERO)
    tax = sum((line.tax for line in lines), _ZERO)
    return Invoice(
        id=typed_id(rng, "inv", issued),
        partner=partner,
        number=f"LF-{issued:%y%m}-{20000 + serial}",
        order=f"SO-{80000 + serial}",
        purchase_order=f"PO-{partner.account_number[2:]}-{between(rng, 100, 999)}",
        issued=issued,
        due=issued + timedelta(days=30),
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        total=subtotal - discount + tax,
        modified=issued,
        payments=[],
    )


def open_amount(invoice: Invoice, at: datetime | None = None) -> Decimal:
    """What is still to be paid, now or at an earlier moment."""
    return invoice.total - paid_amount(invoice, at)


def paid_amount(invoice: Invoice, at: datetime | None = None) -> Decimal:
    return sum((part.amount for part in invoice.payments if at is None or part.at <= at), _ZERO)


def pay(invoice: Invoice, amount: Decimal, at: datetime) -> None:
    """Books a payment, which also ends a dispute when nothing is open any more."""
    invoice.payments.append(Payment(amount, at))
    invoice.modified = max(invoice.modified, at)
    if not open_amount(invoice):
        invoice.disputed = False


def _line(rng: Random, rate: Decimal) -> Line:
    item = int(rng.random() * len(names().items))
    unit = Decimal(names().items[item][1])
    quantity = between(rng, 1, 4) if unit > 300 else between(rng, 2, 40)
    gross = unit * quantity
    discount = cents(gross * pick(rng, _DISCOUNTS))
    tax = cents((gross - discount) * rate)
    return Line(item, quantity, unit, discount, tax, gross - discount + tax)
