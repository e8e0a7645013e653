"""Neural MFCC-to-spectrogram regression: build a data set, train a network, score it, listen to it."""

import importlib
import os
import platform

__version__ = "0.1.0"

# TensorFlow's native code greets with a page of notes at every start; its errors still reach Python as exceptions.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# TensorFlow takes oneDNN's kernels by itself on processors with AVX-512 alone; on others they are faster, too, see
# docs/experiments.md.
if platform.machine().lower() in ("x86_64", "amd64"):
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# Imported when they are first used: what they need takes a second, and the programs start without it.
_API = ("mfcc_to_audio", "mfcc_to_mel", "mel_to_audio", "mel_to_magnitude", "magnitude_to_audio")


def __getattr__(name: str):
    if name in _API:
        return getattr(importlib.import_module("mfccinv.api"), name)
    raise AttributeError(f"module 'mfccinv' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_API])
