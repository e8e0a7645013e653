"""The console command: ``mfccinv train model=dense_500``."""

import sys
from importlib import import_module

from mfccinv import __version__
from mfccinv.cli.help_pages import PROGRAMS, USAGE, overview
from mfccinv.cli.interrupts import told_in_a_line


def main() -> None:
    """Run the program that the first argument names, with the other arguments."""
    name, *settings = sys.argv[1:] or [""]
    if name in ("--help", "-h"):
        print(overview())
    elif name == "--version":
        print(f"mfccinv {__version__}")
    elif name in PROGRAMS:
        sys.argv = [f"mfccinv {name}", *settings]
        with told_in_a_line():
            import_module(f"mfccinv.cli.{name}").main()
    else:
        print(
            f"{USAGE}\nerror: the program must be one of {', '.join(PROGRAMS)}, got {name or 'none'}", file=sys.stderr
        )
        sys.exit(2)
