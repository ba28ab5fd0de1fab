"""Amounts, days and numbers as people say them in three languages, and as JSON prints them."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import msgspec

from calldex.ingest.demo.chance import between

CENT = Decimal("0.01")

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
}
MONTHS = {language: text.split() for language, text in _MONTHS.items()}
WEEKDAYS = {language: text.split() for language, text in _WEEKDAYS.items()}
_CURRENCIES = {"USD": "dollars", "EUR": "euros"}
_SEPARATORS = {"en": (",", "."), "fr": ("\u00a0", ","), "es": (".", ",")}

# Decimals leave as JSON numbers; nothing passes through a float.
encode = msgspec.json.Encoder(decimal_format="number").encode


def raw(value: object) -> msgspec.Raw:
    """The value as finished JSON that is spliced into other records as it is."""
    return msgspec.Raw(encode(value))


def cents(amount: Decimal) -> Decimal:
    """Rounded to whole cents, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(amount: Decimal) -> Decimal | int:
    """The amount without trailing zeros: 500, 145.8, 1077.33."""
    whole = int(amount)
    if whole == amount:
        return whole
    return amount.normalize()


def spoken_amount(amount: Decimal, currency: str, language: str) -> str:
    thousands, point = _SEPARATORS[language]
    text = f"{amount:,.2f}".replace(",", "\0").replace(".", point).replace("\0", thousands)
    return f"{text} {_CURRENCIES[currency]}"


def spoken_date(day: datetime, language: str) -> str:
    month = MONTHS[language][day.month - 1]
    if language == "en":
        return f"{month} {day.day}"
    return f"{day.day} de {month}" if language == "es" else f"{day.day} {month}"


def confidence(rng: Random) -> Decimal | int:
    """A score between 0.80 and 0.99."""
    return plain(Decimal(between(rng, 80, 99)) / 100)
