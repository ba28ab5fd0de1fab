"""The command line: one module per command. It holds no logic; it asks, shows and fails politely."""

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit. CALLDEX_DEBUG=1 shows where an error came from."""
    try:
        # Loading takes most of a second, and Ctrl-C in it should be as quiet as later.
        from calldex.cli.root import exit_code  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(exit_code(arguments))
