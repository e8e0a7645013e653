"""What a person sees while the programs start."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
