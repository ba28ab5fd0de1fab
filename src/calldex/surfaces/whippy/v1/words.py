"""The words of Whippy and ours for the same thing. The dotted delivery statuses are in core.dispositions."""

from __future__ import annotations

from typing import Final

SOURCE: Final = "whippy"
DISPOSITION: Final = "disposition"
"""Under this word the delivery status is kept exactly as it came."""

OPEN_ENDED: Final = "whippy.body"
"""Under this word is kept that a transcript came without a newline at its end."""

CALL: Final = "call"
"""The type of every message that is a call; there is no other here."""
