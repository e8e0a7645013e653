"""Ends a program in a line when a person presses Ctrl-C."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mfccinv.system.interrupts import remember_interrupts

INTERRUPTED = 130  # exit code: 128 and the number of the signal


@contextmanager
def told_in_a_line() -> Iterator[None]:
    """End the program with a line where the block is interrupted; the error may say how to go on."""
    remember_interrupts()
    try:
        yield
    except KeyboardInterrupt as interrupt:
        print("interrupted" + (f": {interrupt}" if str(interrupt) else ""), file=sys.stderr)
        sys.exit(INTERRUPTED)
