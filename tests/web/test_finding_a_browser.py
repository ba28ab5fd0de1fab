"""Browser tests take the Chromium that is named, else one that is installed; without one they skip, in CI they fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.chromium import find_chromium, is_required


def test_the_named_program_is_taken_or_none(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_chromium({"PATH": str(tmp_path)}) == str(program)
    assert find_chromium({"PATH": "/nowhere", "CALLDEX_CHROMIUM": str(program)}) == str(program)
    # Whoever names one means that one, whatever else is installed.
    assert find_chromium({"PATH": str(tmp_path), "CALLDEX_CHROMIUM": "/nowhere/chromium"}) is None


@pytest.mark.parametrize(
    ("environ", "required"),
    [
        ({}, False),
        ({"CI": "true"}, True),
        ({"CI": "false"}, False),
        ({"CALLDEX_BROWSER": "required"}, True),
        ({"CI": "true", "CALLDEX_BROWSER": "optional"}, False),
    ],
)
def test_where_it_is_required(environ: dict[str, str], required: bool) -> None:
    assert is_required(environ) is required
