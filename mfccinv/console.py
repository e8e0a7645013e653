"""How the programs start: which engine computes, and what a person sees meanwhile."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BACKENDS = ("tensorflow", "jax")


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


def choose_backend(name: str | None) -> None:
    """Have Keras compute with an engine; this must come before the first import of Keras.

    Parameters
    ----------
    name : str or None
        One of `BACKENDS`; None: that of the environment variable ``KERAS_BACKEND``, else TensorFlow.

    Raises
    ------
    ValueError
        If there is no such engine, it isn't installed, or Keras has begun with another.
    """
    name = name or os.environ.get("KERAS_BACKEND", "tensorflow")
    if name not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {name!r}")
    if importlib.util.find_spec(name) is None:
        raise ValueError(f"backend={name} is not installed: pip install -e '.[{name}]'")
    begun = sys.modules["keras"].backend.backend() if "keras" in sys.modules else name
    if begun != name:
        raise ValueError(
            f"backend={name} comes too late, Keras computes with {begun} here: jobs with different backends need "
            "processes of their own, hydra/launcher=joblib"
        )
    os.environ["KERAS_BACKEND"] = name
