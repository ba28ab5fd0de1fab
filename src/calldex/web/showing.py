"""How values read to people: times in their zone, lengths, numbers, money, phone numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from babel.numbers import format_currency

from calldex.core.amounts import read_amount
from calldex.core.times import day_of, in_zone


@cache
def zone_names() -> tuple[str, ...]:
    """The time zones that can be chosen, by name."""
    left_out = ("Etc/", "SystemV/", "posix", "right/", "US/", "Factory", "localtime")
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(left_out))
    return (*names, "UTC")


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether it is a time zone's name. Nothing else is ever looked up as a file."""
    return name in _known_zones()


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name; UTC for one that there is not (any more)."""
    return ZoneInfo(name if is_zone(name) else "UTC")


def day(value: datetime | None, zone: ZoneInfo) -> str:
    """``Nov 25, 2026``."""
    return "" if value is None else calendar_day(day_of(value, zone))


def calendar_day(value: date | None) -> str:
    """The same for a day of the calendar, which has no time zone."""
    return "" if value is None else f"{value:%b} {value.day}, {value.year}"


def clock(value: datetime | None, zone: ZoneInfo) -> str:
    """``19:00:54``."""
    return "" if value is None else f"{in_zone(value, zone):%H:%M:%S}"


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """``Nov 25 19:00``, with the year where it is not the present one."""
    if value is None:
        return ""
    local = in_zone(value, zone)
    date = f"{local:%b} {local.day}" if local.year == datetime.now(zone).year else day(value, zone)
    return f"{date} {local:%H:%M}"


def iso(value: datetime | None) -> str:
    """For programs, in UTC."""
    return "" if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(milliseconds: int | None) -> str:
    """``3:52``, or ``1:02:07`` from an hour on."""
    if milliseconds is None:
        return ""
    seconds = milliseconds // 1000
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: int | None) -> str:
    """``1,234``."""
    return "" if value is None else f"{value:,}"


def money(value: object, currency: object) -> str:
    """An amount in its currency, as ``$1,127.91``; what cannot be read as one stands as it is."""
    if value is None:
        return ""
    amount = read_amount(value)
    if amount is None:
        return str(value)
    code = (
        currency
        if isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isalpha()
        else ""
    )
    if not code:
        return f"{amount:,} {code}".strip()
    # Every digit that was written: a sum has to be that of its parts, and some currencies have more than two.
    return str(format_currency(amount, code.upper(), locale="en_US", decimal_quantization=False))


def phone(value: str | None) -> str:
    """A phone number in its country's international form; anything else as it is."""
    if value is None:
        return ""
    if not value.startswith("+"):
        return value
    try:
        parsed = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(parsed):
        return value
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
