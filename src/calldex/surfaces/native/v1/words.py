"""The closed sets of words that clients may use."""

from __future__ import annotations

from typing import Final, Literal

SCOPE_READ: Final = "read"
SCOPE_WRITE: Final = "write"
SCOPE_APPROVE: Final = "approve"

Direction = Literal["inbound", "outbound"]
Kind = Literal["session", "direct"]
Sentiment = Literal["positive", "negative", "neutral", "unknown"]
