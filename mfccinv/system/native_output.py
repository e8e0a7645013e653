"""Quiet and quick native code: its output on the terminal, its import, and the variables that TensorFlow reads."""

import gc
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import IO

_IMPORTING = RLock()
_FILTERING = RLock()


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Hide what native code writes to the standard error stream, such as TensorFlow's greeting at import.

    Python's exceptions are raised as ever, with their messages.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def native_messages_removed(unwanted: re.Pattern[bytes]) -> Iterator[None]:
    """Remove from the standard error stream what matches, such as a decoder's complaints about a file that is refused.

    All else that is written to it meanwhile, by any thread, appears when the block ends. One thread at a time is in
    such a block.
    """
    with _FILTERING, _unnamed_file() as said:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            if wanted := unwanted.sub(b"", said.read()):
                os.write(2, wanted)


def _unnamed_file() -> IO[bytes]:
    """A file in memory, if the system has such files: a full disk must not stop anybody."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("messages"), "w+b")
    return tempfile.TemporaryFile()


@contextmanager
def keras_import() -> Iterator[None]:
    """Hide what the import of Keras in this block prints, make it quick, and have TensorFlow take its fast kernels.

    Variables that are set in the environment stay. Nothing is changed if Keras or TensorFlow was imported before.
    """
    with _IMPORTING:  # of two threads, the second would take the first one's hidden stream for the real one
        _prepare_tensorflow()
        if "keras" in sys.modules:
            yield
            return
        with native_output_hidden(), _garbage_left():
            yield


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Collect no garbage in this block: an import leaves next to none, and looking for it takes a fifth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _prepare_tensorflow() -> None:
    if not {"keras", "tensorflow"} & set(sys.modules):
        # TensorFlow's native code greets with a page of notes; its errors still reach Python as exceptions.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        # By default it takes oneDNN's kernels only on processors with AVX-512; they are faster on others, too.
        if platform.machine().lower() in ("x86_64", "amd64"):
            os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
