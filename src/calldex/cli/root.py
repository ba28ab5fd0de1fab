"""The tree of commands, and how a command fails: one sentence, an exit code, never a traceback."""

import os
import sys
import traceback
from importlib import import_module
from typing import Final

import typer
from typer.exceptions import Abort, TyperException

from calldex.core.errors import CalldexError, UsageError

COMMANDS: Final = {
    "serve": "serve",
    "import": "import_",
    "pull": "pull",
    "demo": "demo",
    "bench": "bench",
    "org": "org",
    "key": "key",
    "user": "user",
    "source": "source",
    "inbox": "inbox",
    "db": "db",
    "version": "version",
}
"""The modules of the commands, in the order of the help.

One has a function of its own name, or ``commands``, a group of several.
"""


def build(wanted: str | None = None) -> typer.Typer:
    """The command line, not yet run: with the one of the COMMANDS that is wanted alone, else the whole.

    Most commands are loaded in half of the time that all of them need.
    """
    root = typer.Typer(
        name="calldex",
        help="Calldex keeps phone calls and serves them through the call APIs programs speak.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    # With one command only, Typer would otherwise take that for the whole line.
    root.callback()(lambda: None)
    for name in (wanted,) if wanted in COMMANDS else COMMANDS:
        module = import_module(f"calldex.cli.{COMMANDS[name]}")
        if hasattr(module, "commands"):
            root.add_typer(module.commands, name=name)
        else:
            root.command(name)(getattr(module, COMMANDS[name]))
    return root


def exit_code(arguments: list[str] | None) -> int:
    """Run one command; the code to exit with."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = build(given[0] if given else None)(given, prog_name="calldex", standalone_mode=False)
    except (TyperException, CalldexError) as error:
        return _fail(error)
    except (KeyboardInterrupt, Abort):
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone, as in `calldex org list | head`. Closing standard
        # output quietly keeps Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:  # noqa: BLE001 - a traceback is no answer to a person.
        return _fail(error)
    return code if isinstance(code, int) else 0


def _fail(error: Exception) -> int:
    if os.environ.get("CALLDEX_DEBUG") == "1":
        traceback.print_exc()
    code = 1
    match error:
        case TyperException():
            message, code = error.format_message().replace(": Value error, ", ": "), 2
        case UsageError():
            message, code = error.message, 2
        case CalldexError():
            message = error.message
        case _:
            message = f"{type(error).__name__}: {error}. CALLDEX_DEBUG=1 shows where it happened."
    # A command without arguments has shown its help and has nothing to add.
    if message:
        print(f"calldex: {' '.join(message.split())}", file=sys.stderr, flush=True)
    return code
