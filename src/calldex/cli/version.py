import platform

from calldex import __version__
from calldex.cli.options import AsJson
from calldex.cli.printing import show, show_json


def version(as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        show_json({"version": __version__, "python": platform.python_version()})
    else:
        show(f"calldex {__version__}")
