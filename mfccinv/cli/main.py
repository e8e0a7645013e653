"""The console command: ``mfccinv train model=dense_500``."""

import sys
from importlib import import_module

from mfccinv import __version__

PROGRAMS = {
    "invert": "make sound of MFCC, spectrograms or sound",
    "train": "train a model, on a corpus of yours or the demo corpus",
    "evaluate": "score a run on voices it never heard",
    "build_dataset": "build a data set, which train does by itself",
    "leaderboard": "compare runs by their validation scores",
}
USAGE = "usage: mfccinv <program> [setting=value ...]"


def main() -> None:
    """Run the program that the first argument names, with the other arguments."""
    name, *settings = sys.argv[1:] or [""]
    if name in ("--help", "-h"):
        print(_help())
    elif name == "--version":
        print(f"mfccinv {__version__}")
    elif name in PROGRAMS:
        sys.argv = [f"mfccinv {name}", *settings]
        import_module(f"mfccinv.cli.{name}").main()
    else:
        print(
            f"{USAGE}\nerror: the program must be one of {', '.join(PROGRAMS)}, got {name or 'none'}", file=sys.stderr
        )
        sys.exit(2)


def _help() -> str:
    width = max(map(len, PROGRAMS))
    programs = [f"  {name:{width}}  {what}" for name, what in PROGRAMS.items()]
    examples = [
        "  mfccinv invert input=mfcc.npy",
        "  mfccinv train corpus=folder corpus.root=recordings",
        "  mfccinv evaluate run=latest",
    ]
    lines = [USAGE, "", *programs, "", *examples, "", "mfccinv <program> --help lists the program's settings"]
    return "\n".join([*lines, "mfccinv --version tells the version"])
