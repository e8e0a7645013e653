"""The console command: ``mfccinv invert input=mfcc.npy`` is ``python scripts/invert.py input=mfcc.npy``."""

import runpy
import sys

from mfccinv.presets import SCRIPTS

COMMANDS = ("invert", "evaluate", "train", "build_dataset", "leaderboard")


def main() -> None:
    """Run the script that the first argument names with the others."""
    name = sys.argv[1] if len(sys.argv) > 1 else None
    if name not in COMMANDS:
        sys.exit(f"usage: mfccinv {{{','.join(COMMANDS)}}} [setting=value ...]; mfccinv <command> --help lists them")
    if not SCRIPTS.is_dir():
        sys.exit(f"error: {SCRIPTS} is not there: install mfccinv from a checkout with pip install -e")
    sys.argv = [str(SCRIPTS / f"{name}.py"), *sys.argv[2:]]
    runpy.run_path(sys.argv[0], run_name="__main__")
