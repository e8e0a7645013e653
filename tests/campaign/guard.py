"""Functions in processes of their own, under a watch on their time and memory.

A process is forked from this one, which has imported everything. So it starts at once, and its time is that of the
function alone.
"""

import contextlib
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HANG_SECONDS = 60.0  # that other programs make a machine slow must not look like a hang
LIMIT_MEGABYTES = 1500.0  # at which a process is ended, whatever it is measured by


@dataclass(frozen=True)
class Raised:
    """An exception: its class and those it derives from, its message, and where it was raised."""

    kinds: list[str]
    message: str
    place: str


@dataclass(frozen=True)
class Ended:
    """What became of a process.

    Parameters
    ----------
    how : str
        ``returned``, ``raised``, ``killed`` (as was asked for), ``died``, ``hung`` or ``swollen``.
    value : object
        What the function returned, as JSON keeps it.
    error : Raised or None
    told : list
        What the function passed to ``tell``.
    seconds : float
        Processor time.
    megabytes : float
        What its memory grew by.
    output : str
        What it printed.
    """

    how: str
    value: object = None
    error: Raised | None = None
    told: list = field(default_factory=list)
    seconds: float = 0.0
    megabytes: float = 0.0
    output: str = ""


class Child:
    """A process that calls ``function(tell)`` in a folder; ``tell(value)`` passes values on at once.

    ``prepare`` is called first in the new process.
    """

    def __init__(self, function: Callable, folder: Path, prepare: Callable[[], None] = lambda: None):
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the process has ended)
        self._read, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._read)
            _be_the_child(function, folder, prepare, write, self._output.fileno())
        os.close(write)
        self._base = self._memory()
        self._peak = self._base

    def wait(self, *, kill_after: float | None = None, hang: float = HANG_SECONDS) -> Ended:
        """Wait until it ends, or end it."""
        began, received, how = time.monotonic(), b"", None
        while True:
            ready, _, _ = select.select([self._read], [], [], 0.01)
            if ready:
                part = os.read(self._read, 1 << 16)
                if not part:
                    break
                received += part
            self._peak = max(self._peak, self._memory())
            passed = time.monotonic() - began
            if how is None and kill_after is not None and passed > kill_after:
                how = "killed"
            elif how is None and passed > hang:
                how = "hung"
            elif how is None and self._peak - self._base > LIMIT_MEGABYTES:
                how = "swollen"
            else:
                continue
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._read)
        _, status, usage = os.wait4(self.pid, 0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # what it started itself
        return self._ended(received, how, status, usage)

    def _ended(self, received: bytes, how: str | None, status: int, usage: resource.struct_rusage) -> Ended:
        messages = [json.loads(line) for line in received.split(b"\n")[:-1]]
        told = [value for kind, value in messages if kind == "told"]
        last, value = messages[-1] if messages else ("told", None)
        if how is None:
            how = last
            if last == "told":
                how = "killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else "died"
        self._output.seek(0)
        output = self._output.read().decode(errors="replace")
        self._output.close()
        return Ended(
            how,
            value=value if how == "returned" else None,
            error=Raised(**value) if how == "raised" else None,
            told=told,
            seconds=usage.ru_utime + usage.ru_stime,
            megabytes=self._peak - self._base,
            output=output,
        )

    def _memory(self) -> float:
        """Memory of its own, MB, without files that are mapped."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0.0
        return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1000


def call(function: Callable, folder: Path, *, kill_after: float | None = None, **options) -> Ended:
    """Call ``function(tell)`` in a process of its own, in a folder, and wait for its end."""
    return Child(function, folder, **options).wait(kill_after=kill_after)


def _be_the_child(function: Callable, folder: Path, prepare: Callable, write: int, output: int) -> None:
    """Call the function, send what it returns or raises, and end the process; nothing of the parent goes on here."""

    def send(kind: str, value: object) -> None:
        os.write(write, json.dumps([kind, value]).encode() + b"\n")

    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(folder)
        prepare()
        send("returned", function(lambda value: send("told", value)))
    except BaseException as error:  # whatever it is, the parent judges it
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "mfccinv" in frame.filename]
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "outside the package"
        kinds = [kind.__name__ for kind in type(error).__mro__]
        send("raised", {"kinds": kinds, "message": str(error)[:2000], "place": place})
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(0)
