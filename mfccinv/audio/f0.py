"""Fundamental frequency and voicing of speech, where the ``f0`` extra is installed."""

import importlib.util
from functools import cache
from typing import Any

import numpy as np

FRAME_SECONDS = 0.016  # from one frame of the tracker to the next
LEAST_CONFIDENCE = 0.5  # of a frame that is voiced: the threshold that SwiftF0's authors give


def f0_is_installed() -> bool:
    """Whether the package of the ``f0`` extra is there."""
    return importlib.util.find_spec("swift_f0") is not None


def track_f0(y: np.ndarray, sample_rate: int) -> np.ndarray:
    """Fundamental frequency of each frame by SwiftF0 (Nieradzik, SwiftF0: Fast and accurate monophonic pitch
    detection, 2025), a small network on the spectrogram of sound at 16 kHz.

    Parameters
    ----------
    y : (n_samples,), float, full scale 1
    sample_rate : int, Hz

    Returns
    -------
    f0 : (n_frames,), Hz
        In [46.9, 2094], 0 where the frame is unvoiced. Frame t is centred on ``t * FRAME_SECONDS``; sounds of one
        length and rate have the same frames. None for less than `FRAME_SECONDS`.
    """
    if len(y) < FRAME_SECONDS * sample_rate:
        return np.zeros(0)
    found = _tracker().detect(y, sample_rate)
    return np.where(found.confidence >= LEAST_CONFIDENCE, found.pitch_hz, 0.0)


@cache
def _tracker() -> Any:
    from swift_f0 import SwiftF0

    return SwiftF0(threads=1, spin=False)
