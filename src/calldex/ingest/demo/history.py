"""What happens between the company and one partner: invoices, calls and what came of them.

A history is told in the order of time, because calls change things: a promise is kept or not, a
dispute holds an invoice up, a paid invoice is not reminded of. When it is told, the bodies are
made; every call then shows the partner and its invoices as they stand now, as an API would.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from calldex.ingest.demo.calls import Call
from calldex.ingest.demo.chance import between, deal, pick
from calldex.ingest.demo.company import Company
from calldex.ingest.demo.dial import live_call, make_call
from calldex.ingest.demo.hours import Draw, working_day_after
from calldex.ingest.demo.invoice_bodies import dress_invoice
from calldex.ingest.demo.invoices import Invoice, issue_invoice, open_amount, pay
from calldex.ingest.demo.partner_bodies import dress_partner
from calldex.ingest.demo.partners import Partner, meet_partner
from calldex.ingest.demo.texts import scenarios
from calldex.ingest.demo.words import cents

FORMATS = ("stuut-v1", "stuut-v2", "skipcall", "whippy")
_FORMAT_CARDS = [name for name, count in zip(FORMATS, (12, 2, 3, 3), strict=True) for _ in range(count)]
_OUTBOUND_SHARE = {"stuut-v1": 0.66, "stuut-v2": 0.7, "skipcall": 0.85, "whippy": 0.5}
_COUNTRY_CARDS = ["US"] * 20 + ["FR"] * 3 + ["ES"] * 2
_OUTCOMES = {
    "outbound": {"completed": 77, "voicemail": 9, "no_answer": 7, "busy": 3, "failed": 2, "canceled": 2},
    "inbound": {"completed": 46, "no_answer": 2, "failed": 1, "canceled": 1},
}
_TOPICS = {
    ("outbound", False): ("invoice", "any", "sales"),
    ("outbound", True): ("settled", "any", "sales"),
    ("inbound", False): ("any", "support", "invoice"),
    ("inbound", True): ("any", "support"),
}
# Skipcall is the sales team's dialler; reminders go through the others.
_SALES_TOPICS = ("sales", "settled", "any")
_LIVE = ("in_progress", "pending_approval", "ringing", "queued", "initiated", "registered")


class Decks(msgspec.Struct, frozen=True):
    """What is dealt rather than drawn, so that every outcome gets its share."""

    countries: Iterator[str]
    formats: Iterator[str]
    outcomes: dict[str, Iterator[str]]
    scenarios: dict[tuple[str, str, bool], Iterator[str]]


def shuffle_decks(rng: Random) -> Decks:
    return Decks(
        countries=deal(rng, _COUNTRY_CARDS),
        formats=deal(rng, _FORMAT_CARDS),
        outcomes={
            direction: deal(rng, [name for name, count in shares.items() for _ in range(count)])
            for direction, shares in _OUTCOMES.items()
        },
        scenarios={
            (name, direction, settled): deal(rng, _scenario_cards(name, direction, topics))
            for name in FORMATS
            for (direction, settled), topics in _TOPICS.items()
        },
    )


def tell_history(rng: Random, company: Company, decks: Decks, number: int, draw: Draw, now: datetime) -> list[Call]:
    """All calls of the partner with that number, the oldest first."""
    country = next(decks.countries)
    moments = _moments(rng, decks, country, draw)
    partner = meet_partner(rng, company, number, country, moments[0][0])
    invoices = _issue(rng, partner, number, [moment[0] for moment in moments])
    calls: list[Call] = []
    for position, (moment, format_name, direction, burst) in enumerate(moments):
        index = position * len(invoices) // len(moments)
        invoice = invoices[index]
        settled = not open_amount(invoice, moment)
        outcome = next(decks.outcomes[direction])
        name = "voicemail"
        if outcome == "completed":
            name = next(decks.scenarios[format_name, direction, settled])
            if direction == "inbound" and format_name == "stuut-v1" and rng.random() < 0.04:
                name = "stranger"
        linked = _linked(rng, invoices[: index + 1], name, settled=settled)
        promise = _promise(rng, moment)
        call = make_call(
            rng, company, partner, invoice,
            format_name=format_name, direction=direction, outcome=outcome, scenario=name,
            moment=moment, promise=promise, automated=burst or rng.random() < 0.5, now=now,
        )  # fmt: skip
        call.invoices = linked if call.partner else []
        _apply(rng, call, name, invoice, promise, now)
        calls.append(call)
    if (number < 24 and number % 4 == 0) or number % 40 == 0:
        status = _LIVE[(number // 4 if number < 24 else number // 40) % len(_LIVE)]
        calls.append(live_call(rng, company, partner, invoices[-1], status, now))
    _dress(rng, company, partner, invoices, calls, now)
    return calls


def _moments(rng: Random, decks: Decks, country: str, draw: Draw) -> list[tuple[datetime, str, str, bool]]:
    moments = []
    for _ in range(3 + min(20, int(rng.expovariate(1 / 5.5)))):
        format_name = next(decks.formats)
        outbound = rng.random() < _OUTBOUND_SHARE[format_name]
        burst = outbound and rng.random() < 0.4
        moment = draw(rng, country, burst)
        moments.append((moment, format_name, "outbound" if outbound else "inbound", burst))
    moments.sort()
    return moments


def _issue(rng: Random, partner: Partner, number: int, moments: list[datetime]) -> list[Invoice]:
    count = min(len(moments), pick(rng, (1, 1, 1, 2, 2, 2, 3, 4)))
    invoices = []
    for index in range(count):
        # Each invoice is past due when the first call about it is made.
        reminded = moments[-(-index * len(moments) // count)]
        issued = reminded - timedelta(days=between(rng, 33, 75), minutes=between(rng, 0, 300))
        invoice = issue_invoice(rng, partner, number * 4 + index, issued)
        if rng.random() < 0.15:
            pay(invoice, cents(invoice.total * Decimal("0.4")), issued + timedelta(days=20))
        invoices.append(invoice)
    return invoices


def _linked(rng: Random, invoices: list[Invoice], scenario: str, *, settled: bool) -> list[Invoice]:
    topic = scenarios()[scenario].topic
    if topic in {"sales", "support", "stranger"} or (topic == "voicemail" and settled):
        return []
    if len(invoices) > 1 and rng.random() < 0.25:
        return [invoices[-1], invoices[-2]]
    return [invoices[-1]]


def _promise(rng: Random, moment: datetime) -> datetime:
    afternoon = moment.replace(hour=14, minute=0, second=0)
    return working_day_after(afternoon, between(rng, 3, 12))


def _apply(rng: Random, call: Call, scenario: str, invoice: Invoice, promise: datetime, now: datetime) -> None:
    if not call.answered or call.started is None or call.modified is None:
        return
    match scenario:
        case "payment_promise" | "payment_plan":
            invoice.promised = promise
            # Mostly on the day or the day before, at times a day late.
            kept = promise + timedelta(hours=between(rng, 0, 40) - 28)
            left = open_amount(invoice)
            if scenario == "payment_plan":
                left = min(left, cents(left / 2))
            if left and kept < now and rng.random() < 0.7:
                pay(invoice, left, kept)
        case "payment_by_phone":
            # The link settles it at once; what was expected later does not come any more.
            invoice.payments = [part for part in invoice.payments if part.at <= call.started]
            pay(invoice, open_amount(invoice), call.ended or call.started)
        case "dispute":
            invoice.disputed = bool(open_amount(invoice))
        case _:
            return
    invoice.modified = max(invoice.modified, call.modified)


def _dress(
    rng: Random,
    company: Company,
    partner: Partner,
    invoices: list[Invoice],
    calls: list[Call],
    now: datetime,
) -> None:
    modified = max((call.modified for call in calls if call.modified), default=partner.created)
    outreach = max((call.created for call in calls if call.direction == "outbound"), default=None)
    dress_partner(rng, company, partner, modified, outreach)
    for invoice in invoices:
        dress_invoice(rng, company, invoice, now)


def _scenario_cards(format_name: str, direction: str, topics: tuple[str, ...]) -> list[str]:
    if format_name == "skipcall" and direction == "outbound":
        topics = _SALES_TOPICS
    return [
        name
        for name, scenario in scenarios().items()
        if scenario.direction == direction and scenario.topic in topics
        for _ in range(scenario.cards)
    ]
