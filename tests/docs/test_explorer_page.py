"""docs/explorer.md says of roles and keys what the program says, and shows every picture that is kept, and no other."""

from __future__ import annotations

import re
from typing import get_args

from tests.docs.examples import ROOT

from calldex.core.people import ROLES, Right, first_role_with
from calldex.web.texts import text

PAGE = (ROOT / "docs" / "explorer.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURES = ROOT / "docs" / "screenshots"

SAID = {
    "hear recordings": "hear",
    "export": "export",
    "write notes": "note",
    "correct classifications": "classify",
    "take over and close tasks": "task",
    "share saved views": "share",
    "approve and reject": "decide",
    "delete calls": "delete",
    "change settings": "administer",
}


def test_the_table_of_roles_is_that_of_the_program() -> None:
    table = PAGE.split("## Users and roles")[1].split("## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line]
    assert rows[0] == ["may", *ROLES]
    said = {row[0]: row[1:] for row in rows[3:]}
    assert {SAID[name] for name in said} == set(get_args(Right))
    for name, cells in said.items():
        first = ROLES.index(first_role_with(SAID[name]))  # type: ignore[arg-type]
        assert [bool(cell) for cell in cells] == [place >= first for place in range(len(ROLES))], name


def test_every_key_of_the_help_is_explained() -> None:
    table = PAGE.split("## Keys of the keyboard")[1].split("## ")[0]
    template = (ROOT / "src/calldex/web/templates/base.html").read_text(encoding="utf-8")
    for key, name in re.findall(r"\('([^']+)', '(\w+)'\)", template):
        assert text(f"frame.key_{name}")
        assert re.search(rf"`?{re.escape(key)}`?", table), key


def test_every_picture_is_shown_and_there() -> None:
    kept = {path.name for path in PICTURES.glob("*.png")}
    assert set(re.findall(r"screenshots/([\w-]+\.png)", PAGE)) == kept
    assert set(re.findall(r"docs/screenshots/([\w-]+\.png)", README)) <= kept
    assert all(path.stat().st_size < 250_000 for path in PICTURES.glob("*.png"))
