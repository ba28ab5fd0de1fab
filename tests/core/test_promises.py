"""What became of a promise to pay: one of four words for every promise, by the days of a time zone.

``unknown`` exactly when no day is known; ``kept`` when all was paid by the end of the day; ``broken`` when the day has
ended and something was not paid then; ``open`` until then. Time can only break or leave alone what is open.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldex.core.promises import Debt, outcome, promised_day

DAY = date(2026, 3, 12)
BERLIN, AUCKLAND, HONOLULU = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland"), ZoneInfo("Pacific/Honolulu")
ZONES = st.sampled_from([UTC, BERLIN, AUCKLAND, HONOLULU])

days = st.dates(date(2026, 1, 1), date(2026, 6, 30))
moments = st.timedeltas(timedelta(0), timedelta(days=180)).map(lambda passed: datetime(2026, 1, 1, tzinfo=UTC) + passed)
amounts = st.decimals(Decimal(0), Decimal(10**6), places=2)
debts = st.builds(Debt, st.none() | days, st.none() | moments, st.none() | amounts)
promises = st.lists(debts, max_size=5)


@pytest.mark.parametrize(
    ("debt", "now", "expected"),
    [
        (Debt(DAY, due=Decimal("10.00")), datetime(2026, 3, 12, 22, 59, tzinfo=UTC), "open"),
        (Debt(DAY, due=Decimal("10.00")), datetime(2026, 3, 12, 23, 0, tzinfo=UTC), "broken"),
        (Debt(DAY, due=Decimal("0.01")), datetime(2026, 3, 13, 12, tzinfo=UTC), "broken"),
        (Debt(DAY, due=Decimal("0.00")), datetime(2026, 3, 13, 12, tzinfo=UTC), "kept"),
        (Debt(DAY, due=None), datetime(2026, 3, 13, 12, tzinfo=UTC), "broken"),
        (Debt(DAY, datetime(2026, 3, 12, 22, 59, tzinfo=UTC)), datetime(2026, 4, 1, tzinfo=UTC), "kept"),
        (Debt(DAY, datetime(2026, 3, 12, 23, 0, tzinfo=UTC)), datetime(2026, 4, 1, tzinfo=UTC), "broken"),
        (Debt(None, datetime(2026, 3, 12, tzinfo=UTC), Decimal(0)), datetime(2026, 4, 1, tzinfo=UTC), "unknown"),
        # .NET says "never" like this, which is no day in Berlin.
        (Debt(DAY, datetime.max.replace(tzinfo=UTC)), datetime(2026, 3, 12, tzinfo=UTC), "broken"),
    ],
)
def test_one_debt(debt: Debt, now: datetime, expected: str) -> None:
    assert outcome([debt], now, BERLIN) == expected


def test_nothing_that_is_owed_is_a_promise_of_which_no_day_is_known() -> None:
    assert outcome([], datetime(2026, 3, 12, tzinfo=UTC), UTC) == "unknown"
    assert promised_day([]) is None


def test_a_day_before_the_promise_was_said_belongs_to_an_earlier_one() -> None:
    debt = Debt(DAY, due=Decimal(5))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    assert outcome([debt], now, UTC, said=DAY) == "broken"
    assert outcome([debt], now, UTC, said=DAY + timedelta(days=1)) == "unknown"
    # The other invoice of the promise says for when it was.
    both = [debt, Debt(date(2026, 4, 2), due=Decimal(5))]
    assert promised_day(both, date(2026, 3, 20)) == date(2026, 4, 2)
    assert outcome(both, now, UTC, said=date(2026, 3, 20)) == "open"


@given(promises, moments, ZONES, st.none() | days)
def test_it_is_what_its_definition_says(found: list[Debt], now: datetime, zone: ZoneInfo, said: date | None) -> None:
    known = [one.promised for one in found if one.promised and (said is None or one.promised >= said)]
    word = outcome(found, now, zone, said=said)
    assert (word == "unknown") == (not known)
    assert promised_day(found, said) == max(known, default=None)
    if not known:
        return
    ends = []
    for one in found:
        own = one.promised if one.promised and (said is None or one.promised >= said) else max(known)
        ends.append((one, datetime.combine(own + timedelta(days=1), time(), zone)))
    late = [one.paid_at >= end if one.paid_at else not one.is_paid and now >= end for one, end in ends]
    assert (word == "broken") == any(late)
    assert (word == "kept") == (not any(late) and all(one.is_paid for one in found))


@given(promises, moments, st.timedeltas(timedelta(0), timedelta(days=400)), ZONES)
def test_time_alone_breaks_what_is_open_and_changes_nothing_else(
    found: list[Debt], now: datetime, passed: timedelta, zone: ZoneInfo
) -> None:
    before, after = outcome(found, now, zone), outcome(found, now + passed, zone)
    assert after == before or (before, after) == ("open", "broken")


@given(promises, moments, ZONES, st.randoms())
def test_the_order_of_the_debts_is_nothing(found: list[Debt], now: datetime, zone: ZoneInfo, random: Random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert outcome(shuffled, now, zone) == outcome(found, now, zone)


@given(promises, moments, ZONES)
def test_to_pay_what_is_open_keeps_the_promise_and_mends_no_other(
    found: list[Debt], now: datetime, zone: ZoneInfo
) -> None:
    paid = [one if one.is_paid else Debt(one.promised, now, Decimal(0)) for one in found]
    before = outcome(found, now, zone)
    assert outcome(paid, now, zone) == ("kept" if before == "open" else before)
