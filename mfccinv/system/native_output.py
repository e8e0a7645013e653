"""What native code writes to the terminal, and how it computes: TensorFlow reads both from the environment."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Hide what native code writes to the standard error stream, such as TensorFlow's greeting at import.

    Python's own errors are raised as ever; if one is, what was hidden is not lost: the exception tells.
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
def keras_import() -> Iterator[None]:
    """Import Keras in this block if it isn't there yet: its engine is silent and takes its fast kernels.

    What a person set in the environment stays. Nothing is changed where Keras or TensorFlow was imported before.
    """
    if not {"keras", "tensorflow"} & set(sys.modules):
        # TensorFlow's native code greets with a page of notes; its errors still reach Python as exceptions.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        # By itself it takes oneDNN's kernels on processors with AVX-512 alone; on others they are faster, too.
        if platform.machine().lower() in ("x86_64", "amd64"):
            os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with nullcontext() if "keras" in sys.modules else native_output_hidden():
        yield
