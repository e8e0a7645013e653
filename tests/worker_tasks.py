"""Tasks of the tests of workers, which import this module: it imports next to nothing itself."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from mfccinv.system.workers import THREAD_VARIABLES


def describe(seconds):
    """Work for so long, then tell what was asked, where it was done and with how many threads."""
    time.sleep(seconds)
    return seconds, os.getpid(), [os.environ.get(name) for name in THREAD_VARIABLES]


def refuse_three(task):
    """Raise an error for one of the tasks."""
    if task == 3:
        raise ValueError("three is too many")
    return task


def extract_and_tell_modules(arguments):
    """Do the builder's work, then tell which modules this process has loaded."""
    extractor, utterances = arguments
    return extractor(utterances), sorted(sys.modules)


def die_once(mark):
    """Kill the process that does this, the first time; a file is the mark that it was."""
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return "done"
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class DyingOnce:
    """A function whose first call kills the process that it is in."""

    function: Callable
    mark: str

    def __call__(self, task):
        die_once(self.mark)
        return self.function(task)
