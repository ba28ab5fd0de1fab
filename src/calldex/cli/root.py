"""The tree of commands, and how a command fails: one sentence, an exit code, never a traceback."""

import os
import sys
import traceback

import typer
from typer.exceptions import Abort, TyperException

from calldex.cli import db, inbox, key, org, source, user
from calldex.cli.bench import bench
from calldex.cli.demo import demo
from calldex.cli.import_ import import_
from calldex.cli.pull import pull
from calldex.cli.serve import serve
from calldex.cli.version import version
from calldex.core.errors import CalldexError, UsageError


def build() -> typer.Typer:
    """The whole command line, not yet run."""
    root = typer.Typer(
        name="calldex",
        help="Calldex keeps phone calls and serves them through the call APIs programs speak.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.command()(serve)
    root.command("import")(import_)
    root.command()(pull)
    root.command()(demo)
    root.command()(bench)
    root.add_typer(org.commands, name="org")
    root.add_typer(key.commands, name="key")
    root.add_typer(user.commands, name="user")
    root.add_typer(source.commands, name="source")
    root.add_typer(inbox.commands, name="inbox")
    root.add_typer(db.commands, name="db")
    root.command()(version)
    return root


def exit_code(arguments: list[str] | None) -> int:
    """Run one command; the code to exit with."""
    try:
        code = build()(arguments, prog_name="calldex", standalone_mode=False)
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
