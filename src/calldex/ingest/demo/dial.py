"""One call from its plan to its end: who calls whom, how it goes and what is said."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from calldex.ingest.demo.calls import Call
from calldex.ingest.demo.chance import between, hexes, pick
from calldex.ingest.demo.company import DESK_NUMBERS, NAME, OUR_NUMBERS, Company
from calldex.ingest.demo.conversation import converse
from calldex.ingest.demo.invoices import Invoice, open_amount
from calldex.ingest.demo.partners import Partner, phone_number
from calldex.ingest.demo.texts import LANGUAGES, names, scenarios
from calldex.ingest.demo.words import WEEKDAYS, cents, spoken_amount, spoken_date

_FAILURES = ("dial_failed", "invalid_destination", "telephony_provider_unavailable")
# The newest calls are looked at first, and a recording can only be heard along with words that have times.
_TIMED = timedelta(days=3)
_ENDINGS = ("user_hangup", "user_hangup", "agent_hangup", "agent_hangup", "agent_hangup")
_SENTIMENTS = ("positive", "neutral", "negative")


def make_call(
    rng: Random,
    company: Company,
    partner: Partner,
    invoice: Invoice,
    *,
    format_name: str,
    direction: str,
    outcome: str,
    scenario: str,
    moment: datetime,
    promise: datetime,
    automated: bool,
    now: datetime,
) -> Call:
    """A finished call about the invoice.

    `outcome` is one of the final statuses or "voicemail"; `promise` is the day that a
    conversation of this call agrees on.
    """
    call = _draft(rng, company, partner, format_name, direction, scenario, moment)
    call.automated = automated and direction == "outbound"
    if call.automated:
        call.workflow = pick(rng, company.workflows)
        call.approver = pick(rng, company.users) if rng.random() < 0.3 else None
        call.created = moment - timedelta(seconds=between(rng, 5, 90))
    local = _slots(rng, call, partner, invoice, promise)
    call.status = "completed" if outcome == "voicemail" else outcome
    if outcome == "canceled":
        call.modified = moment + timedelta(seconds=between(rng, 1, 20))
        return call
    call.started = moment
    call.timed = now - moment < _TIMED
    if outcome in {"no_answer", "busy", "failed"}:
        seconds = between(rng, 22, 45) if outcome == "no_answer" else between(rng, 1, 6)
        call.disconnection_reason = pick(rng, _FAILURES) if outcome == "failed" else f"dial_{outcome}"
    else:
        seconds = _talk(rng, call, scenario, local, voicemail=outcome == "voicemail")
    call.ended = moment + timedelta(seconds=seconds)
    # The analysis is ready within a minute, sometimes much later.
    late = between(rng, 120, 2700) if rng.random() < 0.15 else between(rng, 5, 50)
    call.modified = min(now, call.ended + timedelta(seconds=late))
    return call


def live_call(rng: Random, company: Company, partner: Partner, invoice: Invoice, status: str, now: datetime) -> Call:
    """A call that is not over yet: planned, waiting, dialled or under way at `now`."""
    age = {
        "pending_approval": (600, 90_000),
        "queued": (30, 2400),
        "registered": (3, 20),
        "initiated": (2, 15),
        "ringing": (4, 30),
        "in_progress": (25, 400),
    }[status]
    created = now - timedelta(seconds=between(rng, *age))
    call = _draft(rng, company, partner, "stuut-v1", "outbound", "payment_promise", created)
    call.status = status
    call.automated = True
    call.workflow = pick(rng, company.workflows)
    call.invoices = [invoice]
    _slots(rng, call, partner, invoice, now + timedelta(days=5))
    if status == "in_progress":
        call.started = created + timedelta(seconds=between(rng, 3, 20))
    if status not in {"pending_approval", "queued"}:
        call.modified = call.started or created
    return call


def _draft(
    rng: Random,
    company: Company,
    partner: Partner,
    format_name: str,
    direction: str,
    scenario: str,
    moment: datetime,
) -> Call:
    person = pick(rng, partner.people)
    country = partner.country
    theirs = person.phone
    if scenario == "stranger":
        city = pick(rng, names().countries[country].cities)
        theirs = phone_number(rng, country, city[6])
    elif direction == "inbound" and format_name != "skipcall" and rng.random() < 0.02:
        theirs = f"sip:{person.phone}@pbx.{partner.host}"
    return Call(
        format=format_name,
        direction=direction,
        status="queued",
        country=country,
        language=LANGUAGES[country],
        created=moment,
        ours=OUR_NUMBERS[country],
        theirs=theirs,
        person=person,
        partner=None if scenario == "stranger" else partner,
        agent=company.agents[country],
        colleague=partner.assignee,
        scenario=scenarios()[scenario],
        slots={},
        invoices=[],
        automated=False,
    )


def _talk(rng: Random, call: Call, scenario: str, local: dict[str, str] | None, *, voicemail: bool) -> int:
    transfer = not voicemail and rng.random() < 0.06 and scenario != "stranger"
    if call.format == "skipcall":
        # This vendor keeps no transcript: only the length of the conversation counts.
        seconds = between(rng, 30, 90) if voicemail else 30 + min(690, int(rng.expovariate(1 / 150)))
    else:
        translate = local is not None and call.format == "whippy"
        call.conversation = converse(
            rng, scenario, call.direction, call.language, local or call.slots,
            call.slots if translate else None, transfer=transfer,
        )  # fmt: skip
        seconds = call.conversation.seconds
    call.voicemail = voicemail
    call.transferred_to = DESK_NUMBERS[call.country] if transfer else None
    if voicemail:
        call.disconnection_reason = "voicemail_reached"
        call.sentiment = "unknown"
        return seconds
    call.disconnection_reason = "call_transfer" if transfer else pick(rng, _ENDINGS)
    weights = call.scenario.sentiments
    call.sentiment = "unknown" if rng.random() < 0.03 else rng.choices(_SENTIMENTS, weights)[0]
    return seconds


def _slots(rng: Random, call: Call, partner: Partner, invoice: Invoice, promise: datetime) -> dict[str, str] | None:
    """Fills the call's English slots; gives those of its own language when that is another."""
    amount = open_amount(invoice, call.created) or invoice.total
    line = invoice.lines[0]
    item = names().items[line.item]
    facts = {
        "company": NAME,
        "agent": call.agent.name,
        "first": call.person.first,
        "contact": call.person.name,
        "partner": partner.name,
        "invoice": invoice.number,
        "order": invoice.order,
        "po": invoice.purchase_order,
        "qty": str(line.quantity),
        "email": call.person.email,
        "street": partner.street,
        "city": partner.city,
        "phone": call.person.phone,
        "colleague": call.colleague.name,
        "hour": f"{between(rng, 9, 16)}:{pick(rng, ('00', '30'))}",
        "ref": f"R-{hexes(rng, 5).upper()}",
        "days": str(max(1, (call.created - invoice.due).days)),
        "iso_date": f"{promise:%Y-%m-%d}",
    }
    call.slots = facts | _spoken("en", partner.currency, amount, invoice, promise, item[0])
    if call.language == "en":
        return None
    local = item[2] if call.language == "fr" else item[3]
    return facts | _spoken(call.language, partner.currency, amount, invoice, promise, local)


def _spoken(
    language: str, currency: str, amount: Decimal, invoice: Invoice, promise: datetime, item: str
) -> dict[str, str]:
    return {
        "amount": spoken_amount(amount, currency, language),
        "half": spoken_amount(cents(amount / 2), currency, language),
        "total": spoken_amount(invoice.total, currency, language),
        "due": spoken_date(invoice.due, language),
        "date": spoken_date(promise, language),
        "day": WEEKDAYS[language][promise.weekday()],
        "item": item,
    }
