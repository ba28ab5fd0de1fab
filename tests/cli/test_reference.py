"""The pages about commands and settings are what the program says of itself."""

from pathlib import Path

import pytest

from calldex.cli.reference import commands_page, settings_page
from calldex.settings import setting_rows

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("name", "made"), [("cli.md", commands_page), ("settings.md", settings_page)])
def test_the_page_is_up_to_date(name: str, made: object) -> None:
    assert callable(made)
    assert (DOCS / name).read_text(encoding="utf-8") == made(), "run: make docs"


def test_every_setting_is_on_its_page() -> None:
    page = settings_page()
    for row in setting_rows():
        assert f"`{row.variable}`" in page
