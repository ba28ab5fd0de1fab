"""The command line: one module per command. It holds no logic; it asks, shows and fails politely."""

from calldex.cli.root import main

__all__ = ["main"]
