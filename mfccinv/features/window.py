"""The analysis window of a specification."""

from functools import lru_cache

import numpy as np
from scipy.signal import get_window

from mfccinv.features.spec import FeatureSpec


@lru_cache(maxsize=8)
def padded_window(spec: FeatureSpec) -> np.ndarray:
    """The periodic window, centred in the FFT frame, (n_fft,), float64, read-only."""
    left = (spec.n_fft - spec.win_length) // 2
    window = np.pad(get_window(spec.window, spec.win_length), (left, spec.n_fft - spec.win_length - left))
    window.setflags(write=False)
    return window
