"""Promises to pay: what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Literal

from calldex.core.times import day_of

Outcome = Literal["kept", "broken", "open", "unknown"]


@dataclass(frozen=True, slots=True)
class Debt:
    """What a promise says of one invoice.

    ``promised`` is the day by which its payment was promised, None where no day is known. ``paid_at`` is when it was
    paid in full, None where that did not happen or is not known; ``due`` is what is still to be paid in the
    invoice's currency, None where that is not known.
    """

    promised: date | None
    paid_at: datetime | None = None
    due: Decimal | None = None

    @property
    def is_paid(self) -> bool:
        """Whether nothing is left to be paid."""
        return self.paid_at is not None or (self.due is not None and self.due <= 0)


def promised_day(debts: Sequence[Debt], said: date | None = None) -> date | None:
    """The day by which all of it was promised: the last of those that are known, or None.

    A day before the one on which the promise was ``said`` belongs to an earlier promise, and counts as not known.
    """
    return max((day for debt in debts if (day := _day(debt, said)) is not None), default=None)


def outcome(debts: Sequence[Debt], now: datetime, zone: tzinfo, *, said: date | None = None) -> Outcome:
    """What became of a promise to pay these debts, as it stands ``now``. The days are those of the time zone.

    A promise holds until the end of its day. It is ``kept`` when every debt was paid by the end of its day; a debt
    that is paid and of which nobody knows when was paid in time. It is ``broken`` when a day has ended and something
    that was promised for it was not paid then, whether it was paid later or not. It is ``open`` when neither is so
    yet, and ``unknown`` when no day is known. A debt without a day of its own has that of the whole promise.
    """
    whole = promised_day(debts, said)
    if whole is None:
        return "unknown"
    today = day_of(now, zone)
    states = [_state(debt, _day(debt, said) or whole, today, zone) for debt in debts]
    if "broken" in states:
        return "broken"
    return "open" if "open" in states else "kept"


def _day(debt: Debt, said: date | None) -> date | None:
    """The day of a debt, where it can be that of a promise that was said on this day."""
    return None if debt.promised is None or (said is not None and debt.promised < said) else debt.promised


def _state(debt: Debt, day: date, today: date, zone: tzinfo) -> Outcome:
    if debt.paid_at is not None:
        return "kept" if day_of(debt.paid_at, zone) <= day else "broken"
    if debt.is_paid:
        return "kept"
    return "broken" if today > day else "open"
