"""Amounts of money as sources write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")


def read_amount(value: object) -> Decimal | None:
    """A plain decimal number, given as a number or in text: at most 15 digits before the point and 6 after it.

    None for anything else, such as an exponent, digits of other writings or underscores: nobody writes money like
    that, and whoever reads it as money may be wrong by any factor.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    plain = str(value).strip()
    return Decimal(plain) if _PLAIN.fullmatch(plain) else None
