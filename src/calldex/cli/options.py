"""Options that several commands share, and how options become settings.

An option that is a setting has its words, its variable and its default from the table of settings.
"""

import os
from typing import Annotated, Any

import typer
from rich.markup import escape

from calldex.settings import Settings, load_settings, setting_rows

_ROWS = {row.name: row for row in setting_rows()}


def setting(name: str, metavar: str) -> Any:
    """The option of a setting. Its value stays text, because the settings check it."""
    row = _ROWS[name]
    default = row.default.replace("`", "")
    return typer.Option(
        f"--{name.replace('_', '-')}",
        metavar=metavar,
        help=row.help + escape(f" [env var: {row.variable}] [default: {default}]"),
        show_default=False,
    )


Data = Annotated[str | None, setting("data", "DIR")]
DatabaseUrl = Annotated[str | None, setting("database_url", "URL")]
Org = Annotated[
    str,
    typer.Option("--org", metavar="ORG", envvar="CALLDEX_ORG", help="The organization's id or exact name."),
]
Test = Annotated[bool, typer.Option("--test", envvar="CALLDEX_TEST", help="Use the organization's sandbox.")]
AsJson = Annotated[bool, typer.Option("--json", envvar="CALLDEX_JSON", help="Print JSON for programs.")]


def chosen(data: str | None, database_url: str | None, **more: str | None) -> Settings:
    """The settings of this command: its options first, then the environment, then defaults."""
    return load_settings(os.environ, {"data": data, "database_url": database_url, **more})
