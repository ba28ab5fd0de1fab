"""Writes docs/cli.md and docs/settings.md from the commands and the settings themselves.

`python -m calldex.cli.reference docs` writes them; a test compares them with what it would write.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from calldex.cli.root import build
from calldex.settings import setting_rows

_MADE = "<!-- Made by `make docs` from the program itself. -->"


def settings_page() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        _MADE,
        "",
        "Every setting is an environment variable; those that a command has as an option can be given",
        "there too, and the option wins. A secret can be kept in a file: put the file's path into the",
        "variable with `_FILE` at its end. A value that cannot be used stops the program with one",
        "sentence that names it.",
        "",
        "| Variable | Default | Meaning |",
        "| --- | --- | --- |",
    ]
    for row in setting_rows():
        file = f" (or `{row.variable}_FILE`)" if row.secret else ""
        lines.append(f"| `{row.variable}`{file} | {row.default} | {row.help} |")
    lines += [
        "",
        "Beside these, `CALLDEX_DEBUG=1` shows where an error of a command came from. With several",
        "workers a rate limit counts in each of them, so a caller may get that many times the limit.",
        "",
    ]
    return "\n".join(lines)


def commands_page() -> str:
    """docs/cli.md."""
    lines = [
        "# Command line",
        "",
        _MADE,
        "",
        "A command that fails prints one sentence on standard error and exits with 1, or with 2 when it",
        "was used in a way that cannot work. Results go to standard output, remarks to standard error.",
        "",
    ]
    for path, command in _commands(typer.main.get_command(build()), "calldex"):
        lines += [f"## {path}", "", _plain(command.help or ""), ""]
        usage = [path, *(f"{one.metavar or one.name.upper()}" for one in command.params if _is_argument(one))]
        lines += ["```", " ".join([*usage, "[OPTIONS]"]), "```", ""]
        rows = [_row(one) for one in command.params if one.name != "help" and not getattr(one, "hidden", False)]
        if rows:
            lines += ["| Option | Variable | Meaning |", "| --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, child in inner.items():
        yield from _commands(child, f"{path} {name}")


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _row(parameter: Any) -> str:
    text, variable = _plain(parameter.help or ""), ""
    if _is_argument(parameter):
        name = f"`{parameter.metavar}`"
    else:
        value = "" if parameter.is_flag else f" {parameter.metavar}"
        name = f"`{parameter.opts[0]}{value}`" + (" (required)" if parameter.required else "")
        variable = f"`{parameter.envvar}`" if parameter.envvar else ""
    found = re.search(r" \[env var: (\w+)\] \[default: (.*)\]$", text)
    if found is not None:
        # The table of settings has the default.
        text, variable = text[: found.start()], f"`{found[1]}`"
    elif isinstance(parameter.default, int | str) and not parameter.is_flag:
        text += f" Default: `{parameter.default}`."
    return f"| {name} | {variable} | {text} |"


def _plain(help_text: str) -> str:
    return " ".join(help_text.replace("\\[", "[").split())


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cli.md").write_text(commands_page(), encoding="utf-8")
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
