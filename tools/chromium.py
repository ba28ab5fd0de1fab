"""Where a Chromium is, and how it is started so that it asks nobody but us."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MISSING: Final = "no Chromium was found (Debian: apt install chromium; or set CALLDEX_CHROMIUM)"

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES: Final = (
    "/usr/bin/chromium",
    "/snap/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    # Two cores and a small /dev/shm are all that some machines have.
    "--disable-dev-shm-usage",
)


def find_chromium(environ: Mapping[str, str] = os.environ) -> str | None:
    """The program that CALLDEX_CHROMIUM names, else the first one that is installed; None without any.

    A name in the variable that leads to no program finds nothing: whoever sets it means that one.
    """
    named = environ.get("CALLDEX_CHROMIUM")
    if named:
        return shutil.which(named)
    found = [path for name in _NAMES if (path := shutil.which(name, path=environ.get("PATH")))]
    return next(iter(found), None) or next((place for place in _PLACES if Path(place).exists()), None)


def is_required(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a missing browser is a failure: in CI, or where CALLDEX_BROWSER says so."""
    wanted = environ.get("CALLDEX_BROWSER", "").lower()
    return wanted == "required" or (wanted != "optional" and environ.get("CI", "").lower() in ("true", "1"))


def flags() -> list[str]:
    """Chromium's own sandbox refuses to run as root, which containers often are."""
    return [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
