"""The backend that Keras computes with."""

import importlib.util
import os
import sys

BACKENDS = ("tensorflow", "jax")


def choose_backend(name: str | None) -> None:
    """Choose the backend of Keras; this must come before the first import of Keras.

    Parameters
    ----------
    name : str or None
        One of `BACKENDS`; None: that of the environment variable ``KERAS_BACKEND``, else TensorFlow.

    Raises
    ------
    ValueError
        If there is no such backend, it isn't installed, or Keras was imported with another.
    """
    name = name or os.environ.get("KERAS_BACKEND", "tensorflow")
    if name not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {name!r}")
    if importlib.util.find_spec(name) is None:
        remedy = "tensorflow" if name == "tensorflow" else f"'mfccinv[{name}]'"
        raise ValueError(f"backend={name} is not installed: pip install {remedy}")
    begun = sys.modules["keras"].backend.backend() if "keras" in sys.modules else name
    if begun != name:
        raise ValueError(
            f"backend={name} comes too late, Keras computes with {begun} here: jobs with different backends need "
            "processes of their own, hydra/launcher=joblib"
        )
    os.environ["KERAS_BACKEND"] = name
